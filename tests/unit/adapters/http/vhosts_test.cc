// PUT, GET and DELETE of vhosts, as RabbitMQ's tools do it.
#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

namespace rialto::test {
namespace {

TEST(HttpVhosts, AreMadeChangedListedAndDeleted) {
  HttpRig rig;
  EXPECT_EQ(rig.ask("PUT", "/api/vhosts/orders").status, 201U);
  EXPECT_EQ(
      rig.ask("PUT", "/api/vhosts/orders", R"({"description":"for orders","tags":"a,b"})").status,
      204U);
  const auto shown = rig.ask("GET", "/api/vhosts/orders").json();
  EXPECT_EQ(shown.at("name").as_string(), "orders");
  EXPECT_EQ(shown.at("description").as_string(), "for orders");
  EXPECT_EQ(shown.at("tags").as_array().size(), 2U);
  const auto all = rig.ask("GET", "/api/vhosts").json();
  ASSERT_EQ(all.as_array().size(), 2U);
  EXPECT_EQ(all.at(0).at("name").as_string(), "/");
  EXPECT_EQ(rig.ask("GET", "/api/vhosts/%2F").status, 200U);
  EXPECT_EQ(rig.ask("DELETE", "/api/vhosts/orders").status, 204U);
  EXPECT_EQ(rig.ask("DELETE", "/api/vhosts/orders").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/api/vhosts/orders").status, 404U);
}

TEST(HttpVhosts, PromiseNothingThatIsNotKept) {
  HttpRig rig;
  EXPECT_EQ(rig.ask("PUT", "/api/vhosts/v", R"({"default_queue_type":"quorum"})").status, 400U);
  EXPECT_EQ(rig.ask("PUT", "/api/vhosts/v", R"({"tracing":true})").status, 400U);
  EXPECT_EQ(rig.ask("PUT", "/api/vhosts/v", R"({"colour":"red"})").status, 400U);
  EXPECT_EQ(rig.ask("DELETE", "/api/vhosts/%2F").status, 403U);
}

TEST(HttpVhosts, HaveQueuesTopicsAndMessagesOfTheirOwn) {
  HttpRig rig;
  rig.ask("PUT", "/api/vhosts/v");
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/q?vhost=v").status, 201U);
  EXPECT_EQ(rig.ask("GET", "/v1/queues/q").status, 404U);
  EXPECT_EQ(rig.ask("POST", "/v1/queues/q/messages", "x").status, 404U);
  EXPECT_EQ(rig.ask("POST", "/v1/queues/q/messages?vhost=v", "x").status, 201U);
  EXPECT_EQ(rig.ask("POST", "/v1/queues/q/batch?vhost=v", R"({"messages":[{"body":"y"}]})").status,
            201U);
  EXPECT_EQ(rig.ask("POST", "/v1/exchanges/none/messages?vhost=v", "x").status, 404U);
  const auto pulled = rig.ask("POST", "/v1/queues/q/pull?vhost=v", R"({"max":2})").json();
  EXPECT_EQ(pulled.at("messages").as_array().size(), 2U);
  EXPECT_THAT(rig.ask("GET", "/v1/queues/other?vhost=v").detail(),
              ::testing::HasSubstr("vhost 'v'"));
  EXPECT_THAT(rig.ask("GET", "/v1/queues?vhost=none").detail(),
              ::testing::HasSubstr("no vhost 'none'"));
}

TEST(HttpVhosts, AreFreeAgainWhenARequestInThemIsAnswered) {
  HttpRig rig;
  rig.ask("PUT", "/api/vhosts/v");
  rig.ask("PUT", "/v1/queues/q?vhost=v");
  rig.door.feed(request_text("POST", "/v1/queues/q/pull?vhost=v", R"({"wait_ms":1000})"));
  rig.door.commit();
  EXPECT_EQ(rig.answer().status, 0U);
  HttpRig* other = &rig;
  DoorHarness admin(rig.broker,
                    [other](BrokerPort& port, OutQueue& out, const PeerInfo& who, Instant now) {
                      return make_http_door(port, out, who, other->settings, now);
                    });
  admin.feed(request_text("DELETE", "/api/vhosts/v"));
  admin.commit();
  EXPECT_THAT(admin.sent(), ::testing::StartsWith("HTTP/1.1 409"));
  rig.door.time(1001);
  rig.door.commit();
  EXPECT_EQ(rig.answer().status, 200U);
  EXPECT_EQ(rig.ask("DELETE", "/api/vhosts/v").status, 204U);
}

}  // namespace
}  // namespace rialto::test
