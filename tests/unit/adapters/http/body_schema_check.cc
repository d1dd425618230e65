#include "tests/unit/adapters/http/body_schema_check.h"

#include "adapters/http/openapi.h"
#include "adapters/http/routes.h"
#include "adapters/http/v1/body_schemas.h"
#include "tests/unit/adapters/http/json_schema.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace rialto::test {

namespace {

/// The route that a request of these words takes; null when there is none.
const http::Route* route_of(const HttpSettings& settings, std::string_view method,
                            std::string_view target) {
  const auto parsed = http::parse_target(target);
  const auto& routes = http::routes_of(settings);
  const auto same = std::find_if(routes.begin(), routes.end(), [method](const auto& route) {
    return http::name_of(route.method) == (method == "HEAD" ? "GET" : method);
  });
  if (!parsed || same == routes.end()) return nullptr;
  return http::find_route(routes, same->method, *parsed).route;
}

}  // namespace

void expect_body_allowed(const HttpSettings& settings, std::string_view method,
                         std::string_view target, std::string_view body) {
  const http::Route* route = route_of(settings, method, target);
  if (body.empty() || !route) return;
  const auto schema = http::v1::body_schema(route->method, route->path);
  if (schema.empty()) return;
  const auto value = boost::json::parse(boost::json::string_view(body.data(), body.size()));
  EXPECT_EQ(schema_fault(value, schema), "") << method << " " << target << " " << body;
}

void expect_status_declared(const HttpSettings& settings, std::string_view method,
                            std::string_view target, unsigned status) {
  static const auto document =
      http::openapi_document(http::routes_of(HttpSettings()), HttpSettings().version);
  const http::Route* route = route_of(settings, method, target);
  if (settings.routes != HttpSettings::Routes::all || !route) return;
  std::string name(http::name_of(route->method));
  for (char& c : name)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::string path(route->path);
  const auto& declared = document.at("paths").at(path).at(name).at("responses").as_object();
  EXPECT_TRUE(declared.contains(std::to_string(status)))
      << method << " " << target << " is answered with " << status;
}

}  // namespace rialto::test
