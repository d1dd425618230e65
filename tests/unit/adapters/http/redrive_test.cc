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

TEST_F(HttpRedrive, RefusesAnIdOfAnotherQueueAndNamesIt) {
  for (const char* id : {"to/0/0", "from/0/00", "from/00/0", "x/from/0/0"}) {
    const Answer refused = rig.ask("POST", "/v1/queues/from/redrive",
                                   R"({"to":"to","ids":["from/0/1",")" + std::string(id) + "\"]}");
    EXPECT_EQ(refused.status, 400U) << id;
    EXPECT_THAT(refused.detail(), HasSubstr("'" + std::string(id) + "' is no id of a message"));
  }
  for (const char* id : {"0/0", "from", "from/0", "from/0/", "from/-1/0", "from/0/0/x"}) {
    EXPECT_EQ(rig.ask("POST", "/v1/queues/from/redrive",
                      R"({"to":"to","ids":[")" + std::string(id) + "\"]}")
                  .status,
              400U)
        << id;
  }
  EXPECT_EQ(rig.ask("POST", "/v1/queues/none/redrive", R"({"ids":["to/0/0"]})").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/v1/queues/from").json().at("messages").as_int64(), 3);
}

TEST_F(HttpRedrive, BrowsingBeginsAtAnIdOfItsQueueOnly) {
  const auto from = [&](const std::string& queue, const std::string& id) {
    return rig.ask("GET", "/v1/queues/" + queue + "/messages?from=" + id);
  };
  EXPECT_EQ(from("from", "from/0/1").json().at("messages").at(0).at("body").as_string(), "b");
  EXPECT_EQ(from("from", "0/1").json().at("messages").at(0).at("body").as_string(), "b");
  for (const char* id : {"to/0/1", "from/0/01", "x/from/0/1"}) {
    EXPECT_EQ(from("from", id).status, 400U) << id;
    EXPECT_THAT(from("from", id).detail(),
                HasSubstr("'" + std::string(id) +
                          "' is no id of a message in queue 'from'; it shows such as from/0/0"));
  }
  rig.ask("PUT", "/v1/topics/t", R"({"partitions":2})");
  rig.ask("PUT", "/v1/queues/sub", R"({"arguments":{"x-source-topic":"t","x-start":"earliest"}})");
  rig.ask("POST", "/v1/topics/t/messages", "x", "X-Rialto-Partition: 1\r\n");
  EXPECT_EQ(from("sub", "t/1/0").json().at("messages").as_array().size(), 1U);
  EXPECT_EQ(from("sub", "sub/0/0").status, 400U);
  EXPECT_EQ(from("none", "from/0/1").status, 404U);
}

TEST_F(HttpRedrive, CountsAnIdThatIsGivenTwiceOnce) {
  const auto dry = rig.ask("POST", "/v1/queues/from/redrive",
                           R"({"to":"to","dry_run":true,"ids":["from/0/1","from/0/1"]})");
  EXPECT_EQ(dry.json().at("would_move").as_int64(), 1);
  const auto moved = rig.ask("POST", "/v1/queues/from/redrive",
                             R"({"to":"to","ids":["from/0/1","from/0/2","from/0/1"]})");
  EXPECT_EQ(moved.json().at("moved").as_int64(), 2);
  EXPECT_EQ(moved.json().at("stayed").as_int64(), 0);
}

TEST_F(HttpRedrive, TakesTheIdsThatBrowsingShows) {
  rig.ask("PUT", "/v1/queues/a%2Fb");
  rig.ask("PUT", "/v1/topics/t", R"({"partitions":2})");
  rig.ask("PUT", "/v1/queues/sub", R"({"arguments":{"x-source-topic":"t","x-start":"earliest"}})");
  rig.ask("POST", "/v1/queues/a%2Fb/messages", "x");
  rig.ask("POST", "/v1/topics/t/messages", "x", "X-Rialto-Partition: 1\r\n");
  const auto shown = [&](const std::string& queue) {
    const auto page = rig.ask("GET", "/v1/queues/" + queue + "/messages").json();
    return std::string(page.at("messages").at(0).at("id").as_string().c_str());
  };
  EXPECT_EQ(rig.ask("POST", "/v1/queues/a%2Fb/redrive",
                    R"({"to":"to","ids":[")" + shown("a%2Fb") + "\"]}")
                .json()
                .at("moved")
                .as_int64(),
            1);
  EXPECT_EQ(shown("sub"), "t/1/0");
  EXPECT_THAT(rig.ask("POST", "/v1/queues/sub/redrive", R"({"to":"to","ids":["t/1/0"]})").detail(),
              HasSubstr("choose its messages by a header, not by id"));
}

}  // namespace
}  // namespace rialto::test
