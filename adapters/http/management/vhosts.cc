#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/management/columns.h"
#include "adapters/http/management/routes.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

json::object vhost_json(const VhostInfo& vhost) {
  json::object out;
  out["name"] = json_text(vhost.name);
  out["description"] = json_text(vhost.description);
  json::array tags;
  std::size_t from = 0;
  while (from < vhost.tags.size()) {
    const std::size_t end = std::min(vhost.tags.find(',', from), vhost.tags.size());
    tags.push_back(json_text(vhost.tags.substr(from, end - from)));
    from = end + 1;
  }
  out["tags"] = std::move(tags);
  out["default_queue_type"] = "classic";
  out["tracing"] = false;
  return out;
}

/// A kind of queue that a queue without x-queue-type is not made of here, or tracing, would be
/// promises that nobody keeps.
Result<PutVhost> wanted_vhost(const Call& call) {
  const auto body = read_object(call.request());
  if (!body) return body.error();
  Members members(*body);
  PutVhost what;
  what.name = call.name(0);
  what.description = members.text("description", "");
  what.tags = members.text("tags", "");
  const std::string type = members.text("default_queue_type", "classic");
  const bool tracing = members.truth("tracing", false);
  if (auto ok = members.finish(); !ok) return ok.error();
  if (type != "classic" && type != "undefined") {
    return Error(Errc::not_supported, "'default_queue_type' can only be classic so far");
  }
  if (tracing) return Error(Errc::not_supported, "'tracing' is not supported yet");
  return what;
}

void put_vhost(const CallRef& call) {
  auto what = wanted_vhost(*call);
  if (!what) return call->refuse(what.error());
  call->ask(std::move(*what), [call](const PutVhost::Answer& put) {
    Response response;
    response.status = put.created ? 201 : 204;
    call->answer(std::move(response));
  });
}

void get_vhost(const CallRef& call) {
  call->ask(FindVhost{call->name(0)}, [call](const VhostInfo& vhost) {
    call->answer(json_response(200, vhost_json(vhost)));
  });
}

void list_vhosts(const CallRef& call) {
  call->ask(ListVhosts(), [call](const std::vector<VhostInfo>& vhosts) {
    json::array list;
    for (const VhostInfo& vhost : vhosts)
      list.push_back(vhost_json(vhost));
    answer_columns(call, std::move(list));
  });
}

void delete_vhost(const CallRef& call) {
  call->ask(DeleteVhost{call->name(0)},
            [call](const DeleteVhost::Answer&) { call->answer_done(); });
}

}  // namespace

void add_vhosts(RouteList& routes) {
  add(routes, {Method::get, "/api/vhosts", list_vhosts, Needs::broker, 0, column_queries()},
      "Lists vhosts");
  add(routes, {Method::get, "/api/vhosts/{name}", get_vhost}, "Shows a vhost", {200, 404});
  add(routes, {Method::put, "/api/vhosts/{name}", put_vhost, Needs::broker, json_bytes_max},
      "Makes a vhost or changes what is said of it", {201, 204});
  add(routes, {Method::remove, "/api/vhosts/{name}", delete_vhost},
      "Deletes a vhost with all that is in it", {204, 403, 404, 409});
}

}  // namespace rialto::http::management
