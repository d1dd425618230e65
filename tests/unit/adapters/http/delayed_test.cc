// Messages that enter their queues later, over HTTP.
#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;

class HttpDelayed : public testing::Test {
 protected:
  void SetUp() override { rig.ask("PUT", "/v1/queues/q"); }
  std::string later(const std::string& query, const std::string& body = "body") {
    const Answer answer = rig.ask("POST", "/v1/queues/q/messages?" + query, body);
    EXPECT_EQ(answer.status, 201U) << answer.body;
    const auto id = answer.json().at("id").as_string();
    EXPECT_EQ(answer.header("Location"), "/v1/delayed/" + std::string(id));
    return std::string(id);
  }
  std::int64_t ready() { return rig.ask("GET", "/v1/queues/q").json().at("messages").as_int64(); }

  HttpRig rig;
};

TEST_F(HttpDelayed, AMessageIsListedShownAndDelivered) {
  const std::string id = later("delay=1000&cancelKey=order-1");
  EXPECT_EQ(ready(), 0);
  const auto list = rig.ask("GET", "/v1/delayed").json();
  EXPECT_EQ(list.at("pending").as_int64(), 1);
  EXPECT_EQ(list.at("messages").at(0).at("cancel_key").as_string(), "order-1");
  EXPECT_EQ(list.at("messages").at(0).at("routing_key").as_string(), "q");
  const auto one = rig.ask("GET", "/v1/delayed/" + id).json();
  EXPECT_EQ(one.at("message").at("body").as_string(), "body");
  EXPECT_EQ(one.at("deliver_at").as_string(), "2023-11-14T22:13:21.001Z");
  rig.broker.clock.advance_ms(1001);
  rig.broker.settle_all();
  EXPECT_EQ(ready(), 1);
  EXPECT_EQ(rig.ask("GET", "/v1/delayed/" + id).status, 404U);
}

TEST_F(HttpDelayed, ATimeIsKeptToTheMillisecond) {
  later("deliverAt=2023-11-14T22:13:25.500Z");
  const auto list = rig.ask("GET", "/v1/delayed").json();
  EXPECT_EQ(list.at("messages").at(0).at("deliver_at").as_string(), "2023-11-14T22:13:25.500Z");
}

TEST_F(HttpDelayed, CancelByIdOrKeyAnswersHowMany) {
  const std::string id = later("delay=1000");
  later("delay=1000&cancelKey=k");
  later("delay=2000&cancelKey=k");
  EXPECT_EQ(rig.ask("DELETE", "/v1/delayed/" + id).json().at("cancelled").as_int64(), 1);
  EXPECT_EQ(rig.ask("DELETE", "/v1/delayed/" + id).status, 404U);
  EXPECT_EQ(rig.ask("DELETE", "/v1/delayed?cancelKey=k").json().at("cancelled").as_int64(), 2);
  EXPECT_EQ(rig.ask("DELETE", "/v1/delayed?cancelKey=k").status, 404U);
  EXPECT_EQ(rig.ask("DELETE", "/v1/delayed").status, 400U);
}

TEST_F(HttpDelayed, PagesFollowEachOther) {
  for (int i = 0; i < 5; ++i)
    later("delay=" + std::to_string(1000 * (5 - i)), std::to_string(i));
  const auto first = rig.ask("GET", "/v1/delayed?max=3").json();
  ASSERT_EQ(first.at("messages").as_array().size(), 3U);
  const std::string next(first.at("next").as_string());
  const auto second = rig.ask("GET", "/v1/delayed?max=3&after=" + next).json();
  ASSERT_EQ(second.at("messages").as_array().size(), 2U);
  EXPECT_EQ(second.at("messages").at(1).at("id").as_string(), "0");
  EXPECT_EQ(rig.ask("GET", "/v1/delayed?after=soon").status, 400U);
}

TEST_F(HttpDelayed, WhatCannotBeMeantIsRefusedByName) {
  const auto refused = [&](const std::string& query) {
    const Answer answer = rig.ask("POST", "/v1/queues/q/messages?" + query, "x");
    EXPECT_EQ(answer.status, 400U) << query;
    return answer.detail();
  };
  EXPECT_THAT(refused("delay=soon"), HasSubstr("delay"));
  EXPECT_THAT(refused("delay=1&deliverAt=2030-01-01T00:00:00Z"), HasSubstr("exclude"));
  EXPECT_THAT(refused("deliverAt=tomorrow"), HasSubstr("deliverAt"));
  EXPECT_THAT(refused("cancelKey=k"), HasSubstr("cancelKey"));
  EXPECT_THAT(refused("delay=1&cancelKey="), HasSubstr("cancelKey"));
  EXPECT_THAT(refused("deliverAt=2100-01-01T00:00:00Z"), HasSubstr("ten years"));
  EXPECT_EQ(rig.ask("POST", "/v1/queues/none/messages?delay=1", "x").status, 404U);
  EXPECT_EQ(rig.ask("POST", "/v1/exchanges/none/messages?delay=1", "x").status, 404U);
}

}  // namespace
}  // namespace rialto::test
