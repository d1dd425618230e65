// Policies and operator policies, as RabbitMQ's tools put and read them.
#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

namespace rialto::test {
namespace {

using testing::HasSubstr;

TEST(HttpPolicies, AreMadeChangedListedAndDeleted) {
  HttpRig rig;
  const char* body = R"({"vhost":"/","name":"p","pattern":"^q","definition":{"max-length":2},)"
                     R"("priority":3,"apply-to":"queues"})";
  EXPECT_EQ(rig.ask("PUT", "/api/policies/%2F/p", body).status, 201U);
  EXPECT_EQ(rig.ask("PUT", "/api/policies/%2F/p", body).status, 204U);
  const auto shown = rig.ask("GET", "/api/policies/%2F/p").json();
  EXPECT_EQ(shown.at("vhost").as_string(), "/");
  EXPECT_EQ(shown.at("name").as_string(), "p");
  EXPECT_EQ(shown.at("pattern").as_string(), "^q");
  EXPECT_EQ(shown.at("apply-to").as_string(), "queues");
  EXPECT_EQ(shown.at("priority").as_int64(), 3);
  EXPECT_EQ(shown.at("definition").at("max-length").as_int64(), 2);
  EXPECT_EQ(rig.ask("GET", "/api/policies").json().as_array().size(), 1U);
  EXPECT_EQ(rig.ask("GET", "/api/policies/%2F").json().as_array().size(), 1U);
  EXPECT_EQ(rig.ask("GET", "/api/policies/nowhere").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/api/operator-policies").json().as_array().size(), 0U);
  EXPECT_EQ(rig.ask("DELETE", "/api/policies/%2F/p").status, 204U);
  EXPECT_EQ(rig.ask("DELETE", "/api/policies/%2F/p").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/api/policies/%2F/p").status, 404U);
}

TEST(HttpPolicies, AreShownWithTheQueuesTheyHoldFor) {
  HttpRig rig;
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/q").status, 201U);
  EXPECT_EQ(rig.ask("GET", "/v1/queues/q").json().as_object().contains("policy"), false);
  rig.ask("PUT", "/api/policies/%2F/p", R"({"pattern":"","definition":{"max-length":9}})");
  rig.ask("PUT", "/api/operator-policies/%2F/guard",
          R"({"pattern":"","definition":{"max-length":4}})");
  const auto shown = rig.ask("GET", "/v1/queues/q").json();
  EXPECT_EQ(shown.at("policy").as_string(), "p");
  EXPECT_EQ(shown.at("operator_policy").as_string(), "guard");
  EXPECT_EQ(shown.at("effective_policy_definition").at("max-length").as_int64(), 4);
  EXPECT_EQ(rig.ask("GET", "/api/operator-policies/%2F/guard").status, 200U);
  EXPECT_EQ(rig.ask("DELETE", "/api/operator-policies/%2F/guard").status, 204U);
}

TEST(HttpPolicies, AreRefusedByNameForWhatTheyCannotSet) {
  HttpRig rig;
  const auto put = [&](const char* body) { return rig.ask("PUT", "/api/policies/%2F/p", body); };
  const Answer unknown = put(R"({"pattern":"","definition":{"foo":1}})");
  EXPECT_EQ(unknown.status, 400U);
  EXPECT_THAT(unknown.body, HasSubstr("are not recognised policy settings"));
  EXPECT_EQ(put(R"({"pattern":"(","definition":{"max-length":1}})").status, 400U);
  EXPECT_EQ(put(R"({"definition":{"max-length":1}})").status, 400U);
  EXPECT_EQ(put(R"({"pattern":""})").status, 400U);
  EXPECT_EQ(put(R"({"pattern":"","definition":{"max-length":1},"name":"other"})").status, 400U);
  EXPECT_EQ(put(R"({"pattern":"","definition":{"max-length":1},"colour":"red"})").status, 400U);
  EXPECT_EQ(put(R"({"pattern":"","definition":{"federation-upstream":"u"}})").status, 400U);
}

}  // namespace
}  // namespace rialto::test
