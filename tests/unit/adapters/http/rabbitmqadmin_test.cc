// The very requests of rabbitmqadmin: truths and numbers are texts, the path is said again.
#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;

namespace json = boost::json;

class Rabbitmqadmin : public ::testing::Test {
 protected:
  std::string reason(const Answer& answer) {
    const auto said = answer.json();
    EXPECT_TRUE(said.as_object().contains("error")) << answer.body;
    return std::string(said.at("reason").as_string().c_str());
  }
  Answer declare_queue(const std::string& more) {
    return rig.ask("PUT", "/api/queues/%2F/q",
                   R"({"auto_delete":"false","arguments":{},"name":"q","vhost":"/")" + more + "}");
  }
  Answer publish(const std::string& exchange, const std::string& more) {
    return rig.ask("POST", "/api/exchanges/%2F/" + exchange + "/publish",
                   R"({"exchange":")" + exchange + R"(","vhost":"/",)" + more + "}");
  }
  void send(const std::string& payload) {
    publish("amq.default", R"("properties":{},"payload_encoding":"string","routing_key":"q",)"
                           R"("payload":")" +
                               payload + '"');
  }
  Answer get(const std::string& more) {
    return rig.ask("POST", "/api/queues/%2F/q/get",
                   R"({"queue":"q","vhost":"/","encoding":"auto",)" + more + "}");
  }
  std::uint64_t ready() {
    return rig.ask("GET", "/api/queues/%2F/q").json().at("messages_ready").to_number<unsigned>();
  }

  HttpRig rig;
};

TEST_F(Rabbitmqadmin, DeclaresQueues) {
  EXPECT_EQ(declare_queue(R"(,"durable":"true")").status, 201U);
  EXPECT_EQ(declare_queue(R"(,"durable":"true")").status, 204U);
  EXPECT_EQ(declare_queue(R"(,"durable":"true","node":"rialto@localhost")").status, 204U);
  const Answer differs = declare_queue(R"(,"durable":"false")");
  EXPECT_EQ(differs.status, 400U);
  EXPECT_THAT(reason(differs), HasSubstr("inequivalent arg 'durable'"));
  EXPECT_THAT(reason(declare_queue(R"(,"durable":"maybe")")), HasSubstr("true or false"));
  EXPECT_THAT(reason(declare_queue(R"(,"node":"rabbit@else")")),
              HasSubstr("'node' has to be 'rialto@localhost' or left out"));
  EXPECT_EQ(rig.ask("PUT", "/api/queues/%2F/r",
                    R"({"durable":"true","auto_delete":"false","queue_type":"quorum",)"
                    R"("arguments":{"x-queue-type":"quorum"},"name":"r","vhost":"/"})")
                .status,
            201U);
  const auto shown = rig.ask("GET", "/api/queues/%2F/r").json();
  EXPECT_EQ(shown.at("type").as_string(), "quorum");
  EXPECT_EQ(rig.ask("PUT", "/api/queues/%2F/t", R"({"queue_type":"stream","durable":true})").status,
            201U);
  EXPECT_EQ(rig.ask("GET", "/api/queues/%2F/t").json().at("type").as_string(), "stream");
  EXPECT_THAT(reason(rig.ask("PUT", "/api/queues/%2F/u",
                             R"({"type":"quorum","queue_type":"classic","durable":true})")),
              HasSubstr("two types"));
  EXPECT_EQ(rig.ask("PUT", "/api/queues/%2F/s", R"({"name":"other"})").status, 400U);
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/s", R"({"durable":"true"})").status, 400U)
      << "our own clients have truths";
}

TEST_F(Rabbitmqadmin, DeclaresExchangesBindingsVhostsAndPolicies) {
  declare_queue(R"(,"durable":"true")");
  EXPECT_EQ(rig.ask("PUT", "/api/exchanges/%2F/e",
                    R"({"auto_delete":"false","durable":"true","internal":"false",)"
                    R"("arguments":{},"name":"e","type":"topic","vhost":"/"})")
                .status,
            201U);
  const auto bind = [&](const std::string& kind) {
    return rig.ask("POST", "/api/bindings/%2F/e/e/q/q",
                   R"({"destination_type":")" + kind +
                       R"(","routing_key":"a.#","arguments":{},"source":"e",)"
                       R"("destination":"q","vhost":"/"})");
  };
  EXPECT_EQ(bind("queue").header("Location"), "a.%23");
  EXPECT_EQ(rig.ask("POST", "/api/bindings/%2F/e/e/q/q", R"({"routing_key":"a b~c-d_e/\u00e9"})")
                .header("Location"),
            "a+b%7Ec-d_e%2F%C3%A9");
  EXPECT_EQ(bind("exchange").status, 400U);
  EXPECT_EQ(rig.ask("DELETE", "/api/bindings/%2F/e/e/q/q/a.%2523").status, 204U);
  EXPECT_EQ(bind("queue").status, 201U);
  EXPECT_EQ(rig.ask("DELETE", "/api/bindings/%2F/e/e/q/q/a.%23").status, 204U)
      << "the plain key names it too";
  EXPECT_EQ(rig.ask("PUT", "/api/vhosts/v", R"({"name":"v","vhost":"/"})").status, 201U);
  EXPECT_EQ(rig.ask("PUT", "/api/vhosts/v", R"({"name":"v","vhost":"w","tracing":"false"})").status,
            204U);
  EXPECT_EQ(rig.ask("PUT", "/api/vhosts/v", R"({"tracing":"true"})").status, 400U);
  EXPECT_EQ(rig.ask("PUT", "/api/policies/%2F/p",
                    R"({"name":"p","vhost":"/","pattern":"^e","priority":"2",)"
                    R"("definition":{"alternate-exchange":"amq.fanout"}})")
                .status,
            201U);
  EXPECT_EQ(rig.ask("GET", "/api/exchanges/%2F/e?columns=policy").json(),
            json::parse(R"({"policy":"p"})"));
}

TEST_F(Rabbitmqadmin, PublishesAndHearsWhetherAQueueTookIt) {
  declare_queue(R"(,"durable":"true")");
  const auto routed = [](const Answer& answer) { return answer.json().at("routed").as_bool(); };
  const std::string to_q = R"("routing_key":"q","payload":"aGk=","properties":{})";
  EXPECT_TRUE(routed(publish("amq.default", to_q + R"(,"payload_encoding":"string")")));
  EXPECT_TRUE(routed(publish("amq.default", to_q + R"(,"payload_encoding":"base64")")));
  EXPECT_FALSE(routed(publish("amq.topic", to_q)));
  EXPECT_EQ(publish("none", to_q).status, 404U);
  EXPECT_EQ(publish("amq.default", to_q + R"(,"payload_encoding":"strange")").status, 400U);
  EXPECT_EQ(publish("amq.default", R"("routing_key":"q")").status, 400U);
  EXPECT_THAT(
      reason(publish("amq.default",
                     R"("routing_key":"q","payload":"","properties":{"delivery_mode":"2"})")),
      HasSubstr("'delivery_mode' has to be a whole number"));
  const auto both = get(R"("count":"5","ackmode":"ack_requeue_false")").json();
  ASSERT_EQ(both.as_array().size(), 2U);
  EXPECT_EQ(both.at(0).at("payload").as_string(), "aGk=");
  EXPECT_EQ(both.at(1).at("payload").as_string(), "hi");
  EXPECT_EQ(both.at(1).at("properties"), json::array()) << "as RabbitMQ writes nothing";
}

TEST_F(Rabbitmqadmin, GetsMessagesWithWhatTheyCameWith) {
  declare_queue(R"(,"durable":"true")");
  publish("amq.default", R"("routing_key":"q","payload":"hello","properties":{"delivery_mode":2,)"
                         R"("headers":{"a":1,"t":{"x":[1,2]}},"priority":3,"message_id":"m1"})");
  const auto first = get(R"("count":"1","ackmode":"ack_requeue_true")").json();
  EXPECT_EQ(first,
            json::parse(R"([{"payload_bytes":5,"redelivered":false,"exchange":"",)"
                        R"("routing_key":"q","message_count":0,"payload":"hello",)"
                        R"("properties":{"message_id":"m1","priority":3,"delivery_mode":2,)"
                        R"("headers":{"a":1,"t":{"x":[1,2]}}},"payload_encoding":"string"}])"));
  const auto cut = get(R"("count":1,"ackmode":"ack_requeue_false","truncate":2)").json();
  EXPECT_EQ(cut.at(0).at("payload").as_string(), "he");
  EXPECT_EQ(cut.at(0).at("payload_bytes"), 5);
  EXPECT_EQ(cut.at(0).at("redelivered"), true);
  rig.ask("POST", "/v1/queues/q/messages", "\xff\xfe", "X-Rialto-Header-h: v\r\n");
  const auto plain = get(R"("count":1,"ackmode":"ack_requeue_true")").json();
  EXPECT_EQ(plain.at(0).at("payload").as_string(), "//4=");
  EXPECT_EQ(plain.at(0).at("payload_encoding").as_string(), "base64");
  EXPECT_EQ(plain.at(0).at("routing_key").as_string(), "q");
  EXPECT_EQ(plain.at(0).at("properties").at("headers").at("h").as_string(), "v");
}

TEST_F(Rabbitmqadmin, GetsNoMoreThanAnAnswerMayHold) {
  declare_queue(R"(,"durable":"true")");
  constexpr std::size_t body_bytes = 3U << 20;
  for (const char c : {'1', '2', '3', '4'})
    rig.ask("POST", "/v1/queues/q/messages", std::string(body_bytes, c));
  const auto some = get(R"("count":9,"ackmode":"ack_requeue_false","truncate":1)").json();
  ASSERT_EQ(some.as_array().size(), 3U);
  EXPECT_EQ(some.at(2).at("payload").as_string(), "3");
  EXPECT_EQ(some.at(2).at("message_count"), 1);
  EXPECT_EQ(ready(), 1U);
}

TEST_F(Rabbitmqadmin, GetsBytesThatAreNoTextAsBase64AndNoClaimedCount) {
  rig.ask("PUT", "/api/queues/%2F/q", R"({"durable":true,"type":"quorum"})");
  publish("amq.default", R"("routing_key":"q","payload":"AAE=","payload_encoding":"base64",)"
                         R"("properties":{"headers":{"x-delivery-count":7}})");
  const auto got = get(R"("count":1,"ackmode":"ack_requeue_false")").json();
  EXPECT_EQ(got.at(0).at("payload").as_string(), "AAE=");
  EXPECT_EQ(got.at(0).at("payload_encoding").as_string(), "base64");
  EXPECT_EQ(got.at(0).at("properties"), json::array());
}

TEST_F(Rabbitmqadmin, PublishesOnceUnderOneIdempotencyKey) {
  rig.ask("PUT", "/api/queues/%2F/q",
          R"({"durable":true,"arguments":{"x-message-deduplication":true}})");
  for (int again = 0; again < 2; ++again) {
    const Answer answer =
        rig.ask("POST", "/api/exchanges/%2F/amq.default/publish",
                R"({"routing_key":"q","payload":"x","properties":{}})", "Idempotency-Key: k\r\n");
    EXPECT_TRUE(answer.json().at("routed").as_bool());
  }
  EXPECT_EQ(ready(), 1U);
}

TEST_F(Rabbitmqadmin, SaysWhatBecomesOfWhatItGets) {
  declare_queue(R"(,"durable":"true")");
  rig.ask("PUT", "/api/queues/%2F/dead", R"({"durable":true})");
  rig.ask("PUT", "/api/policies/%2F/p",
          R"({"pattern":"^q$","definition":{"dead-letter-exchange":"",)"
          R"("dead-letter-routing-key":"dead"}})");
  for (const char* payload : {"1", "2", "3"})
    send(payload);
  const auto bodies = [&](const std::string& more) {
    std::string out;
    const auto all = get(more).json();
    for (const json::value& one : all.as_array())
      out += std::string(one.at("payload").as_string().c_str());
    return out;
  };
  EXPECT_EQ(bodies(R"("count":2,"ackmode":"ack_requeue_true")"), "12");
  EXPECT_EQ(bodies(R"("count":9,"ackmode":"reject_requeue_true","payload_file":"x")"), "123");
  EXPECT_EQ(ready(), 3U);
  EXPECT_EQ(bodies(R"("count":1,"ackmode":"ack_requeue_false")"), "1");
  EXPECT_EQ(bodies(R"("count":1,"ackmode":"reject_requeue_false")"), "2");
  EXPECT_EQ(bodies(R"("count":0,"ackmode":"ack_requeue_false")"), "");
  EXPECT_EQ(ready(), 1U);
  EXPECT_EQ(rig.ask("GET", "/api/queues/%2F/dead").json().at("messages"), 1);
  EXPECT_THAT(reason(get(R"("count":1,"ackmode":"nope")")), HasSubstr("'ackmode' has to be"));
  EXPECT_EQ(get(R"("count":"x","ackmode":"ack_requeue_true")").status, 400U);
  EXPECT_EQ(get(R"("count":-1,"ackmode":"ack_requeue_true")").status, 400U);
  EXPECT_EQ(get(R"("ackmode":"ack_requeue_true")").status, 400U);
  EXPECT_EQ(rig.ask("POST", "/api/queues/%2F/none/get",
                    R"({"count":1,"ackmode":"ack_requeue_true","encoding":"auto"})")
                .status,
            404U);
}

TEST_F(Rabbitmqadmin, IsGuestsWhoMayDoEverything) {
  rig.ask("PUT", "/api/vhosts/v");
  const std::string all = R"({"vhost":"v","user":"guest","configure":".*","write":".*",)";
  EXPECT_EQ(rig.ask("PUT", "/api/permissions/v/guest", all + R"("read":".*"})").status, 204U);
  EXPECT_EQ(rig.ask("PUT", "/api/permissions/v/guest", all + R"("read":"^a"})").status, 400U);
  EXPECT_EQ(rig.ask("PUT", "/api/permissions/none/guest", "{}").status, 404U);
  EXPECT_EQ(rig.ask("DELETE", "/api/permissions/v/guest").status, 400U);
  EXPECT_EQ(rig.ask("DELETE", "/api/permissions/v/bob").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/api/permissions").json().as_array().size(), 2U);
  EXPECT_EQ(
      rig.ask("GET", "/api/permissions/v/guest").json(),
      json::parse(R"({"user":"guest","vhost":"v","configure":".*","write":".*","read":".*"})"));
  EXPECT_EQ(rig.ask("GET", "/api/users/guest/permissions?columns=vhost&sort=vhost").json(),
            json::parse(R"([{"vhost":"/"},{"vhost":"v"}])"));
  const auto put = [&](const std::string& user, const std::string& password) {
    return rig.ask("PUT", "/api/users/" + user,
                   R"({"tags":"administrator","vhost":"/","name":")" + user + R"(","password":")" +
                       password + "\"}");
  };
  EXPECT_EQ(put("guest", "guest").status, 204U);
  EXPECT_EQ(put("guest", "secret").status, 400U);
  EXPECT_THAT(reason(put("bob", "guest")), HasSubstr("no users but guest"));
  EXPECT_EQ(rig.ask("GET", "/api/users/guest?columns=name").json(),
            json::parse(R"({"name":"guest"})"));
  EXPECT_EQ(rig.ask("GET", "/api/users/bob").status, 404U);
  EXPECT_EQ(rig.ask("DELETE", "/api/users/bob").status, 404U);
  EXPECT_EQ(rig.ask("DELETE", "/api/users/guest").status, 400U);
  EXPECT_EQ(rig.ask("GET", "/api/topic-permissions").json(), json::array());
}

TEST_F(Rabbitmqadmin, HasOperatorPoliciesAmongTheParameters) {
  const std::string one = "/api/parameters/operator_policy/%2F/o";
  EXPECT_EQ(rig.ask("PUT", one,
                    R"({"component":"operator_policy","name":"o","vhost":"/",)"
                    R"("value":{"pattern":"^q","definition":{"max-length":2},"priority":1}})")
                .status,
            201U);
  const auto all = rig.ask("GET", "/api/parameters").json();
  ASSERT_EQ(all.as_array().size(), 1U);
  EXPECT_EQ(all.at(0).at("value").at("definition").at("max-length"), 2);
  EXPECT_EQ(rig.ask("GET", one).json(), all.at(0));
  EXPECT_EQ(rig.ask("GET", "/api/parameters/operator_policy/%2F").json(), all);
  EXPECT_EQ(rig.ask("GET", "/api/parameters/shovel").json(), json::array());
  EXPECT_EQ(rig.ask("GET", "/api/parameters/shovel/%2F").json(), json::array());
  EXPECT_EQ(rig.ask("GET", "/api/parameters/shovel/none").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/api/operator-policies").json().as_array().size(), 1U);
  const Answer unknown = rig.ask("PUT", "/api/parameters/x/%2F/y", R"({"value":{}})");
  EXPECT_EQ(unknown.status, 400U);
  EXPECT_EQ(reason(unknown), "Validation failed\n\ncomponent x not found\n");
  EXPECT_EQ(rig.ask("DELETE", "/api/parameters/x/%2F/y").status, 404U);
  EXPECT_EQ(rig.ask("DELETE", one).status, 204U);
  EXPECT_EQ(rig.ask("GET", "/api/vhost-limits").json(), json::array());
  EXPECT_EQ(rig.ask("PUT", "/api/vhost-limits/%2F/max-queues", R"({"value":5})").status, 400U);
  EXPECT_EQ(rig.ask("DELETE", "/api/vhost-limits/%2F/max-queues").status, 404U);
}

TEST_F(Rabbitmqadmin, CountsWhatTheQueuesOfAVhostHold) {
  declare_queue(R"(,"durable":"true")");
  send("1");
  const auto all = rig.ask("GET", "/api/vhosts?columns=name,messages").json();
  EXPECT_EQ(all, json::parse(R"([{"name":"/","messages":1}])"));
}

}  // namespace
}  // namespace rialto::test
