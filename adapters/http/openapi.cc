#include "adapters/http/openapi.h"

#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/message.h"
#include "adapters/http/routes.h"
#include "adapters/http/v1/body_schemas.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace rialto::http {

namespace json = boost::json;

namespace {

json::string_view view(std::string_view text) {
  return {text.data(), text.size()};
}

json::object parameter(std::string_view name, const char* in) {
  json::object out;
  out["name"] = view(name);
  out["in"] = in;
  out["required"] = std::string_view(in) == "path";
  out["schema"] = json::object{{"type", "string"}};
  return out;
}

json::array parameters_of(const Route& route) {
  json::array out;
  std::string_view rest = route.path;
  bool of_vhost = false;
  for (std::size_t at = rest.find('{'); at != rest.npos; at = rest.find('{')) {
    const std::size_t end = rest.find('}', at);
    const std::string_view name = rest.substr(at + 1, end - at - 1);
    of_vhost = of_vhost || name == "vhost";
    out.push_back(parameter(name, "path"));
    rest.remove_prefix(end);
  }
  for (const std::string_view name : route.query)
    out.push_back(parameter(name, "query"));
  if (route.needs != Needs::nothing && !of_vhost) out.push_back(parameter("vhost", "query"));
  for (const std::string_view name : route.headers)
    out.push_back(parameter(name, "header"));
  return out;
}

/// What any request may be answered beside what its route says.
std::vector<unsigned> statuses_of(const Route& route) {
  std::vector<unsigned> out = route.answers;
  out.push_back(403);
  if (route.needs != Needs::nothing) out.insert(out.end(), {400, 401, 404, 503});
  if (route.body_bytes_max > 0) out.insert(out.end(), {413, 415});
  // Some of what a body may say elsewhere means nothing here; RabbitMQ's tools hear 400 of it.
  const bool is_own = !route.path.starts_with("/api/");
  if (route.body_bytes_max > 0 && is_own) out.push_back(501);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// The schema of the entries of the one list that a body has.
json::object entries_of(const json::object& schema) {
  const json::object& members = schema.at("properties").as_object();
  return members.begin()->value().at("items").as_object();
}

json::object body_of(const Route& route) {
  const json::object schema = v1::body_schema(route.method, route.path);
  json::object content;
  json::object& of_type = content[view(route.body_type)].emplace_object();
  if (!schema.empty()) of_type["schema"] = schema;
  if (!route.body_lines_type.empty()) {
    json::object line = entries_of(schema);
    line["description"] = "of each line";
    content[view(route.body_lines_type)] = json::object{{"schema", std::move(line)}};
  }
  return content;
}

json::object operation_of(const Route& route) {
  json::object out;
  out["summary"] = view(route.says);
  if (json::array parameters = parameters_of(route); !parameters.empty()) {
    out["parameters"] = std::move(parameters);
  }
  if (route.body_bytes_max > 0) {
    out["requestBody"] = json::object{{"content", body_of(route)}};
  }
  json::object responses;
  for (const unsigned status : statuses_of(route)) {
    json::object& response = responses[fmt::format("{}", status)].emplace_object();
    response["description"] = view(reason_of(status));
    if (status != 200 || route.answer_types.empty()) continue;
    json::object& content = response["content"].emplace_object();
    for (const std::string_view type : route.answer_types)
      content[view(type)].emplace_object();
  }
  out["responses"] = std::move(responses);
  return out;
}

std::string lower(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

void openapi(const CallRef& call) {
  const HttpSettings& settings = call->settings();
  call->answer(json_response(200, openapi_document(routes_of(settings), settings.version)));
}

}  // namespace

json::object openapi_document(const RouteList& routes, std::string_view version) {
  json::object paths;
  for (const Route& route : routes) {
    json::value& path = paths[view(route.path)];
    if (!path.is_object()) path = json::object();
    path.get_object()[lower(name_of(route.method))] = operation_of(route);
  }
  json::object info;
  info["title"] = "Rialto";
  info["version"] = view(version);
  json::object out;
  out["openapi"] = "3.1.0";
  out["info"] = std::move(info);
  out["paths"] = std::move(paths);
  return out;
}

void add_openapi(RouteList& routes) {
  add(routes, {Method::get, "/openapi.json", openapi, Needs::nothing}, "This document");
}

}  // namespace rialto::http
