// The document of the API is made from the routes, and says all of them.
#include "adapters/http/openapi.h"

#include "adapters/http/routes.h"
#include "adapters/http/v1/body_schemas.h"
#include "tests/unit/adapters/http/http_rig.h"
#include "tests/unit/adapters/http/json_schema.h"

#include <boost/json/serialize.hpp>
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
  EXPECT_THAT(names, ::testing::ElementsAre("topic", "from", "partition", "max", "wait_ms", "vhost",
                                            "Last-Event-ID"));
  EXPECT_EQ(read.at("parameters").as_array().back().at("in").as_string(), "header");
  const auto& shown = read.at("responses").at("200").at("content").as_object();
  for (const char* type : {"application/json", "text/event-stream", "application/octet-stream"})
    EXPECT_TRUE(shown.contains(type)) << type;
  const auto& publish = document.at("paths").at("/v1/queues/{queue}/messages").at("post");
  EXPECT_TRUE(
      publish.at("requestBody").at("content").as_object().contains("application/octet-stream"));
}

TEST(HttpOpenapi, SaysWhichHeadersOfARequestMeanSomething) {
  HttpSettings settings;
  const auto document = http::openapi_document(http::routes_of(settings), "1.2.3");
  const auto headers_of = [&](const std::string& path) {
    std::vector<std::string> out;
    const auto& operation = document.at("paths").at(path).at("post");
    for (const json::value& parameter : operation.at("parameters").as_array()) {
      if (parameter.at("in").as_string() == "header")
        out.emplace_back(parameter.at("name").as_string().c_str());
    }
    return out;
  };
  using ::testing::ElementsAre;
  const auto of_message = [](const char* also) {
    return ElementsAre("X-Rialto-Key", "X-Rialto-Key-Base64", "Idempotency-Key",
                       "X-Rialto-Producer", "X-Rialto-Sequence", also);
  };
  EXPECT_THAT(headers_of("/v1/exchanges/{exchange}/messages"), of_message("X-Rialto-Routing-Key"));
  EXPECT_THAT(headers_of("/v1/topics/{topic}/messages"), of_message("X-Rialto-Partition"));
  EXPECT_EQ(headers_of("/v1/queues/{queue}/messages").size(), 5U);
  EXPECT_THAT(headers_of("/v1/queues/{queue}/batch"), ElementsAre("Idempotency-Key"));
}

TEST(HttpOpenapi, ABatchIsAListOfWhatItsLinesAre) {
  HttpSettings settings;
  const auto document = http::openapi_document(http::routes_of(settings), "1.2.3");
  for (const char* path :
       {"/v1/queues/{queue}/batch", "/v1/exchanges/{exchange}/batch", "/v1/topics/{topic}/batch"}) {
    const auto& content = document.at("paths").at(path).at("post").at("requestBody").at("content");
    const auto& list = content.at("application/json").at("schema").at("properties").at("messages");
    const auto& line = content.at("application/x-ndjson").at("schema");
    EXPECT_EQ(line.at("properties"), list.at("items").at("properties")) << path;
  }
}

/// The rig compares every answer with the document.
TEST(HttpOpenapi, NamesTheStatusesOfAQueueThatIsSomebodysOwn) {
  HttpRig rig;
  struct Owner final : Session {
    void on_published(const PublishOutcome&) override {}
    void on_returned(const ReturnedMessage&) override {}
    void on_delivery(ConsumerId, const Delivery&) override {}
    void on_consumer_cancelled(ConsumerId) override {}
    void on_blocked(const std::string&) override {}
    void on_ended(const std::string&) override {}
  } owner;
  BrokerPort& port = rig.broker.next_port();
  const SessionId id = port.open(owner, Principal{"guest", "/"}, Protocol::amqp);
  DeclareQueue own;
  own.name = "own";
  own.exclusive = true;
  port.request<DeclareQueue>(id, own, [](const auto&) {});
  BindQueue binding;
  binding.queue = own.name;
  binding.exchange = "amq.topic";
  binding.routing_key = "a";
  port.request<BindQueue>(id, binding, [](const auto&) {});
  rig.broker.settle_all();
  const std::string bound = R"({"queue":"own","routing_key":"a"})";
  const std::string v1 = "/v1/queues/own";
  const std::string api = "/api/queues/%2F/own";
  EXPECT_EQ(rig.ask("GET", v1).status, 423U);
  EXPECT_EQ(rig.ask("PUT", v1).status, 423U);
  EXPECT_EQ(rig.ask("GET", v1 + "/messages").status, 423U);
  EXPECT_EQ(rig.ask("DELETE", v1).status, 423U);
  for (const char* what : {"/purge", "/pull", "/redrive"})
    EXPECT_EQ(rig.ask("POST", v1 + what, "{}").status, 423U) << what;
  EXPECT_EQ(rig.ask("POST", v1 + "/replay", R"({"states":["acked"]})").status, 423U);
  EXPECT_EQ(rig.ask("POST", "/v1/exchanges/amq.topic/bindings", bound).status, 423U);
  EXPECT_EQ(rig.ask("DELETE", "/v1/exchanges/amq.topic/bindings", bound).status, 423U);
  EXPECT_EQ(rig.ask("GET", api).status, 423U);
  EXPECT_EQ(rig.ask("GET", api + "/bindings").status, 423U);
  EXPECT_EQ(rig.ask("PUT", api, "{}").status, 423U);
  EXPECT_EQ(rig.ask("DELETE", api).status, 423U);
  EXPECT_EQ(rig.ask("DELETE", api + "/contents").status, 423U);
  EXPECT_EQ(rig.ask("POST", "/api/bindings/%2F/e/amq.topic/q/own", "{}").status, 423U);
  port.close(id);
  rig.broker.tick();
}

TEST(HttpOpenapi, NamesTheStatusOfWhatIsNotSupported) {
  HttpRig rig;
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/s", R"({"arguments":{"x-queue-type":"stream"}})").status,
            201U);
  EXPECT_EQ(rig.ask("POST", "/v1/queues/s/purge").status, 501U);
  EXPECT_EQ(rig.ask("POST", "/v1/queues/s/pull", "{}").status, 501U);
  EXPECT_EQ(rig.ask("POST", "/v1/queues/s/redrive", "{}").status, 501U);
  EXPECT_EQ(rig.ask("POST", "/v1/queues/s/replay", R"({"states":["acked"]})").status, 501U);
  EXPECT_EQ(rig.ask("POST", "/v1/queues/s/batch", R"({"messages":[{"body":""}]})",
                    "X-Rialto-Producer: p\r\nX-Rialto-Sequence: 1\r\n")
                .status,
            501U);
}

/// Every accepted body of all tests of this room is checked against these by the rig.
TEST(HttpOpenapi, EachJsonBodyOfOurOwnHasASchemaThatTheServerKeepsTo) {
  HttpRig rig;
  rig.ask("PUT", "/v1/exchanges/x");
  rig.ask("PUT", "/v1/queues/x");
  for (const http::Route& route : http::routes_of(rig.settings)) {
    const bool json = route.body_bytes_max > 0 && route.body_type == "application/json";
    if (!json || !route.path.starts_with("/v1/")) continue;
    const auto schema = http::v1::body_schema(route.method, route.path);
    ASSERT_FALSE(schema.empty()) << route.path;
    const std::string target = filled(std::string(route.path));
    const auto refused = [&](const json::object& body) {
      EXPECT_NE(schema_fault(body, schema), "") << target << json::serialize(body);
      EXPECT_EQ(rig.ask(http::name_of(route.method), target, json::serialize(body)).status, 400U)
          << target << json::serialize(body);
    };
    refused({{"colour", "red"}});
    for (const auto& member : schema.at("properties").as_object()) {
      json::object wrong;
      wrong[member.key()].emplace_array().emplace_back(json::array());
      refused(wrong);
    }
  }
}

}  // namespace
}  // namespace rialto::test
