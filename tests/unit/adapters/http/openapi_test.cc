// The document of the API is made from the routes, and says all of them.
#include "adapters/http/openapi.h"

#include "adapters/http/routes.h"
#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

#include <cctype>

namespace rialto::test {
namespace {

namespace json = boost::json;

std::string filled(std::string path) {
  for (std::size_t at = path.find('{'); at != path.npos; at = path.find('{'))
    path.replace(at, path.find('}', at) - at + 1, "x");
  return path;
}

http::Method method_of(std::string_view name) {
  if (name == "get") return http::Method::get;
  if (name == "put") return http::Method::put;
  if (name == "post") return http::Method::post;
  if (name == "delete") return http::Method::remove;
  return http::Method::other;
}

TEST(HttpOpenapi, EveryOperationOfTheDocumentIsServedAndEveryRouteIsInIt) {
  HttpRig rig;
  const Answer answer = rig.ask("GET", "/openapi.json");
  ASSERT_EQ(answer.status, 200U);
  const auto document = answer.json();
  EXPECT_EQ(document.at("openapi").as_string(), "3.1.0");
  const http::RouteList& routes = http::routes_of(rig.settings);
  std::size_t operations = 0;
  for (const auto& path : document.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      ++operations;
      const std::string text(path.key());
      const auto target = http::parse_target(filled(text)).value();
      const auto found = http::find_route(routes, method_of(operation.key()), target);
      ASSERT_NE(found.route, nullptr) << text;
      EXPECT_EQ(found.route->path, text);
    }
  }
  EXPECT_EQ(operations, routes.size());
}

TEST(HttpOpenapi, TheServerAnswersEachOperationWithAStatusThatItNames) {
  HttpRig rig;
  const auto document = rig.ask("GET", "/openapi.json").json();
  for (const auto& path : document.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      std::string method(operation.key());
      for (char& c : method)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      const Answer answer = rig.ask(method, filled(std::string(path.key())));
      EXPECT_TRUE(
          operation.value().at("responses").as_object().contains(std::to_string(answer.status)))
          << method << " " << path.key() << ": " << answer.status << " " << answer.body;
    }
  }
}

TEST(HttpOpenapi, EachRouteSaysWhatItDoesTakesAndNeeds) {
  HttpSettings settings;
  const auto document = http::openapi_document(http::routes_of(settings), "1.2.3");
  EXPECT_EQ(document.at("info").at("version").as_string(), "1.2.3");
  for (const http::Route& route : http::routes_of(settings)) {
    EXPECT_FALSE(route.says.empty()) << route.path;
    EXPECT_FALSE(route.answers.empty()) << route.path;
  }
  const auto& read = document.at("paths").at("/v1/topics/{topic}/messages").at("get");
  std::vector<std::string> names;
  for (const json::value& parameter : read.at("parameters").as_array())
    names.emplace_back(parameter.at("name").as_string().c_str());
  EXPECT_THAT(names,
              ::testing::ElementsAre("topic", "from", "partition", "max", "wait_ms", "vhost"));
  const auto& publish = document.at("paths").at("/v1/queues/{queue}/messages").at("post");
  EXPECT_TRUE(
      publish.at("requestBody").at("content").as_object().contains("application/octet-stream"));
}

}  // namespace
}  // namespace rialto::test
