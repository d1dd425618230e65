#include "tests/unit/adapters/http/body_schema_check.h"

#include "adapters/http/routes.h"
#include "adapters/http/v1/body_schemas.h"
#include "tests/unit/adapters/http/json_schema.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

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

}  // namespace rialto::test
