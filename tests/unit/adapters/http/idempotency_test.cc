// Requests that come again: Idempotency-Key, X-Rialto-Producer and X-Rialto-Sequence.
#include "adapters/http/idempotency.h"

#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;

TEST(HttpIdentity, IsReadWithAndWithoutTheQuotesOfAStructuredField) {
  http::Request request;
  EXPECT_FALSE(http::identity_of(request).value());
  request.headers = {{"idempotency-key", "\"k\""}};
  EXPECT_EQ(http::identity_of(request)->id, wide_hash("k"));
  request.headers = {
      {"Idempotency-Key", "k"}, {"x-rialto-producer", "p"}, {"X-Rialto-Sequence", "7"}};
  EXPECT_EQ(http::identity_of(request)->id, wide_hash("k"));
  EXPECT_EQ(http::identity_of(request)->producer, wide_hash("p"));
  EXPECT_EQ(http::identity_of(request)->sequence, 7);
}

TEST(HttpIdentity, ThatSaysNothingOrTooMuchIsRefused) {
  const std::string long_key(256, 'k');
  const std::vector<http::HeaderList> bad = {
      {{"Idempotency-Key", ""}},
      {{"Idempotency-Key", "\"\""}},
      {{"Idempotency-Key", long_key}},
      {{"Idempotency-Key", "a"}, {"idempotency-key", "b"}},
      {{"X-Rialto-Producer", "p"}},
      {{"X-Rialto-Sequence", "1"}},
      {{"X-Rialto-Producer", "p"}, {"X-Rialto-Sequence", "-1"}},
      {{"X-Rialto-Producer", "p"}, {"X-Rialto-Sequence", "one"}},
      {{"X-Rialto-Producer", "p"}, {"X-Rialto-Sequence", "1"}, {"X-Rialto-Sequence", "2"}}};
  for (const http::HeaderList& headers : bad) {
    http::Request request;
    request.headers = headers;
    EXPECT_FALSE(http::identity_of(request)) << headers.front().first << headers.front().second;
  }
}

class HttpIdempotency : public ::testing::Test {
 protected:
  HttpIdempotency() {
    rig.ask("PUT", "/v1/queues/q");
    rig.ask("PUT", "/v1/topics/t", R"({"partitions":3})");
  }
  static std::string key(const std::string& value) { return "Idempotency-Key: " + value + "\r\n"; }
  std::int64_t depth() { return rig.ask("GET", "/v1/queues/q").json().at("messages").as_int64(); }
  static bool is_duplicate(const Answer& answer) {
    EXPECT_EQ(answer.status, 201U) << answer.body;
    const auto body = answer.json();
    return body.as_object().contains("duplicate") && body.at("duplicate").as_bool();
  }

  HttpRig rig;
};

TEST_F(HttpIdempotency, AKeyThatComesAgainIsAnsweredLikeTheFirstAndStoredOnce) {
  EXPECT_FALSE(is_duplicate(rig.ask("POST", "/v1/queues/q/messages", "1", key("a"))));
  EXPECT_TRUE(is_duplicate(rig.ask("POST", "/v1/queues/q/messages", "1", key("a"))));
  EXPECT_FALSE(is_duplicate(rig.ask("POST", "/v1/queues/q/messages", "2", key("b"))));
  EXPECT_FALSE(is_duplicate(rig.ask("POST", "/v1/queues/q/messages", "3")));
  EXPECT_EQ(depth(), 3);
}

TEST_F(HttpIdempotency, AKeyIsOfItsTarget) {
  rig.ask("PUT", "/v1/queues/r");
  EXPECT_FALSE(is_duplicate(rig.ask("POST", "/v1/queues/q/messages", "1", key("a"))));
  EXPECT_FALSE(is_duplicate(rig.ask("POST", "/v1/queues/r/messages", "1", key("a"))));
}

TEST_F(HttpIdempotency, OfATopicTheAnswerSaysWhereTheMessageIs) {
  for (const char* name : {"a", "b", "c", "d"}) {
    const Answer first = rig.ask("POST", "/v1/topics/t/messages", "1", key(name));
    const Answer again = rig.ask("POST", "/v1/topics/t/messages", "1", key(name));
    EXPECT_FALSE(is_duplicate(first));
    EXPECT_TRUE(is_duplicate(again));
    EXPECT_EQ(again.json().at("id"), first.json().at("id"));
    EXPECT_EQ(again.header("X-Rialto-Id"), first.header("X-Rialto-Id"));
  }
}

TEST_F(HttpIdempotency, ABatchIsStoredOnceUnderItsKey) {
  constexpr auto batch = R"({"messages":[{"body":"1"},{"body":"2"}]})";
  const Answer first = rig.ask("POST", "/v1/queues/q/batch", batch, key("a"));
  EXPECT_EQ(first.status, 201U);
  EXPECT_FALSE(first.json().as_object().contains("duplicates"));
  const Answer again = rig.ask("POST", "/v1/queues/q/batch", batch, key("a"));
  EXPECT_EQ(again.status, 201U);
  EXPECT_EQ(again.json().at("duplicates").as_int64(), 2);
  EXPECT_EQ(depth(), 2);
  rig.ask("POST", "/v1/topics/t/batch", batch, key("a"));
  const auto topic = rig.ask("POST", "/v1/topics/t/batch", batch, key("a")).json();
  EXPECT_EQ(topic.at("duplicates").as_int64(), 2);
  EXPECT_TRUE(topic.at("messages").at(0).at("duplicate").as_bool());
  EXPECT_THAT(rig.ask("POST", "/v1/queues/q/batch", batch,
                      "X-Rialto-Producer: p\r\nX-Rialto-Sequence: 1\r\n")
                  .detail(),
              HasSubstr("not supported on a batch"));
}

TEST_F(HttpIdempotency, AProducersNumberThatComesAgainIsStoredOnce) {
  const auto send = [&](const std::string& path, int sequence) {
    return rig.ask(
        "POST", path, "x",
        "X-Rialto-Producer: p\r\nX-Rialto-Sequence: " + std::to_string(sequence) + "\r\n");
  };
  for (const std::string path : {"/v1/queues/q/messages", "/v1/topics/t/messages"}) {
    EXPECT_FALSE(is_duplicate(send(path, 1)));
    EXPECT_FALSE(is_duplicate(send(path, 3)));
    EXPECT_TRUE(is_duplicate(send(path, 3)));
    EXPECT_TRUE(is_duplicate(send(path, 2)));
  }
  EXPECT_EQ(depth(), 2);
}

TEST_F(HttpIdempotency, ADelayedMessageIsHeldOnceUnderItsKey) {
  const Answer first = rig.ask("POST", "/v1/queues/q/messages?delay=1000", "1", key("a"));
  const Answer again = rig.ask("POST", "/v1/queues/q/messages?delay=1000", "1", key("a"));
  EXPECT_FALSE(is_duplicate(first));
  EXPECT_TRUE(is_duplicate(again));
  EXPECT_EQ(again.json().at("id"), first.json().at("id"));
  EXPECT_EQ(rig.ask("GET", "/v1/delayed").json().at("pending").as_int64(), 1);
}

TEST_F(HttpIdempotency, IsCountedAndShownByTheMetrics) {
  rig.ask("POST", "/v1/queues/q/messages", "1", key("a"));
  rig.ask("POST", "/v1/queues/q/messages", "1", key("a"));
  const std::string metrics = rig.ask("GET", "/metrics").body;
  EXPECT_THAT(metrics,
              HasSubstr(R"(rialto_messages_repeated_total{model="queue",protocol="http"} 1)"));
  EXPECT_THAT(metrics, HasSubstr("rialto_dedup_ids 1"));
}

}  // namespace
}  // namespace rialto::test
