#include "adapters/http/call.h"
#include "adapters/http/declarations.h"
#include "adapters/http/json.h"
#include "adapters/http/management/columns.h"
#include "adapters/http/management/routes.h"
#include "adapters/http/management/tool_words.h"

#include <boost/json/array.hpp>

#include <string>
#include <utility>
#include <vector>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

PolicyName name_of(const Call& call, PolicyKind kind) {
  return {kind, call.name(0), call.name(1)};
}

template <PolicyKind kind>
void put_policy(const CallRef& call) {
  const auto body =
      tool_body(*call, {{"vhost", call->name(0)}, {"name", call->name(1)}}, {{}, {"priority"}});
  if (!body) return call->refuse(body.error());
  auto what = policy_declaration(*body, name_of(*call, kind));
  if (!what) return call->refuse(what.error());
  call->ask(std::move(*what),
            [call](const PutPolicy::Answer& put) { call->answer_made(put.created); });
}

template <PolicyKind kind>
void get_policy(const CallRef& call) {
  call->ask(FindPolicy{name_of(*call, kind)},
            [call](const PolicyInfo& policy) { answer_columns(call, policy_json(policy)); });
}

void list_policies(const CallRef& call, ListPolicies what) {
  call->ask(std::move(what), [call](const std::vector<PolicyInfo>& policies) {
    json::array list;
    for (const PolicyInfo& policy : policies)
      list.push_back(policy_json(policy));
    answer_columns(call, std::move(list));
  });
}

template <PolicyKind kind>
void list_all(const CallRef& call) {
  list_policies(call, {kind, ""});
}

template <PolicyKind kind>
void list_in_vhost(const CallRef& call) {
  list_policies(call, {kind, call->name(0)});
}

template <PolicyKind kind>
void delete_policy(const CallRef& call) {
  call->ask(DeletePolicy{name_of(*call, kind)},
            [call](const DeletePolicy::Answer&) { call->answer_done(); });
}

}  // namespace

namespace {

template <PolicyKind kind>
void add_kind(RouteList& routes, std::string_view all, std::string_view of_vhost,
              std::string_view one) {
  add_list(routes, all, list_all<kind>, "Lists policies of every vhost");
  add_list(routes, of_vhost, list_in_vhost<kind>, "Lists policies of a vhost", {200, 404});
  add_one(routes, one, get_policy<kind>, "Shows a policy", {200, 404});
  add(routes, {Method::put, one, put_policy<kind>, Needs::broker, json_bytes_max},
      "Makes or changes a policy; what it holds for follows at once", {201, 204, 404});
  add(routes, {Method::remove, one, delete_policy<kind>}, "Deletes a policy", {204, 404});
}

}  // namespace

void add_policies(RouteList& routes) {
  // Not {vhost}: a policy names its vhost itself, and needs no session in it.
  add_kind<PolicyKind::user>(routes, "/api/policies", "/api/policies/{v}",
                             "/api/policies/{v}/{name}");
  add_kind<PolicyKind::operators>(routes, "/api/operator-policies", "/api/operator-policies/{v}",
                                  "/api/operator-policies/{v}/{name}");
}

}  // namespace rialto::http::management
