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
  EXPECT_EQ(rig.ask("PUT", "/api/vhosts/v", R"({"default_queue_type":"quorum"})").status, 501U);
  EXPECT_EQ(rig.ask("PUT", "/api/vhosts/v", R"({"tracing":true})").status, 501U);
  EXPECT_EQ(rig.ask("PUT", "/api/vhosts/v", R"({"colour":"red"})").status, 400U);
  EXPECT_EQ(rig.ask("DELETE", "/api/vhosts/%2F").status, 403U);
}

}  // namespace
}  // namespace rialto::test
