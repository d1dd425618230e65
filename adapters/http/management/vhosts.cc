#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/management/columns.h"
#include "adapters/http/management/routes.h"
#include "adapters/http/management/tool_words.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

struct Waiting {
  std::uint64_t ready = 0;
  std::uint64_t unacked = 0;
};
/// What the queues of each vhost hold, by its name.
using WaitingByVhost = std::map<std::string, Waiting>;

json::object vhost_json(const VhostInfo& vhost, const WaitingByVhost& all) {
  const auto found = all.find(vhost.name);
  const Waiting waiting = found == all.end() ? Waiting() : found->second;
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
  out["cluster_state"] = json::object{{node_name, "running"}};
  out["messages"] = waiting.ready + waiting.unacked;
  out["messages_ready"] = waiting.ready;
  out["messages_unacknowledged"] = waiting.unacked;
  return out;
}

/// A kind of queue that a queue without x-queue-type is not made of here, or tracing, would be
/// promises that nobody keeps.
Result<PutVhost> wanted_vhost(const Call& call) {
  auto body = tool_body(call, {{"name", call.name(0)}}, {{"tracing"}});
  if (!body) return body.error();
  body->erase("vhost");  // rabbitmqadmin says in every body where it is
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
  call->ask(std::move(*what),
            [call](const PutVhost::Answer& put) { call->answer_made(put.created); });
}

void count_waiting(const CallRef& call, std::function<void(const WaitingByVhost&)> then) {
  call->ask(ListQueues{true}, [then = std::move(then)](const std::vector<QueueInfo>& queues) {
    WaitingByVhost all;
    for (const QueueInfo& queue : queues) {
      Waiting& waiting = all[queue.vhost];
      waiting.ready += queue.counts.ready;
      waiting.unacked += queue.counts.unacked;
    }
    then(all);
  });
}

void get_vhost(const CallRef& call) {
  call->ask(FindVhost{call->name(0)}, [call](const VhostInfo& vhost) {
    count_waiting(call, [call, vhost](const WaitingByVhost& waiting) {
      answer_columns(call, vhost_json(vhost, waiting));
    });
  });
}

void list_vhosts(const CallRef& call) {
  call->ask(ListVhosts(), [call](const std::vector<VhostInfo>& vhosts) {
    count_waiting(call, [call, vhosts](const WaitingByVhost& waiting) {
      json::array list;
      for (const VhostInfo& vhost : vhosts)
        list.push_back(vhost_json(vhost, waiting));
      answer_columns(call, std::move(list));
    });
  });
}

void delete_vhost(const CallRef& call) {
  call->ask(DeleteVhost{call->name(0)},
            [call](const DeleteVhost::Answer&) { call->answer_done(); });
}

}  // namespace

void add_vhosts(RouteList& routes) {
  add_list(routes, "/api/vhosts", list_vhosts, "Lists vhosts");
  add_one(routes, "/api/vhosts/{name}", get_vhost, "Shows a vhost", {200, 404});
  add(routes, {Method::put, "/api/vhosts/{name}", put_vhost, Needs::broker, json_bytes_max},
      "Makes a vhost or changes what is said of it", {201, 204});
  add(routes, {Method::remove, "/api/vhosts/{name}", delete_vhost},
      "Deletes a vhost with all that is in it", {204, 403, 404, 409});
}

}  // namespace rialto::http::management
