// PUT, GET and DELETE of exchanges and bindings.
#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;

TEST(HttpExchanges, PutIsCreatedOnceAndEqualAfterwards) {
  HttpRig rig;
  const Answer made = rig.ask("PUT", "/v1/exchanges/e", R"({"type":"topic"})");
  EXPECT_EQ(made.status, 201U);
  EXPECT_EQ(made.json().at("type").as_string(), "topic");
  EXPECT_TRUE(made.json().at("durable").as_bool());
  EXPECT_EQ(rig.ask("PUT", "/v1/exchanges/e", R"({"type":"topic"})").status, 200U);
  const Answer differs = rig.ask("PUT", "/v1/exchanges/e", R"({"type":"fanout"})");
  EXPECT_EQ(differs.status, 409U);
  EXPECT_THAT(differs.detail(), HasSubstr("inequivalent arg 'type'"));
  EXPECT_EQ(rig.ask("PUT", "/v1/exchanges/x", R"({"type":"elastic"})").status, 400U);
  EXPECT_EQ(rig.ask("PUT", "/v1/exchanges/amq.mine", "{}").status, 403U);
}

TEST(HttpExchanges, ListHoldsThePredeclaredOnesToo) {
  HttpRig rig;
  rig.ask("PUT", "/v1/exchanges/e", R"({"arguments":{"alternate-exchange":"amq.fanout"}})");
  const auto list = rig.ask("GET", "/v1/exchanges").json().at("exchanges").as_array();
  ASSERT_GE(list.size(), 7U);
  EXPECT_EQ(list[0].at("name").as_string(), "");
  EXPECT_EQ(list.back().at("name").as_string(), "e");
  EXPECT_EQ(list.back().at("arguments").at("alternate-exchange").as_string(), "amq.fanout");
}

TEST(HttpExchanges, DeleteTellsWhetherThereWasOne) {
  HttpRig rig;
  rig.ask("PUT", "/v1/exchanges/e");
  EXPECT_EQ(rig.ask("DELETE", "/v1/exchanges/e").status, 204U);
  EXPECT_EQ(rig.ask("DELETE", "/v1/exchanges/e").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/v1/exchanges/e").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/v1/exchanges/e/bindings").status, 404U);
}

TEST(HttpBindings, CarryMessagesUntilTheyAreTakenAway) {
  HttpRig rig;
  rig.ask("PUT", "/v1/exchanges/e", R"({"type":"topic"})");
  rig.ask("PUT", "/v1/exchanges/inner", R"({"type":"fanout"})");
  rig.ask("PUT", "/v1/queues/q");
  const auto* to_inner = R"({"exchange":"inner","routing_key":"a.*"})";
  EXPECT_EQ(rig.ask("POST", "/v1/exchanges/e/bindings", to_inner).status, 201U);
  EXPECT_EQ(rig.ask("POST", "/v1/exchanges/inner/bindings", R"({"queue":"q"})").status, 201U);
  const auto list = rig.ask("GET", "/v1/exchanges/e/bindings").json().at("bindings").as_array();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].at("exchange").as_string(), "inner");
  EXPECT_EQ(list[0].at("routing_key").as_string(), "a.*");

  constexpr auto key = "X-Rialto-Routing-Key: a.b\r\n";
  EXPECT_EQ(rig.ask("POST", "/v1/exchanges/e/messages", "x", key).status, 201U);
  EXPECT_EQ(rig.ask("GET", "/v1/queues/q").json().at("messages").as_int64(), 1);
  EXPECT_EQ(rig.ask("DELETE", "/v1/exchanges/e/bindings", to_inner).status, 204U);
  EXPECT_EQ(rig.ask("POST", "/v1/exchanges/e/messages", "x", key).status, 404U);
}

TEST(HttpBindings, RefuseABodyThatNamesNoDestinationOrTwo) {
  HttpRig rig;
  rig.ask("PUT", "/v1/exchanges/e");
  EXPECT_EQ(rig.ask("POST", "/v1/exchanges/e/bindings", "{}").status, 400U);
  EXPECT_EQ(rig.ask("POST", "/v1/exchanges/e/bindings", R"({"queue":"q","exchange":"x"})").status,
            400U);
  EXPECT_EQ(rig.ask("POST", "/v1/exchanges/e/bindings", R"({"queue":"none"})").status, 404U);
  EXPECT_EQ(rig.ask("POST", "/v1/exchanges/none/bindings", R"({"queue":"q"})").status, 404U);
}

}  // namespace
}  // namespace rialto::test
