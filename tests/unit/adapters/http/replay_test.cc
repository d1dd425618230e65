// Bringing back what has left a queue, over HTTP.
#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;

class HttpReplay : public testing::Test {
 protected:
  void SetUp() override {
    rig.ask("PUT", "/v1/queues/q");
    for (const char* body : {"a", "b", "c"})
      rig.ask("POST", "/v1/queues/q/messages", body,
              "X-Rialto-Header-kind: " + std::string(body) + "\r\n");
    rig.ask("POST", "/v1/queues/q/purge");
  }
  auto replay(const std::string& body) { return rig.ask("POST", "/v1/queues/q/replay", body); }

  HttpRig rig;
};

TEST_F(HttpReplay, BringsBackWhatIsAskedForAndTellsHowMuch) {
  EXPECT_EQ(replay(R"({"states":["acked","expired","rejected","maxlen"]})").json().at("back"), 0);
  EXPECT_EQ(replay(R"({"states":["purged"],"dry_run":true})").json().at("would_be_back"), 3);
  EXPECT_EQ(replay(R"({"states":["purged"],"where":{"kind":"c"}})").json().at("back"), 1);
  EXPECT_EQ(replay(R"({"states":["purged"],"until":"2001-01-01T00:00:00Z"})").json().at("back"), 0);
  EXPECT_EQ(
      replay(R"({"states":["purged"],"since":"2001-01-01T00:00:00Z","max":1})").json().at("back"),
      1);
  EXPECT_EQ(rig.ask("GET", "/v1/queues/q").json().at("messages").as_int64(), 2);
}

TEST_F(HttpReplay, RefusesWhatItDoesNotUnderstand) {
  EXPECT_THAT(replay("{}").detail(), HasSubstr("states"));
  EXPECT_THAT(replay(R"({"states":["lost"]})").detail(), HasSubstr("'lost' is no state"));
  EXPECT_THAT(replay(R"({"states":["acked"],"since":"soon"})").detail(), HasSubstr("since"));
  EXPECT_THAT(replay(R"({"states":["acked"],"from":"q"})").detail(), HasSubstr("from"));
  EXPECT_EQ(rig.ask("POST", "/v1/queues/none/replay", R"({"states":["acked"]})").status, 404U);
}

}  // namespace
}  // namespace rialto::test
