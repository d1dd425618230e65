// PUT, GET and DELETE of queues and topics.
#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;

TEST(HttpQueues, PutIsCreatedOnceAndEqualAfterwards) {
  HttpRig rig;
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/q").status, 201U);
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/q").status, 200U);
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/q", R"({"durable":true})").status, 200U);
  const Answer differs = rig.ask("PUT", "/v1/queues/q", R"({"durable":false})");
  EXPECT_EQ(differs.status, 409U);
  EXPECT_THAT(differs.detail(), HasSubstr("inequivalent arg 'durable'"));
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/p", R"({"arguments":{"x-consumer-timeout":1}})").status,
            501U);
}

TEST(HttpQueues, OneThatIsFullAndRefusesAnswers429) {
  HttpRig rig;
  const char* limits = R"({"arguments":{"x-max-length":1,"x-overflow":"reject-publish"}})";
  ASSERT_EQ(rig.ask("PUT", "/v1/queues/q", limits).status, 201U);
  EXPECT_EQ(rig.ask("POST", "/v1/queues/q/messages", "1").status, 201U);
  const Answer full = rig.ask("POST", "/v1/queues/q/messages", "2");
  EXPECT_EQ(full.status, 429U);
  EXPECT_THAT(full.detail(), HasSubstr("is full"));
  EXPECT_EQ(rig.ask("POST", "/v1/topics/q/messages", "3").status, 429U);
  EXPECT_EQ(rig.ask("GET", "/v1/queues/q").json().at("messages").as_int64(), 1);
}

TEST(HttpQueues, PutIsAnsweredWhenItIsDurable) {
  HttpRig rig;
  rig.door.feed(request_text("PUT", "/v1/queues/q"));
  rig.door.tick();
  EXPECT_EQ(rig.answer().status, 0U);
  rig.door.commit();
  EXPECT_EQ(rig.answer().status, 201U);
}

TEST(HttpQueues, GetShowsDepthTypeArgumentsAndMarks) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q", R"({"type":"quorum","arguments":{"x-max-in-memory-length":5}})");
  rig.ask("POST", "/v1/queues/q/messages", "x");
  const auto q = rig.ask("GET", "/v1/queues/q").json();
  EXPECT_EQ(q.at("name").as_string(), "q");
  EXPECT_EQ(q.at("messages").as_int64(), 1);
  EXPECT_EQ(q.at("ready").as_int64(), 1);
  EXPECT_EQ(q.at("type").as_string(), "quorum");
  EXPECT_TRUE(q.at("durable").as_bool());
  EXPECT_EQ(q.at("arguments").at("x-max-in-memory-length").as_int64(), 5);
  EXPECT_EQ(q.at("topic").as_string(), "q");
  const auto& marks = q.at("partitions").at(0);
  EXPECT_EQ(marks.at("log_start").as_int64(), 0);
  EXPECT_EQ(marks.at("last_stable").as_int64(), 1);
  EXPECT_EQ(marks.at("high_watermark").as_int64(), 1);
  EXPECT_EQ(marks.at("log_end").as_int64(), 1);
  EXPECT_EQ(marks.at("isr").at(0).as_int64(), 1);
}

TEST(HttpQueues, ListHoldsAllOfThem) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/b");
  rig.ask("PUT", "/v1/queues/a", R"({"durable":false})");
  const auto list = rig.ask("GET", "/v1/queues").json().at("queues").as_array();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].at("name").as_string(), "a");
  EXPECT_FALSE(list[0].at("durable").as_bool());
  EXPECT_FALSE(list[0].as_object().contains("topic")) << "volatile queues are no topics";
  EXPECT_EQ(list[1].at("partitions").at(0).at("log_end").as_int64(), 0);
}

TEST(HttpQueues, DeleteAndPurgeTellWhatWasThere) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.ask("POST", "/v1/queues/q/messages", "x");
  EXPECT_EQ(rig.ask("POST", "/v1/queues/q/purge").json().at("messages").as_int64(), 1);
  EXPECT_EQ(rig.ask("POST", "/v1/queues/q/purge").json().at("messages").as_int64(), 0);
  EXPECT_EQ(rig.ask("DELETE", "/v1/queues/q").status, 204U);
  EXPECT_EQ(rig.ask("DELETE", "/v1/queues/q").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/v1/queues/q").status, 404U);
  EXPECT_EQ(rig.ask("POST", "/v1/queues/q/purge").status, 404U);
}

TEST(HttpQueues, ANameMayHoldASlash) {
  HttpRig rig;
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/a%2Fb%20c").status, 201U);
  EXPECT_EQ(rig.ask("GET", "/v1/queues/a%2Fb%20c").json().at("name").as_string(), "a/b c");
}

TEST(HttpQueues, ABodyThatIsWrongSaysWhy) {
  HttpRig rig;
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/q", "{").status, 400U);
  EXPECT_THAT(rig.ask("PUT", "/v1/queues/q", R"({"durabel":true})").detail(),
              HasSubstr("unknown member 'durabel'; there are: durable"));
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/q", R"({"type":"elastic"})").status / 100, 4U);
  EXPECT_EQ(
      rig.ask("PUT", "/v1/queues/q", R"({"type":"quorum","arguments":{"x-queue-type":"classic"}})")
          .status,
      400U);
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/amq.mine").status, 403U);
  EXPECT_EQ(rig.ask("GET", "/v1/queues/q").status, 404U) << "nothing was made";
}

TEST(HttpTopics, PutIsCreatedOnceAndEqualAfterwards) {
  HttpRig rig;
  const Answer made = rig.ask("PUT", "/v1/topics/t", R"({"partitions":3})");
  EXPECT_EQ(made.status, 201U);
  EXPECT_EQ(made.json().at("partitions").as_array().size(), 3U);
  EXPECT_EQ(rig.ask("PUT", "/v1/topics/t", R"({"partitions":3})").status, 200U);
  EXPECT_EQ(rig.ask("PUT", "/v1/topics/t").status, 200U);
  EXPECT_EQ(rig.ask("PUT", "/v1/topics/t", R"({"partitions":4})").status, 409U);
}

TEST(HttpTopics, ConfigsAreKeptAndCompared) {
  HttpRig rig;
  EXPECT_EQ(rig.ask("PUT", "/v1/topics/t", R"({"config":{"retention.ms":1000}})").status, 201U);
  EXPECT_EQ(rig.ask("PUT", "/v1/topics/t", R"({"config":{"retention.ms":"1000"}})").status, 200U);
  EXPECT_EQ(rig.ask("PUT", "/v1/topics/t", R"({"config":{"retention.ms":2000}})").status, 409U);
  EXPECT_EQ(rig.ask("GET", "/v1/topics/t").json().at("config").at("retention.ms").as_string(),
            "1000");
}

TEST(HttpTopics, ListAndDelete) {
  HttpRig rig;
  rig.ask("PUT", "/v1/topics/t", R"({"partitions":2})");
  rig.ask("POST", "/v1/topics/t/messages", "x");
  const auto list = rig.ask("GET", "/v1/topics").json().at("topics").as_array();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].at("messages").as_int64(), 1);
  EXPECT_EQ(list[0].at("partitions").as_array().size(), 2U);
  EXPECT_EQ(rig.ask("DELETE", "/v1/topics/t").status, 204U);
  EXPECT_EQ(rig.ask("DELETE", "/v1/topics/t").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/v1/topics/t").status, 404U);
}

TEST(HttpTopics, AQueuesTopicLivesAndDiesWithItsQueue) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  EXPECT_TRUE(rig.ask("GET", "/v1/topics/q").json().at("of_queue").as_bool());
  EXPECT_EQ(rig.ask("PUT", "/v1/topics/q").status, 409U);
  EXPECT_EQ(rig.ask("DELETE", "/v1/topics/q").status, 409U);
  rig.ask("DELETE", "/v1/queues/q");
  EXPECT_EQ(rig.ask("GET", "/v1/topics/q").status, 404U);
}

TEST(HttpTopics, ATopicIsNotTurnedIntoAQueue) {
  HttpRig rig;
  rig.ask("PUT", "/v1/topics/t");
  EXPECT_EQ(rig.ask("PUT", "/v1/queues/t").status, 409U);
}

TEST(HttpTopics, NamesAndCountsThatKafkaCannotHaveAreRefused) {
  HttpRig rig;
  EXPECT_EQ(rig.ask("PUT", "/v1/topics/a%20b").status, 400U);
  EXPECT_EQ(rig.ask("PUT", "/v1/topics/t", R"({"partitions":0})").status, 400U);
  EXPECT_EQ(rig.ask("PUT", "/v1/topics/t", R"({"partitions":2147483647})").status, 400U);
  EXPECT_EQ(rig.ask("PUT", "/v1/topics/t", R"({"config":{"no.such":"1"}})").status, 400U);
}

}  // namespace
}  // namespace rialto::test
