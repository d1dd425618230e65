#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/management/columns.h"
#include "adapters/http/management/routes.h"
#include "adapters/http/management/tool_words.h"

#include <boost/json/array.hpp>

#include <string>
#include <utility>
#include <vector>

/// The one user there is, guest, who may do everything. To say so again is content; anything else
/// is refused by name.
namespace rialto::http::management {

namespace json = boost::json;

namespace {

constexpr const char* all_rights = ".*";

json::object user_json(const Call& call) {
  json::object out;
  out["name"] = json_text(call.user());
  out["tags"] = json::array{"administrator"};
  out["limits"] = json::object();
  return out;
}

json::object permission_json(const Call& call, const std::string& vhost) {
  json::object out;
  out["user"] = json_text(call.user());
  out["vhost"] = json_text(vhost);
  for (const char* right : {"configure", "write", "read"})
    out[right] = all_rights;
  return out;
}

Error no_such_user(const std::string& name) {
  return {Errc::not_found, "no user '" + name + "': there is only guest"};
}

Error only_guest() {
  return {Errc::not_supported, "there are no users but guest, who may do everything"};
}

void list_users(const CallRef& call) {
  answer_columns(call, json::array{user_json(*call)});
}

void get_user(const CallRef& call) {
  if (call->name(0) != call->user()) return call->refuse(no_such_user(call->name(0)));
  answer_columns(call, user_json(*call));
}

void put_user(const CallRef& call) {
  auto body = tool_body(*call, {{"name", call->name(0)}});
  if (!body) return call->refuse(body.error());
  body->erase("vhost");  // rabbitmqadmin says in every body where it is
  Members members(*body);
  const std::string password = members.text("password", "");
  const json::value* tags = members.any("tags");
  if (const auto ok = members.finish(); !ok) return call->refuse(ok.error());
  const bool is_administrator = tags && (*tags == json::value("administrator") ||
                                         *tags == json::value(json::array{"administrator"}));
  const bool is_guest = call->name(0) == call->user() && password == "guest" && is_administrator;
  if (!is_guest) return call->refuse(only_guest());
  call->answer_done();
}

void list_permissions(const CallRef& call) {
  call->ask(ListVhosts(), [call](const std::vector<VhostInfo>& vhosts) {
    json::array list;
    for (const VhostInfo& vhost : vhosts)
      list.push_back(permission_json(*call, vhost.name));
    answer_columns(call, std::move(list));
  });
}

void list_permissions_of_vhost(const CallRef& call) {
  answer_columns(call, json::array{permission_json(*call, call->vhost())});
}

void list_permissions_of_user(const CallRef& call) {
  if (call->name(0) != call->user()) return call->refuse(no_such_user(call->name(0)));
  list_permissions(call);
}

void get_permission(const CallRef& call) {
  if (call->name(0) != call->user()) return call->refuse(no_such_user(call->name(0)));
  answer_columns(call, permission_json(*call, call->vhost()));
}

void put_permission(const CallRef& call) {
  const auto body = tool_body(*call, {{"vhost", call->vhost()}, {"user", call->name(0)}});
  if (!body) return call->refuse(body.error());
  const auto given = has_members(*body, {"configure", "write", "read"});
  if (!given) return call->refuse(given.error());
  Members members(*body);
  bool is_all = true;
  for (const char* right : {"configure", "write", "read"})
    is_all = members.text(right, "") == all_rights && is_all;
  if (const auto ok = members.finish(); !ok) return call->refuse(ok.error());
  if (call->name(0) != call->user() || !is_all) return call->refuse(only_guest());
  call->answer_done();
}

/// Neither the user goes nor a right of his.
void keep_guest(const CallRef& call) {
  call->refuse(call->name(0) == call->user() ? only_guest() : no_such_user(call->name(0)));
}

}  // namespace

void add_users(RouteList& routes) {
  constexpr auto user = "/api/users/{user}";
  add_list(routes, "/api/users", list_users, "Lists users: guest");
  add_one(routes, user, get_user, "Shows a user");
  add(routes, {Method::put, user, put_user, Needs::broker, json_bytes_max},
      "Content when it says what guest is", {204});
  add(routes, {Method::remove, user, keep_guest}, "Refused: guest stays", {404});
  constexpr auto permission = "/api/permissions/{vhost}/{user}";
  add_list(routes, "/api/permissions", list_permissions, "Lists who may do what: guest everything");
  add_list(routes, "/api/permissions/{vhost}", list_permissions_of_vhost, "The same in a vhost",
           {200, 404});
  add_list(routes, "/api/users/{user}/permissions", list_permissions_of_user, "The same of a user",
           {200, 404});
  add_one(routes, permission, get_permission, "What a user may do in a vhost");
  add(routes, {Method::put, permission, put_permission, Needs::broker, json_bytes_max},
      "Content when it gives guest everything", {204, 404});
  add(routes, {Method::remove, permission, keep_guest}, "Refused: guest may do everything", {404});
  add_list(routes, "/api/topic-permissions", list_nothing,
           "Lists topic permissions: there are none");
}

}  // namespace rialto::http::management
