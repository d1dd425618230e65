// What RabbitMQ's tools ask below /api, in its shapes.
#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;

namespace json = boost::json;

std::string text_of(const json::value& value) {
  return std::string(value.as_string().c_str());
}

TEST(HttpManagement, SaysWhoAnswersAndHowMuchThereIs) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.ask("POST", "/v1/queues/q/messages", "x");
  const auto overview = rig.ask("GET", "/api/overview").json();
  EXPECT_EQ(text_of(overview.at("product_name")), "Rialto");
  EXPECT_EQ(text_of(overview.at("rabbitmq_version")), "4.2.0");
  EXPECT_EQ(overview.at("object_totals").at("queues"), 1);
  EXPECT_EQ(overview.at("queue_totals").at("messages_ready"), 1);
  EXPECT_EQ(overview.at("message_stats").at("publish"), 1);
  EXPECT_EQ(overview.at("listeners").at(0).at("port"), 5672);
  EXPECT_EQ(text_of(rig.ask("GET", "/api/whoami").json().at("name")), "guest");
  const auto nodes = rig.ask("GET", "/api/nodes").json();
  EXPECT_EQ(nodes.at(0).at("running"), true);
  EXPECT_EQ(rig.ask("GET", "/api/nodes/" + text_of(nodes.at(0).at("name"))).status, 200U);
  EXPECT_EQ(rig.ask("GET", "/api/nodes/rabbit@other").status, 404U);
}

TEST(HttpManagement, MakesListsPurgesAndDeletesQueues) {
  HttpRig rig;
  const std::string one = "/api/queues/%2F/q";
  EXPECT_EQ(rig.ask("PUT", one, R"({"durable":true,"arguments":{"x-max-length":5}})").status, 201U);
  EXPECT_EQ(rig.ask("PUT", one, R"({"durable":true,"arguments":{"x-max-length":5}})").status, 204U);
  const Answer differs = rig.ask("PUT", one, R"({"durable":false})");
  EXPECT_EQ(differs.status, 400U);
  EXPECT_EQ(text_of(differs.json().at("error")), "bad_request");
  EXPECT_THAT(text_of(differs.json().at("reason")), HasSubstr("inequivalent arg"));
  rig.ask("POST", "/v1/queues/q/messages", "x");
  const auto shown = rig.ask("GET", one).json();
  EXPECT_EQ(shown.at("messages_ready"), 1);
  EXPECT_EQ(shown.at("arguments").at("x-max-length"), 5);
  EXPECT_EQ(text_of(shown.at("vhost")), "/");
  EXPECT_EQ(rig.ask("DELETE", one + "?if-empty=true").status, 409U);
  EXPECT_EQ(rig.ask("DELETE", one + "/contents").status, 204U);
  EXPECT_EQ(rig.ask("GET", one).json().at("messages"), 0);
  EXPECT_EQ(rig.ask("GET", "/api/queues").json().as_array().size(), 1U);
  EXPECT_EQ(rig.ask("DELETE", one + "?if-empty=true").status, 204U);
  const Answer gone = rig.ask("GET", one);
  EXPECT_EQ(gone.status, 404U);
  EXPECT_EQ(text_of(gone.json().at("error")), "Object Not Found");
  EXPECT_EQ(rig.ask("DELETE", one).status, 404U);
}

TEST(HttpManagement, MakesExchangesAndTheirBindings) {
  HttpRig rig;
  rig.ask("PUT", "/api/queues/%2F/q", R"({"durable":true})");
  EXPECT_EQ(rig.ask("PUT", "/api/exchanges/%2F/e", R"({"type":"topic","durable":true})").status,
            201U);
  const std::string ends = "/api/bindings/%2F/e/e/q/q";
  const Answer bound = rig.ask("POST", ends, R"({"routing_key":"a.*","arguments":{"x":"y"}})");
  EXPECT_EQ(bound.status, 201U);
  EXPECT_THAT(bound.header("Location"), ::testing::StartsWith("a.%2A~"));
  EXPECT_EQ(rig.ask("POST", ends, "{}").header("Location"), "~");
  const auto all = rig.ask("GET", "/api/bindings/%2F").json();
  ASSERT_EQ(all.as_array().size(), 3U) << "the default exchange binds each queue";
  EXPECT_EQ(text_of(all.at(0).at("source")), "");
  EXPECT_EQ(text_of(all.at(1).at("destination_type")), "queue");
  EXPECT_EQ(rig.ask("GET", "/api/queues/%2F/q/bindings").json().as_array().size(), 3U);
  EXPECT_EQ(rig.ask("GET", "/api/exchanges/%2F/e/bindings/source").json().as_array().size(), 2U);
  EXPECT_EQ(
      rig.ask("GET", "/api/exchanges/%2F/amq.default/bindings/source").json().as_array().size(),
      1U);
  EXPECT_EQ(rig.ask("DELETE", ends + "/~").status, 204U);
  EXPECT_EQ(rig.ask("DELETE", ends + "/~").status, 404U);
  EXPECT_EQ(rig.ask("GET", ends).json().as_array().size(), 1U);
  EXPECT_EQ(rig.ask("GET", "/api/exchanges/%2F/amq.default").status, 200U);
  EXPECT_EQ(rig.ask("DELETE", "/api/exchanges/%2F/e?if-unused=true").status, 409U);
  EXPECT_EQ(rig.ask("DELETE", "/api/exchanges/%2F/e").status, 204U);
  EXPECT_EQ(rig.ask("GET", "/api/exchanges/%2F/e").status, 404U);
}

TEST(HttpManagement, EveryRefusalHasAnErrorAndAReason) {
  HttpRig rig;
  rig.settings.why_not_ready = [] { return std::string(); };
  const auto refused = [&](unsigned status, std::string_view method, std::string_view target,
                           std::string_view headers = "") {
    const Answer answer = rig.ask(method, target, "", headers);
    EXPECT_EQ(answer.status, status) << target;
    EXPECT_EQ(answer.header("Content-Type"), "application/json") << target;
    return text_of(answer.json().at("error")) + ": " + text_of(answer.json().at("reason"));
  };
  EXPECT_THAT(refused(400, "GET", "/api/queues?colour=red"),
              HasSubstr("bad_request: unknown query parameter 'colour'"));
  EXPECT_THAT(refused(400, "GET", "/api/queues?page=1&page=1"), HasSubstr("bad_request: "));
  EXPECT_THAT(refused(404, "GET", "/api/nothing"), HasSubstr("Object Not Found: "));
  EXPECT_THAT(refused(405, "PATCH", "/api/queues"), HasSubstr("method not allowed: PATCH"));
  EXPECT_THAT(refused(401, "GET", "/api/whoami", "Authorization: Basic d3Jvbmc6dXNlcg==\r\n"),
              HasSubstr("not_authorized: "));
  EXPECT_EQ(rig.ask("GET", "/v1/queues?colour=red").header("Content-Type"),
            "application/problem+json");
  rig.settings.why_not_ready = [] { return std::string("draining"); };
  EXPECT_THAT(refused(503, "GET", "/api/queues"), HasSubstr("not ready: draining"));
}

TEST(HttpManagement, IsGuestsAloneAndSaysSo) {
  HttpRig rig;
  const auto as = [&](const std::string& credentials) {
    return rig.ask("GET", "/api/whoami", "", "Authorization: Basic " + credentials + "\r\n");
  };
  EXPECT_EQ(as("Z3Vlc3Q6Z3Vlc3Q=").status, 200U);
  const Answer wrong = as("d3Jvbmc6dXNlcg==");
  EXPECT_EQ(wrong.status, 401U);
  EXPECT_EQ(wrong.header("WWW-Authenticate"), "Basic realm=\"Rialto\"");
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/q", "", "Authorization: Bearer x\r\n").status, 401U);
  EXPECT_EQ(rig.ask("GET", "/healthz", "", "Authorization: Bearer x\r\n").status, 200U);
}

TEST(HttpColumns, AreThoseThatWereAskedFor) {
  HttpRig rig;
  rig.ask("PUT", "/api/queues/%2F/q", R"({"durable":true,"arguments":{"x-max-length":5}})");
  const auto columns = [&](const std::string& of) { return rig.ask("GET", "/api/" + of).json(); };
  EXPECT_EQ(columns("queues?columns=name,messages"), json::parse(R"([{"name":"q","messages":0}])"));
  EXPECT_EQ(columns("queues/%2F?columns=arguments.x-max-length,none,name.of,arguments.none"),
            json::parse(R"([{"arguments":{"x-max-length":5}}])"));
  EXPECT_EQ(columns("queues?columns=arguments,arguments.none"),
            json::parse(R"([{"arguments":{"x-max-length":5}}])"));
  EXPECT_EQ(columns("queues?columns=none"), json::parse("[{}]"));
  EXPECT_EQ(columns("queues?columns="), columns("queues"));
  EXPECT_EQ(columns("queues?columns=vhost&page=1&name=Q").at("items"),
            json::parse(R"([{"vhost":"/"}])"));
  EXPECT_EQ(columns("overview?columns=message_stats.publish,listeners.protocol"),
            json::parse(R"({"message_stats":{"publish":0},"listeners":[{"protocol":"amqp"},)"
                        R"({"protocol":"kafka"},{"protocol":"http"}]})"));
  for (const char* list :
       {"bindings", "bindings/%2F", "queues/%2F/q/bindings", "exchanges", "exchanges/%2F",
        "exchanges/%2F/amq.default/bindings/source", "exchanges/%2F/amq.topic/bindings/destination",
        "bindings/%2F/e/amq.topic/q/q", "connections", "channels", "consumers", "consumers/%2F",
        "vhosts", "vhosts/%2F/connections", "users", "nodes", "policies", "policies/%2F",
        "operator-policies"}) {
    const json::value all = columns(std::string(list) + "?columns=name");
    for (const json::value& one : all.as_array())
      EXPECT_LE(one.as_object().size(), 1U) << list;
  }
}

TEST(HttpColumns, AreOfOneThingToo) {
  HttpRig rig;
  rig.ask("PUT", "/api/queues/%2F/q", R"({"durable":true})");
  rig.ask("PUT", "/api/policies/%2F/p",
          R"({"pattern":"^e","definition":{"max-length":1},"priority":2})");
  rig.ask("POST", "/api/bindings/%2F/e/amq.topic/q/q", R"({"routing_key":"k"})");
  const auto columns = [&](const std::string& of) { return rig.ask("GET", "/api/" + of).json(); };
  EXPECT_EQ(columns("queues/%2F/q?columns=name,messages"),
            json::parse(R"({"name":"q","messages":0})"));
  EXPECT_EQ(columns("exchanges/%2F/amq.topic?columns=type"), json::parse(R"({"type":"topic"})"));
  EXPECT_EQ(columns("vhosts/%2F?columns=name,messages"),
            json::parse(R"({"name":"/","messages":0})"));
  EXPECT_EQ(columns("nodes/rialto@localhost?columns=type"), json::parse(R"({"type":"disc"})"));
  EXPECT_EQ(columns("policies/%2F/p?columns=priority"), json::parse(R"({"priority":2})"));
  EXPECT_EQ(columns("bindings/%2F/e/amq.topic/q/q/k?columns=routing_key"),
            json::parse(R"({"routing_key":"k"})"));
}

TEST(HttpLists, AreSortedByAColumnWhenThatIsAsked) {
  HttpRig rig;
  for (const char* name : {"b", "a", "c"})
    rig.ask("PUT", "/v1/queues/" + std::string(name));
  rig.ask("PUT", "/v1/queues/l", R"({"arguments":{"x-max-length":9}})");
  rig.ask("POST", "/v1/queues/a/messages", "x");
  const auto names = [&](const std::string& query) {
    std::string out;
    const auto answer = rig.ask("GET", "/api/queues?" + query).json();
    const json::value& all = answer.is_object() ? answer.at("items") : answer;
    for (const json::value& one : all.as_array())
      out += text_of(one.at("name"));
    return out;
  };
  EXPECT_EQ(names("sort=name"), "abcl");
  EXPECT_EQ(names("sort=name&sort_reverse=true"), "lcba");
  EXPECT_EQ(names("sort=messages"), "bcla");
  EXPECT_EQ(names("sort=arguments.x-max-length&columns=name"), "abcl");
  EXPECT_EQ(names("sort=messages&sort_reverse=true&page=1&page_size=1"), "a");
  EXPECT_EQ(names("sort=none&sort_reverse=false"), "abcl");
  EXPECT_EQ(rig.ask("GET", "/api/queues?sort_reverse=maybe").status, 400U);
}

TEST(HttpManagement, WorksInTheVhostOfItsPath) {
  HttpRig rig;
  rig.ask("PUT", "/api/vhosts/other");
  EXPECT_EQ(rig.ask("PUT", "/api/queues/other/q", "{}").status, 201U);
  EXPECT_EQ(rig.ask("GET", "/api/queues/%2F/q").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/api/queues/other").json().as_array().size(), 1U);
  EXPECT_EQ(rig.ask("GET", "/api/queues/%2F").json().as_array().size(), 0U);
  EXPECT_EQ(rig.ask("GET", "/api/queues").json().as_array().size(), 1U);
  const Answer nowhere = rig.ask("GET", "/api/queues/none");
  EXPECT_EQ(nowhere.status, 404U);
  EXPECT_THAT(text_of(nowhere.json().at("reason")), HasSubstr("no vhost 'none'"));
}

TEST(HttpManagement, ListsConnectionsOfOthersAndClosesThem) {
  HttpRig rig;
  struct Client final : Session {
    void on_published(const PublishOutcome&) override {}
    void on_returned(const ReturnedMessage&) override {}
    void on_delivery(ConsumerId, const Delivery&) override {}
    void on_consumer_cancelled(ConsumerId) override {}
    void on_blocked(const std::string&) override {}
    void on_ended(const std::string& reason) override { ended = reason; }
    std::string ended;
  } client;
  BrokerPort& port = rig.broker.next_port();
  const SessionId id = port.open(client, Principal{"guest", "/"}, Protocol::amqp);
  NoteConnection facts{{"10.0.0.1:4000", "127.0.0.1:5672", "AMQP 0-9-1", {}, 4096, 7, 60}};
  facts.facts.client_properties.set("product", FieldValue::text("p"));
  port.request<NoteConnection>(id, facts, [](const auto&) {});
  port.request<NoteChannel>(id, {3, true, {7, true, false}}, [](const auto&) {});
  rig.broker.tick();
  const auto all = rig.ask("GET", "/api/connections").json();
  ASSERT_EQ(all.as_array().size(), 1U);
  EXPECT_EQ(text_of(all.at(0).at("name")), "10.0.0.1:4000 -> 127.0.0.1:5672");
  EXPECT_EQ(all.at(0).at("peer_port"), 4000);
  EXPECT_EQ(text_of(all.at(0).at("client_properties").at("product")), "p");
  EXPECT_EQ(all.at(0).at("channels"), 1);
  const auto channels = rig.ask("GET", "/api/channels").json();
  EXPECT_EQ(text_of(channels.at(0).at("name")), "10.0.0.1:4000 -> 127.0.0.1:5672 (3)");
  EXPECT_EQ(channels.at(0).at("prefetch_count"), 7);
  EXPECT_EQ(channels.at(0).at("confirm"), true);
  EXPECT_EQ(channels.at(0).at("transactional"), false);
  const std::string one = "/api/connections/10.0.0.1:4000%20-%3E%20127.0.0.1:5672";
  EXPECT_EQ(rig.ask("GET", one + "?columns=peer_port").json(),
            json::parse(R"({"peer_port":4000})"));
  EXPECT_EQ(rig.ask("GET", one + "/channels").json().as_array().size(), 1U);
  EXPECT_EQ(rig.ask("DELETE", one, "", "X-Reason: enough\r\n").status, 204U);
  EXPECT_EQ(client.ended, "enough");
  EXPECT_EQ(rig.ask("GET", "/api/consumers").json().as_array().size(), 0U);
  port.close(id);
  rig.broker.tick();
  EXPECT_EQ(rig.ask("DELETE", one).status, 404U);
}

}  // namespace
}  // namespace rialto::test
