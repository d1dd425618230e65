#include "adapters/http/call.h"
#include "adapters/http/declarations.h"
#include "adapters/http/json.h"
#include "adapters/http/management/columns.h"
#include "adapters/http/management/definitions.h"
#include "adapters/http/management/routes.h"
#include "adapters/http/management/tool_words.h"

#include <boost/json/array.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

/// Runtime parameters: operator policies are the only ones. Limits of vhosts: there are none.
namespace rialto::http::management {

namespace json = boost::json;

namespace {

// In RabbitMQ's words, which tools show as they are.
Error no_such_component(const std::string& component) {
  return {Errc::invalid_argument, "Validation failed\n\ncomponent " + component + " not found\n"};
}

Error no_such_parameter(const Call& call) {
  return {Errc::not_found, "no parameter '" + call.name(2) + "' of component '" + call.name(0) +
                               "' in vhost '" + call.name(1) + "'"};
}

bool is_known(const Call& call) {
  return call.name(0) == operator_policy_component;
}

/// Of an empty vhost: those of all. Of a component nobody knows: none.
void list_of(const CallRef& call, const std::string& vhost, bool known) {
  call->ask(ListPolicies{PolicyKind::operators, vhost},
            [call, known](const std::vector<PolicyInfo>& policies) {
              json::array list;
              for (const PolicyInfo& policy : policies) {
                if (known) list.push_back(operator_parameter_json(policy));
              }
              answer_columns(call, std::move(list));
            });
}

void list_parameters(const CallRef& call) {
  list_of(call, "", true);
}

void list_component(const CallRef& call) {
  list_of(call, "", is_known(*call));
}

void list_component_in_vhost(const CallRef& call) {
  list_of(call, call->name(1), is_known(*call));
}

PolicyName name_of_parameter(const Call& call) {
  return {PolicyKind::operators, call.name(1), call.name(2)};
}

void get_parameter(const CallRef& call) {
  if (!is_known(*call)) return call->refuse(no_such_parameter(*call));
  call->ask(FindPolicy{name_of_parameter(*call)}, [call](const PolicyInfo& policy) {
    answer_columns(call, operator_parameter_json(policy));
  });
}

Result<PutPolicy> wanted_parameter(const Call& call) {
  if (!is_known(call)) return no_such_component(call.name(0));
  const auto body = tool_body(
      call, {{"component", call.name(0)}, {"vhost", call.name(1)}, {"name", call.name(2)}});
  if (!body) return body.error();
  if (auto ok = has_members(*body, {"value"}); !ok) return ok.error();
  Members members(*body);
  const json::object* value = members.object("value");
  if (auto ok = members.finish(); !ok) return ok.error();
  return policy_declaration(*value, name_of_parameter(call));
}

void put_parameter(const CallRef& call) {
  auto what = wanted_parameter(*call);
  if (!what) return call->refuse(what.error());
  call->ask(std::move(*what),
            [call](const PutPolicy::Answer& put) { call->answer_made(put.created); });
}

void delete_parameter(const CallRef& call) {
  if (!is_known(*call)) return call->refuse(no_such_parameter(*call));
  call->ask(DeletePolicy{name_of_parameter(*call)},
            [call](const DeletePolicy::Answer&) { call->answer_done(); });
}

void put_limit(const CallRef& call) {
  call->refuse(Error(Errc::not_supported, "limits of vhosts are not supported yet"));
}

void delete_limit(const CallRef& call) {
  call->refuse(
      Error(Errc::not_found, "vhost '" + call->vhost() + "' has no limit '" + call->name(0) + "'"));
}

}  // namespace

void add_parameters(RouteList& routes) {
  // Not {vhost}: a parameter names its vhost itself, as a policy does.
  constexpr auto one = "/api/parameters/{component}/{v}/{name}";
  add_list(routes, "/api/parameters", list_parameters,
           "Lists runtime parameters: operator policies");
  add_list(routes, "/api/parameters/{component}", list_component,
           "Lists the parameters of a component");
  add_list(routes, "/api/parameters/{component}/{v}", list_component_in_vhost,
           "Lists the parameters of a component in a vhost", {200, 404});
  add_one(routes, one, get_parameter, "Shows a parameter", {200, 404});
  add(routes, {Method::put, one, put_parameter, Needs::broker, json_bytes_max},
      "Makes or changes an operator policy", {201, 204, 404});
  add(routes, {Method::remove, one, delete_parameter}, "Deletes an operator policy", {204, 404});
  constexpr auto limit = "/api/vhost-limits/{vhost}/{name}";
  add_list(routes, "/api/vhost-limits", list_nothing, "Lists limits of vhosts: there are none");
  add_list(routes, "/api/vhost-limits/{vhost}", list_nothing,
           "Lists limits of a vhost: there are none", {200, 404});
  add(routes, {Method::put, limit, put_limit, Needs::broker, json_bytes_max}, "Refused", {400});
  add(routes, {Method::remove, limit, delete_limit}, "Nothing to delete", {404});
}

}  // namespace rialto::http::management
