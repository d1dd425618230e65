#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/management/routes.h"

#include <boost/json/array.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

json::object policy_json(const PolicyInfo& policy) {
  json::object out;
  out["vhost"] = json_text(policy.vhost);
  out["name"] = json_text(policy.name);
  out["pattern"] = json_text(policy.pattern);
  out["apply-to"] = json_text(policy.apply_to);
  out["definition"] = to_json(policy.definition);
  out["priority"] = policy.priority;
  return out;
}

PolicyName name_of(const Call& call, PolicyKind kind) {
  return {kind, call.name(0), call.name(1)};
}

/// The body may repeat vhost and name: tools send what an export says.
Result<PutPolicy> wanted_policy(const Call& call, PolicyKind kind) {
  const auto body = read_object(call.request());
  if (!body) return body.error();
  for (const char* needed : {"pattern", "definition"}) {
    if (!body->contains(needed)) {
      return Error(Errc::invalid_argument, std::string("'") + needed + "' is missing");
    }
  }
  Members members(*body);
  PutPolicy what;
  what.id = name_of(call, kind);
  what.pattern = members.text("pattern", "");
  what.apply_to = members.text("apply-to", "all");
  what.priority = static_cast<std::int32_t>(members.integer("priority", 0, INT32_MIN, INT32_MAX));
  const bool same = members.text("vhost", what.id.vhost) == what.id.vhost &&
                    members.text("name", what.id.name) == what.id.name;
  const json::object* definition = members.object("definition");
  if (auto ok = members.finish(); !ok) return ok.error();
  if (!same) return Error(Errc::invalid_argument, "path and body name different policies");
  auto table = to_field_table(definition);
  if (!table) return table.error();
  what.definition = std::move(*table);
  return what;
}

template <PolicyKind kind>
void put_policy(const CallRef& call) {
  auto what = wanted_policy(*call, kind);
  if (!what) return call->refuse(what.error());
  call->ask(std::move(*what), [call](const PutPolicy::Answer& put) {
    Response response;
    response.status = put.created ? 201 : 204;
    call->answer(std::move(response));
  });
}

template <PolicyKind kind>
void get_policy(const CallRef& call) {
  call->ask(FindPolicy{name_of(*call, kind)}, [call](const PolicyInfo& policy) {
    call->answer(json_response(200, policy_json(policy)));
  });
}

void list_policies(const CallRef& call, ListPolicies what) {
  call->ask(std::move(what), [call](const std::vector<PolicyInfo>& policies) {
    json::array list;
    for (const PolicyInfo& policy : policies)
      list.push_back(policy_json(policy));
    call->answer(json_response(200, list));
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

void add_policies(RouteList& routes) {
  constexpr auto user = PolicyKind::user;
  constexpr auto operators = PolicyKind::operators;
  constexpr std::string_view one = "/api/policies/{vhost}/{name}";
  constexpr std::string_view one_of_operators = "/api/operator-policies/{vhost}/{name}";
  routes.push_back({Method::get, "/api/policies", list_all<user>});
  routes.push_back({Method::get, "/api/policies/{vhost}", list_in_vhost<user>});
  routes.push_back({Method::get, one, get_policy<user>});
  routes.push_back({Method::put, one, put_policy<user>, Needs::broker, json_bytes_max});
  routes.push_back({Method::remove, one, delete_policy<user>});
  routes.push_back({Method::get, "/api/operator-policies", list_all<operators>});
  routes.push_back({Method::get, "/api/operator-policies/{vhost}", list_in_vhost<operators>});
  routes.push_back({Method::get, one_of_operators, get_policy<operators>});
  routes.push_back(
      {Method::put, one_of_operators, put_policy<operators>, Needs::broker, json_bytes_max});
  routes.push_back({Method::remove, one_of_operators, delete_policy<operators>});
}

}  // namespace rialto::http::management
