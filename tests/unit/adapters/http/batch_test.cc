// POST .../batch: messages in JSON, in the words in which they are read.
#include "tests/unit/adapters/http/http_rig.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;

namespace json = boost::json;

constexpr const char* as_lines = "Content-Type: application/x-ndjson\r\n";

std::string in_batch(std::string_view message) {
  return R"({"messages":[)" + std::string(message) + "]}";
}

/// What a log holds, without the places of the messages.
std::vector<std::string> written(HttpRig& rig, const std::string& topic) {
  const auto read = rig.ask("GET", "/v1/topics/" + topic + "/messages").json();
  std::vector<std::string> out;
  for (const json::value& message : read.at("messages").as_array()) {
    json::object rest;
    for (const auto& member : message.as_object()) {
      constexpr std::string_view place = "id partition offset timestamp";
      if (place.find(std::string_view(member.key())) == place.npos) rest.insert(member);
    }
    out.push_back(json::serialize(rest));
  }
  return out;
}

class HttpBatch : public ::testing::Test {
 protected:
  HttpBatch() {
    rig.ask("PUT", "/v1/queues/q");
    rig.ask("PUT", "/v1/topics/t", R"({"partitions":2})");
  }
  std::string refusal(std::string_view message, std::string_view path = "/v1/queues/q/batch") {
    const Answer answer = rig.ask("POST", path, in_batch(message));
    EXPECT_GE(answer.status, 400U) << message;
    return answer.status >= 400 ? answer.detail() : "";
  }
  HttpRig rig;
};

TEST_F(HttpBatch, IsStoredInOrderAndAnsweredWhenItIsDurable) {
  rig.door.feed(
      request_text("POST", "/v1/queues/q/batch",
                   R"({"messages":[{"body":"1"},{"body_base64":"/w=="},{"json":{"a":[1,0.5]}}]})"));
  rig.door.tick();
  EXPECT_EQ(rig.answer().status, 0U);
  rig.door.commit();
  const Answer stored = rig.answer();
  EXPECT_EQ(stored.status, 201U);
  EXPECT_EQ(stored.json(), json::parse(R"({"queue":"q","messages":3})"));
  EXPECT_THAT(written(rig, "q"),
              ::testing::ElementsAre(R"({"key":null,"headers":{},"body":"1"})",
                                     R"({"key":null,"headers":{},"body_base64":"/w=="})",
                                     R"({"key":null,"headers":{"content-type":"application/json"},)"
                                     R"("body":"{\"a\":[1,0.5]}"})"));
}

TEST_F(HttpBatch, MayHaveItsMessagesOneALine) {
  const Answer stored = rig.ask("POST", "/v1/queues/q/batch",
                                "{\"body\":\"1\"}\r\n\n  \r\n{\"json\":{\"a\":1},\"key\":\"k\"}\n"
                                "{\"body\":\"3\"}",
                                as_lines);
  EXPECT_EQ(stored.status, 201U) << stored.body;
  EXPECT_EQ(stored.json(), json::parse(R"({"queue":"q","messages":3})"));
  EXPECT_EQ(written(rig, "q").size(), 3U);
  const Answer placed = rig.ask("POST", "/v1/topics/t/batch", "{\"body\":\"1\",\"partition\":1}\n",
                                "Content-Type: Application/ndjson; charset=utf-8\r\n");
  EXPECT_EQ(placed.status, 201U) << placed.body;
  EXPECT_EQ(placed.json().at("messages").at(0).at("id").as_string(), "t/1/0");
  rig.ask("POST", "/v1/exchanges/amq.topic/bindings", R"({"queue":"q","routing_key":"a"})");
  EXPECT_EQ(rig.ask("POST", "/v1/exchanges/amq.topic/batch",
                    "{\"body\":\"4\",\"routing_key\":\"a\"}", as_lines)
                .status,
            201U);
  EXPECT_EQ(written(rig, "q").size(), 4U);
}

TEST_F(HttpBatch, OfLinesIsStoredNowhereWhenOneOfThemIsAtFault) {
  const auto refused = [&](const std::string& body) {
    const Answer answer = rig.ask("POST", "/v1/queues/q/batch", body, as_lines);
    EXPECT_EQ(answer.status, 400U) << body;
    return answer.detail();
  };
  const std::string good = "{\"body\":\"1\"}\n";
  EXPECT_THAT(refused(good + "\n{\"body\":7}"), HasSubstr("messages[1]: 'body' has to be"));
  EXPECT_THAT(refused(good + good + "{\"body\":"), HasSubstr("messages[2]: the line is not JSON"));
  EXPECT_THAT(refused(good + "{} {}"), HasSubstr("messages[1]: the line is not JSON: more text"));
  EXPECT_THAT(refused(good + "7"), HasSubstr("messages[1]: a message is a JSON object"));
  EXPECT_THAT(refused("{\"messages\":[" + good + "]}"), HasSubstr("messages[0]: "));
  for (const std::string& none : {std::string(), std::string("\r\n \n")})
    EXPECT_THAT(refused(none), HasSubstr("1 to 10000 messages"));
  std::string many;
  for (int i = 0; i < 10'001; ++i)
    many += good;
  EXPECT_THAT(refused(many), HasSubstr("1 to 10000 messages"));
  EXPECT_TRUE(written(rig, "q").empty());
}

TEST_F(HttpBatch, OfATypeThatIsNotTakenIsRefusedWithThoseThatAre) {
  const auto as = [&](const std::string& type) {
    return rig.ask("POST", "/v1/queues/q/batch", in_batch(R"({"body":"1"})"),
                   "Content-Type: " + type + "\r\n");
  };
  for (const char* type : {"text/csv", "application/jsonp", "text/plain; a=application/json"}) {
    const Answer refused = as(type);
    EXPECT_EQ(refused.status, 415U) << type;
    EXPECT_THAT(refused.head, HasSubstr("415 Unsupported Media Type"));
    EXPECT_THAT(refused.detail(), HasSubstr("application/json"));
    EXPECT_THAT(refused.detail(), HasSubstr("application/x-ndjson"));
  }
  EXPECT_TRUE(written(rig, "q").empty());
  for (const char* type : {"Application/JSON ; charset=utf-8", "application/x-www-form-urlencoded"})
    EXPECT_EQ(as(type).status, 201U) << type;
}

TEST_F(HttpBatch, HoldsBackWhatAsksForIt) {
  rig.ask("PUT", "/v1/exchanges/e", R"({"type":"fanout"})");
  const auto held = [&] { return rig.ask("GET", "/v1/delayed").json().at("messages").as_array(); };
  EXPECT_EQ(rig.ask("POST", "/v1/queues/q/batch",
                    R"({"messages":[{"body":"now"},{"body":"1","delay":1000,"cancel_key":"k"}]})")
                .status,
            201U);
  EXPECT_EQ(rig.ask("POST", "/v1/exchanges/e/batch",
                    in_batch(R"({"body":"2","deliver_at":"2023-11-14T22:13:25.500Z"})"))
                .status,
            201U);
  ASSERT_EQ(held().size(), 2U);
  EXPECT_EQ(held()[0].at("cancel_key").as_string(), "k");
  EXPECT_EQ(held()[1].at("deliver_at").as_string(), "2023-11-14T22:13:25.500Z");
  EXPECT_EQ(written(rig, "q").size(), 1U);
  rig.broker.clock.advance_ms(1001);
  rig.broker.settle_all();
  EXPECT_EQ(written(rig, "q").size(), 2U);
  EXPECT_THAT(refusal(R"({"body":"1","delay":1,"deliver_at":"2030-01-01T00:00:00Z"})"),
              HasSubstr("'delay' and 'deliver_at' exclude each other"));
  EXPECT_THAT(refusal(R"({"body":"1","cancel_key":"k"})"), HasSubstr("'cancel_key' is for"));
  EXPECT_THAT(refusal(R"({"body":"1","delay":"soon"})"), HasSubstr("'delay'"));
  EXPECT_THAT(refusal(R"({"body":"1","deliver_at":7})"), HasSubstr("'deliver_at'"));
  EXPECT_THAT(refusal(R"({"body":"1","delay":1})", "/v1/topics/t/batch"), HasSubstr("'delay'"));
}

TEST_F(HttpBatch, IsStoredNowhereWhenOneOfItsMessagesIsAtFault) {
  EXPECT_EQ(rig.ask("POST", "/v1/queues/q/batch", R"({"messages":[{"body":"1"},{"body":7}]})")
                .detail()
                .substr(0, 12),
            "messages[1]:");
  const Answer lost = rig.ask("POST", "/v1/queues/none/batch", in_batch(R"({"body":"1"})"));
  EXPECT_EQ(lost.status, 404U);
  rig.ask("PUT", "/v1/queues/full",
          R"({"arguments":{"x-max-length":1,"x-overflow":"reject-publish"}})");
  const Answer full =
      rig.ask("POST", "/v1/queues/full/batch", R"({"messages":[{"body":"1"},{"body":"2"}]})");
  EXPECT_EQ(full.status, 429U);
  EXPECT_THAT(full.detail(), HasSubstr("messages[1]: queue 'full' is full"));
  EXPECT_TRUE(written(rig, "q").empty());
  EXPECT_TRUE(written(rig, "full").empty());
}

TEST_F(HttpBatch, GoesThroughAnExchangeByTheKeyOfEachMessage) {
  rig.ask("PUT", "/v1/queues/other");
  rig.ask("POST", "/v1/exchanges/amq.topic/bindings", R"({"queue":"q","routing_key":"a.*"})");
  rig.ask("POST", "/v1/exchanges/amq.topic/bindings", R"({"queue":"other","routing_key":"b.#"})");
  const Answer stored =
      rig.ask("POST", "/v1/exchanges/amq.topic/batch",
              R"({"messages":[{"body":"1","routing_key":"a.x"},{"body":"2","routing_key":"b"}]})");
  EXPECT_EQ(stored.status, 201U) << stored.body;
  EXPECT_EQ(written(rig, "q").size(), 1U);
  EXPECT_EQ(written(rig, "other").size(), 1U);
  const Answer lost = rig.ask("POST", "/v1/exchanges/amq.topic/batch",
                              R"({"messages":[{"body":"1","routing_key":"a.x"},{"body":"2"}]})");
  EXPECT_THAT(lost.detail(), HasSubstr("messages[1]: exchange 'amq.topic' has no binding"));
  EXPECT_EQ(written(rig, "q").size(), 1U);
}

TEST_F(HttpBatch, ToATopicTellsThePlaceOfEachMessage) {
  const Answer stored =
      rig.ask("POST", "/v1/topics/t/batch",
              R"({"messages":[{"body":"1","partition":1},{"body":null,"key":"k","partition":1}]})");
  EXPECT_EQ(stored.status, 201U) << stored.body;
  EXPECT_EQ(stored.json().at("messages"),
            json::parse(R"([{"id":"t/1/0","partition":1,"offset":0},)"
                        R"({"id":"t/1/1","partition":1,"offset":1}])"));
  EXPECT_THAT(refusal(R"({"body":"1","partition":2})", "/v1/topics/t/batch"),
              HasSubstr("has no partition 2"));
}

TEST_F(HttpBatch, WritesWhatWasReadAsItWas) {
  const std::vector<std::string> messages = {
      R"({"key":"k","headers":{"a":"1","b":{"base64":"/w=="},"c":null,"d":["1",null]},"body":"x"})",
      R"({"key":null,"headers":{},"body":null})",
      R"({"key":null,"headers":{"n":7,"on":true,"d":0.5,"list":[1,"2"],"t":{"x":null},)"
      R"("b":{"base64":"/w=="}},"exchange":"","routing_key":"q","properties":{)"
      R"("content_type":"text/plain","delivery_mode":2,"priority":3,"correlation_id":"c",)"
      R"("reply_to":"answers","expiration":"60000","message_id":"m","timestamp":1700000000,)"
      R"("type":"t","user_id":"guest","app_id":"a"},"body":"x"})",
      R"({"key":"k","headers":{"x-kafka-key":"k"},"exchange":"","routing_key":"q",)"
      R"("properties":{},"body":"x"})"};
  for (const std::string& message : messages) {
    json::value sent = json::parse(message);
    sent.as_object().erase("exchange");
    sent.as_object().erase("routing_key");
    const Answer stored = rig.ask("POST", "/v1/queues/q/batch", in_batch(json::serialize(sent)));
    ASSERT_EQ(stored.status, 201U) << stored.body;
    EXPECT_EQ(json::parse(written(rig, "q").back()), json::parse(message));
  }
}

TEST_F(HttpBatch, GivesAnAmqpReaderTheKeyAsAHeader) {
  rig.ask("POST", "/v1/queues/q/batch", in_batch(R"({"body":"x","key":"k","properties":{}})"));
  EXPECT_THAT(written(rig, "q").back(), HasSubstr(R"("headers":{"x-kafka-key":"k"})"));
  EXPECT_THAT(
      refusal(R"({"body":"x","key":"k","headers":{"x-kafka-key":"other"},"properties":{}})"),
      HasSubstr("differ"));
}

TEST_F(HttpBatch, SaysTheTypeOfAJsonBodyWhereItsPropertiesDoNot) {
  rig.ask("POST", "/v1/queues/q/batch", in_batch(R"({"json":[],"properties":{}})"));
  EXPECT_THAT(written(rig, "q").back(), HasSubstr(R"("content_type":"application/json")"));
  rig.ask("POST", "/v1/queues/q/batch",
          in_batch(R"({"json":1.0,"properties":{"content_type":"x/y"}})"));
  EXPECT_THAT(written(rig, "q").back(), HasSubstr(R"("content_type":"x/y"},"body":"1")"));
}

TEST_F(HttpBatch, RefusesWhatItCannotKeepAndNamesIt) {
  EXPECT_THAT(refusal(R"({})"), HasSubstr("one of 'body', 'body_base64' and 'json'"));
  EXPECT_THAT(refusal(R"({"body":"1","json":1})"), HasSubstr("one of"));
  EXPECT_THAT(refusal(R"({"body_base64":"?"})"), HasSubstr("base64"));
  EXPECT_THAT(refusal(R"({"body":"","id":"q/0/0"})"), HasSubstr("'id' is given by the server"));
  EXPECT_THAT(refusal(R"({"body":"","bodi":1})"), HasSubstr("unknown member 'bodi'"));
  EXPECT_THAT(refusal(R"({"body":"","partition":0})"), HasSubstr("unknown member 'partition'"));
  EXPECT_THAT(refusal(R"({"body":"","key":1})"), HasSubstr("'key'"));
  EXPECT_THAT(refusal(R"({"body":"","headers":{"n":1}})"),
              HasSubstr("the header 'n' is no text, bytes, null or list of them; headers with "
                        "types need 'properties'"));
  EXPECT_THAT(refusal("7"), HasSubstr("messages[0]: a message is a JSON object"));
  EXPECT_THAT(refusal(R"({"body":"","routing_key":7})", "/v1/exchanges/amq.fanout/batch"),
              HasSubstr("'routing_key'"));
}

TEST_F(HttpBatch, ChecksPropertiesAsTheAmqpDoorDoes) {
  const auto of = [&](const std::string& properties) {
    return refusal(R"({"body":"","properties":{)" + properties + "}}");
  };
  EXPECT_THAT(of(R"("prio":1)"), HasSubstr("unknown property 'prio'; there are: content_type"));
  EXPECT_THAT(of(R"("headers":{})"), HasSubstr("unknown property 'headers'"));
  EXPECT_THAT(of(R"("priority":256)"), HasSubstr("'priority' has to be a whole number"));
  EXPECT_THAT(of(R"("expiration":60000)"), HasSubstr("'expiration' has to be a text"));
  EXPECT_THAT(of(R"("expiration":"soon")"), HasSubstr("such as \"60000\""));
  EXPECT_THAT(of(R"("user_id":"root")"), HasSubstr("'user_id' has to be 'guest'"));
  EXPECT_THAT(of(R"("reply_to":"amq.rabbitmq.reply-to")"), HasSubstr("name a queue"));
  EXPECT_THAT(of(R"("timestamp":-1)"), HasSubstr("seconds"));
  EXPECT_THAT(of(R"("type":")" + std::string(256, 'x') + "\""), HasSubstr("255 bytes"));
  EXPECT_THAT(refusal(R"({"body":"","headers":{"CC":"q"},"properties":{}})"), HasSubstr("CC"));
}

TEST_F(HttpBatch, HasBoundsThatItNames) {
  EXPECT_THAT(rig.ask("POST", "/v1/queues/q/batch", R"({"messages":[]})").detail(),
              HasSubstr("1 to 10000 messages"));
  EXPECT_EQ(rig.ask("POST", "/v1/queues/q/batch").status, 400U);
  std::string many = R"({"messages":[{"body":""})";
  for (int i = 0; i < 10'000; ++i)
    many += R"(,{"body":""})";
  EXPECT_EQ(rig.ask("POST", "/v1/queues/q/batch", many + "]}").status, 400U);
  std::string headers = R"({"body":"","properties":{},"headers":{"n")";
  for (int i = 0; i < 1024; ++i)
    headers += ":1,\"n" + std::to_string(i) + "\"";
  EXPECT_THAT(refusal(headers + ":1}}"), HasSubstr("1024 values"));
  rig.door.feed(request_text("POST", "/v1/queues/q/batch", "",
                             "Expect: 100-continue\r\nContent-Length: 5000000\r\n"));
  rig.door.commit();
  EXPECT_EQ(rig.answer().status, 413U);
}

}  // namespace
}  // namespace rialto::test
