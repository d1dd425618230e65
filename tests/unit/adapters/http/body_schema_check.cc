#include "tests/unit/adapters/http/body_schema_check.h"

#include "adapters/http/openapi.h"
#include "adapters/http/routes.h"
#include "adapters/http/v1/body_schemas.h"
#include "tests/unit/adapters/http/json_schema.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <cctype>
#include <string>

namespace rialto::test {

void expect_body_allowed(const HttpSettings& settings, std::string_view method,
                         std::string_view target, std::string_view body) {
  const auto parsed = http::parse_target(target);
  if (body.empty() || !parsed) return;
  for (const http::Route& route : http::routes_of(settings)) {
    if (http::name_of(route.method) != method) continue;
    const auto found = http::find_route(http::routes_of(settings), route.method, *parsed);
    if (!found.route) return;
    const auto schema = http::v1::body_schema(route.method, found.route->path);
    if (schema.empty()) return;
    const auto value = boost::json::parse(boost::json::string_view(body.data(), body.size()));
    EXPECT_EQ(schema_fault(value, schema), "") << method << " " << target << " " << body;
    return;
  }
}

void expect_status_declared(const HttpSettings& settings, std::string_view method,
                            std::string_view target, unsigned status) {
  static const auto document =
      http::openapi_document(http::routes_of(HttpSettings()), HttpSettings().version);
  const auto parsed = http::parse_target(target);
  if (settings.routes != HttpSettings::Routes::all || !parsed) return;
  for (const http::Route& route : http::routes_of(settings)) {
    if (http::name_of(route.method) != (method == "HEAD" ? "GET" : method)) continue;
    const auto found = http::find_route(http::routes_of(settings), route.method, *parsed);
    if (!found.route) return;
    std::string name(http::name_of(route.method));
    for (char& c : name)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const std::string path(found.route->path);
    const auto& declared = document.at("paths").at(path).at(name).at("responses").as_object();
    EXPECT_TRUE(declared.contains(std::to_string(status)))
        << method << " " << target << " is answered with " << status;
    return;
  }
}

}  // namespace rialto::test
