// Looking into queues and moving their messages, over HTTP.
#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;

class HttpRedrive : public testing::Test {
 protected:
  void SetUp() override {
    rig.ask("PUT", "/v1/queues/from");
    rig.ask("PUT", "/v1/queues/to");
    for (const char* body : {"a", "b", "c"})
      rig.ask("POST", "/v1/queues/from/messages", body,
              "X-Rialto-Header-kind: " + std::string(body) + "\r\n");
  }

  HttpRig rig;
};

TEST_F(HttpRedrive, MessagesAreShownPageByPageAndStay) {
  const auto first = rig.ask("GET", "/v1/queues/from/messages?max=2").json();
  ASSERT_EQ(first.at("messages").as_array().size(), 2U);
  EXPECT_EQ(first.at("messages").at(0).at("id").as_string(), "from/0/0");
  const std::string next(first.at("next").as_string());
  const auto second = rig.ask("GET", "/v1/queues/from/messages?from=" + next).json();
  EXPECT_EQ(second.at("messages").at(0).at("body").as_string(), "c");
  const auto found = rig.ask("GET", "/v1/queues/from/messages?where=kind=b").json();
  EXPECT_EQ(found.at("messages").at(0).at("body").as_string(), "b");
  EXPECT_EQ(rig.ask("GET", "/v1/queues/from").json().at("messages").as_int64(), 3);
  EXPECT_EQ(rig.ask("GET", "/v1/queues/none/messages").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/v1/queues/from/messages?from=x").status, 400U);
  EXPECT_EQ(rig.ask("GET", "/v1/queues/from/messages?where=x").status, 400U);
}

TEST_F(HttpRedrive, MovesWhatIsChosenAndTellsHowMany) {
  const auto redrive = [&](const std::string& body) {
    return rig.ask("POST", "/v1/queues/from/redrive", body);
  };
  EXPECT_EQ(redrive(R"({"to":"to","dry_run":true})").json().at("would_move").as_int64(), 3);
  EXPECT_EQ(redrive(R"({"to":"to","ids":["from/0/1"]})").json().at("moved").as_int64(), 1);
  EXPECT_EQ(redrive(R"({"to":"to","where":{"kind":"c"}})").json().at("moved").as_int64(), 1);
  EXPECT_EQ(redrive("{}").json().at("stayed").as_int64(), 1) << "it never died";
  EXPECT_EQ(redrive(R"({"to":"to","max":5})").json().at("moved").as_int64(), 1);
  EXPECT_EQ(rig.ask("GET", "/v1/queues/to").json().at("messages").as_int64(), 3);
  EXPECT_EQ(redrive(R"({"to":"none"})").status, 404U);
  EXPECT_EQ(redrive(R"({"ids":["x"]})").status, 400U);
  EXPECT_EQ(redrive(R"({"where":{"kind":1}})").status, 400U);
  EXPECT_THAT(redrive(R"({"too":"to"})").detail(), HasSubstr("too"));
}

}  // namespace
}  // namespace rialto::test
