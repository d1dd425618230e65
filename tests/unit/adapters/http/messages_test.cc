// Messages in and out: publish, pull, leases, reading a topic.
#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;

boost::json::array pulled(HttpRig& rig, std::string_view queue, std::string_view body = "{}") {
  const Answer answer = rig.ask("POST", "/v1/queues/" + std::string(queue) + "/pull", body);
  EXPECT_EQ(answer.status, 200U) << answer.body;
  return answer.json().at("messages").as_array();
}

std::string lease_of(const boost::json::value& message) {
  return std::string(message.at("lease").as_string().c_str());
}

std::string in_list(std::string_view action, const std::string& lease) {
  return "{\"" + std::string(action) + "\":[\"" + lease + "\"]}";
}

TEST(HttpPublish, AQueueMessageIsAnsweredWhenItIsDurable) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.door.feed(request_text("POST", "/v1/queues/q/messages", "hello"));
  rig.door.tick();
  EXPECT_EQ(rig.answer().status, 0U);
  rig.door.commit();
  const Answer stored = rig.answer();
  EXPECT_EQ(stored.status, 201U);
  EXPECT_EQ(stored.json().at("queue").as_string(), "q");
}

TEST(HttpPublish, AnEncodedBodyIsRefusedRatherThanStoredWithoutItsEncoding) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  const auto send = [&](const std::string& path, const std::string& coding) {
    return rig.ask("POST", path, "x", "content-encoding: " + coding + "\r\n");
  };
  for (const char* path : {"/v1/queues/q/messages", "/v1/exchanges/amq.fanout/messages",
                           "/v1/topics/q/messages", "/v1/queues/q/batch", "/v1/queues/q/pull"}) {
    const Answer refused = send(path, "gzip");
    EXPECT_EQ(refused.status, 415U) << path;
    EXPECT_THAT(refused.detail(), HasSubstr("Content-Encoding"));
  }
  EXPECT_EQ(send("/v1/queues/q/messages", "identity, gzip").status, 415U);
  EXPECT_EQ(send("/v1/queues/q/messages", "Identity").status, 201U);
  EXPECT_EQ(pulled(rig, "q", R"({"max":10})").size(), 1U);
}

TEST(HttpPublish, WhatNoQueueTakesIsNotFoundAndSaysSo) {
  HttpRig rig;
  const Answer lost = rig.ask("POST", "/v1/queues/none/messages", "x");
  EXPECT_EQ(lost.status, 404U);
  EXPECT_THAT(lost.detail(), HasSubstr("no queue 'none'"));
  EXPECT_THAT(lost.detail(), HasSubstr("stored nowhere"));
  const Answer unbound =
      rig.ask("POST", "/v1/exchanges/amq.topic/messages", "x", "X-Rialto-Routing-Key: a.b\r\n");
  EXPECT_EQ(unbound.status, 404U);
  EXPECT_THAT(unbound.detail(), HasSubstr("no binding for the routing key 'a.b'"));
}

TEST(HttpPublish, AMissingExchangeDoesNotSpoilTheConnection) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(rig.ask("POST", "/v1/exchanges/none/messages", "x").status, 404U);
    EXPECT_EQ(rig.ask("POST", "/v1/queues/q/messages", "x").status, 201U);
  }
}

TEST(HttpPublish, PipelinedMessagesEachHaveTheirOwnOutcome) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.door.feed(request_text("POST", "/v1/queues/q/messages", "1") +
                request_text("POST", "/v1/queues/none/messages", "2") +
                request_text("POST", "/v1/queues/q/messages", "3"));
  rig.door.commit();
  EXPECT_EQ(rig.answer().status, 201U);
  EXPECT_EQ(rig.answer().status, 404U);
  EXPECT_EQ(rig.answer().status, 201U);
  EXPECT_EQ(pulled(rig, "q", R"({"max":10})").size(), 2U);
}

TEST(HttpPublish, ATopicMessageComesBackWithItsPlace) {
  HttpRig rig;
  rig.ask("PUT", "/v1/topics/t", R"({"partitions":3})");
  const Answer first = rig.ask("POST", "/v1/topics/t/messages", "a", "X-Rialto-Partition: 2\r\n");
  EXPECT_EQ(first.status, 201U);
  EXPECT_EQ(first.json().at("id").as_string(), "t/2/0");
  EXPECT_EQ(first.header("X-Rialto-Id"), "t/2/0");
  const auto second =
      rig.ask("POST", "/v1/topics/t/messages", "b", "X-Rialto-Partition: 2\r\n").json();
  EXPECT_EQ(second.at("partition").as_int64(), 2);
  EXPECT_EQ(second.at("offset").as_int64(), 1);
}

TEST(HttpPublish, AKeyAlwaysMeetsTheSamePartition) {
  HttpRig rig;
  rig.ask("PUT", "/v1/topics/t", R"({"partitions":8})");
  const auto place = [&] {
    return rig.ask("POST", "/v1/topics/t/messages", "x", "X-Rialto-Key: k\r\n")
        .json()
        .at("partition")
        .as_int64();
  };
  const auto first = place();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(place(), first);
}

TEST(HttpPublish, APlaceThatIsNotThereIsRefused) {
  HttpRig rig;
  rig.ask("PUT", "/v1/topics/t");
  EXPECT_EQ(rig.ask("POST", "/v1/topics/none/messages", "x").status, 404U);
  EXPECT_EQ(rig.ask("POST", "/v1/topics/t/messages", "x", "X-Rialto-Partition: 1\r\n").status,
            404U);
  for (const char* partition : {"-1", "x", "", "9999999999"}) {
    const std::string header = "X-Rialto-Partition: " + std::string(partition) + "\r\n";
    EXPECT_EQ(rig.ask("POST", "/v1/topics/t/messages", "x", header).status, 400U) << partition;
  }
}

TEST(HttpPull, HandsOutWhatWasSentWithKeyHeadersAndType) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.ask("POST", "/v1/queues/q/messages", "hello",
          "Content-Type: text/plain\r\nX-Rialto-Key: k1\r\nX-Rialto-Header-Trace: t1\r\n");
  const Answer answer = rig.ask("POST", "/v1/queues/q/pull");
  EXPECT_EQ(answer.header("X-Rialto-Id"), "q/0/0");
  const auto m = answer.json().at("messages").at(0);
  EXPECT_EQ(m.at("id").as_string(), "q/0/0");
  EXPECT_EQ(m.at("body").as_string(), "hello");
  EXPECT_EQ(m.at("key").as_string(), "k1");
  EXPECT_EQ(m.at("headers").at("content-type").as_string(), "text/plain");
  EXPECT_EQ(m.at("headers").at("Trace").as_string(), "t1");
  EXPECT_FALSE(m.at("redelivered").as_bool());
  EXPECT_EQ(m.at("attempt").as_int64(), 1);
  EXPECT_EQ(m.at("offset").as_int64(), 0);
  EXPECT_FALSE(lease_of(m).empty());
}

TEST(HttpPull, BytesThatAreNoTextComeAsBase64) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.ask("POST", "/v1/queues/q/messages", std::string("\0\xff", 2));
  EXPECT_EQ(pulled(rig, "q")[0].at("body_base64").as_string(), "AP8=");
}

TEST(HttpPull, AnEmptyQueueAnswersAtOnceOrAfterTheWait) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  EXPECT_TRUE(pulled(rig, "q").empty());
  rig.door.feed(request_text("POST", "/v1/queues/q/pull", R"({"wait_ms":1000})"));
  rig.door.commit();
  EXPECT_EQ(rig.answer().status, 0U);
  rig.broker.clock.advance_ms(1000);
  rig.door.commit();
  EXPECT_EQ(rig.answer().body, "{\"messages\":[]}\n");
}

TEST(HttpPull, AWaitEndsWithTheFirstMessage) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.door.feed(request_text("POST", "/v1/queues/q/pull", R"({"wait_ms":60000})") +
                request_text("POST", "/v1/queues/q/messages", "x"));
  rig.door.commit();
  EXPECT_THAT(rig.answer().body, HasSubstr("\"body\":\"x\""));
  EXPECT_EQ(rig.answer().status, 201U);
}

TEST(HttpPull, WrongNumbersAreRefused) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  for (const char* body : {R"({"max":0})", R"({"max":1001})", R"({"lease_ms":0})",
                           R"({"wait_ms":-1})", R"({"wait_ms":60001})", R"({"max":"1"})"}) {
    EXPECT_EQ(rig.ask("POST", "/v1/queues/q/pull", body).status, 400U) << body;
  }
  EXPECT_EQ(rig.ask("POST", "/v1/queues/none/pull").status, 404U);
}

TEST(HttpLeases, AnAckedMessageIsGoneAndItsLeaseToo) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.ask("POST", "/v1/queues/q/messages", "x");
  const std::string lease = lease_of(pulled(rig, "q")[0]);
  const Answer settled = rig.ask("POST", "/v1/leases", in_list("ack", lease));
  EXPECT_EQ(settled.status, 200U);
  const auto result = settled.json().at("results").at(0);
  EXPECT_EQ(result.at("lease").as_string(), lease);
  EXPECT_EQ(result.at("action").as_string(), "ack");
  EXPECT_EQ(result.at("status").as_int64(), 200);
  EXPECT_TRUE(pulled(rig, "q").empty());
  EXPECT_EQ(rig.ask("POST", "/v1/leases", in_list("ack", lease)).status, 410U);
}

TEST(HttpLeases, ANackedMessageComesBackRedelivered) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.ask("POST", "/v1/queues/q/messages", "x");
  rig.ask("POST", "/v1/leases", in_list("nack", lease_of(pulled(rig, "q")[0])));
  const auto again = pulled(rig, "q");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_TRUE(again[0].at("redelivered").as_bool());
  EXPECT_EQ(again[0].at("attempt").as_int64(), 2);
  EXPECT_EQ(again[0].at("id").as_string(), "q/0/0");
}

TEST(HttpLeases, ALeaseEndsAtItsDeadlineUnlessItIsExtended) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.ask("POST", "/v1/queues/q/messages", "x");
  const std::string lease = lease_of(pulled(rig, "q", R"({"lease_ms":1000})")[0]);
  EXPECT_EQ(
      rig.ask("POST", "/v1/leases", "{\"extend\":[\"" + lease + "\"],\"extend_ms\":5000}").status,
      200U);
  rig.broker.clock.advance_ms(2000);
  EXPECT_TRUE(pulled(rig, "q").empty());
  rig.broker.clock.advance_ms(4000);
  rig.door.commit();
  EXPECT_EQ(pulled(rig, "q").size(), 1U);
  const Answer late = rig.ask("POST", "/v1/leases", in_list("ack", lease));
  EXPECT_EQ(late.status, 410U);
  EXPECT_EQ(late.json().at("results").at(0).at("status").as_int64(), 410);
}

TEST(HttpLeases, EachLeaseHasAResultOfItsOwn) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.ask("POST", "/v1/queues/q/messages", "x");
  const std::string lease = lease_of(pulled(rig, "q")[0]);
  const Answer mixed = rig.ask("POST", "/v1/leases", "{\"ack\":[\"forged\",\"" + lease + "\"]}");
  EXPECT_EQ(mixed.status, 200U);
  const auto results = mixed.json().at("results").as_array();
  EXPECT_EQ(results[0].at("status").as_int64(), 410);
  EXPECT_EQ(results[1].at("status").as_int64(), 200);
  EXPECT_EQ(rig.ask("POST", "/v1/leases", R"({"akc":[]})").status, 400U);
}

boost::json::value read(HttpRig& rig, std::string_view query) {
  const Answer answer = rig.ask("GET", "/v1/topics/t/messages" + std::string(query));
  EXPECT_EQ(answer.status, 200U) << answer.body;
  return answer.json();
}

void fill(HttpRig& rig, int count) {
  rig.ask("PUT", "/v1/topics/t");
  for (int i = 0; i < count; ++i) {
    rig.ask("POST", "/v1/topics/t/messages", "m" + std::to_string(i));
    rig.broker.clock.advance_ms(1000);
  }
}

TEST(HttpRead, BeginsAtTheStartAndSaysWhereToGoOn) {
  HttpRig rig;
  fill(rig, 5);
  const auto all = read(rig, "");
  EXPECT_EQ(all.at("messages").as_array().size(), 5U);
  EXPECT_EQ(all.at("messages").at(4).at("body").as_string(), "m4");
  EXPECT_EQ(all.at("next").as_int64(), 5);
  EXPECT_EQ(all.at("high_watermark").as_int64(), 5);

  const auto some = read(rig, "?from=earliest&max=2");
  EXPECT_EQ(some.at("messages").as_array().size(), 2U);
  EXPECT_EQ(some.at("next").as_int64(), 2);
  const auto rest = read(rig, "?from=2&max=2");
  EXPECT_EQ(rest.at("messages").at(0).at("id").as_string(), "t/0/2");
}

TEST(HttpRead, BeginsAtTheEndOrAtATime) {
  HttpRig rig;
  fill(rig, 5);
  EXPECT_EQ(read(rig, "?from=latest").at("next").as_int64(), 5);
  const auto first = read(rig, "?from=0&max=1").at("messages").at(0);
  const auto third = read(rig, "?from=2&max=1").at("messages").at(0);
  const std::string at(third.at("timestamp").as_string().c_str());
  EXPECT_NE(first.at("timestamp"), third.at("timestamp"));
  EXPECT_EQ(read(rig, "?from=" + at + "&max=1").at("messages").at(0), third);
  EXPECT_EQ(read(rig, "?from=2100-01-01T00:00:00Z").at("next").as_int64(), 5);
}

TEST(HttpRead, WaitsForWhatIsNotThereYet) {
  HttpRig rig;
  fill(rig, 1);
  rig.door.feed(request_text("GET", "/v1/topics/t/messages?from=latest&wait_ms=60000") +
                request_text("POST", "/v1/topics/t/messages", "late"));
  rig.door.commit();
  EXPECT_THAT(rig.answer().body, HasSubstr("\"body\":\"late\""));
}

TEST(HttpRead, OneMessageMayComeAsItIs) {
  HttpRig rig;
  rig.ask("PUT", "/v1/topics/t");
  const std::string body("\0<script>\xff", 10);
  rig.ask("POST", "/v1/topics/t/messages", body,
          "Content-Type: text/html\r\nX-Rialto-Key: k\r\nX-Rialto-Header-a: b\r\n");
  const Answer raw = rig.ask("GET", "/v1/topics/t/messages?from=0&max=1", "",
                             "Accept: application/octet-stream\r\n");
  EXPECT_EQ(raw.status, 200U);
  EXPECT_EQ(raw.body, body);
  EXPECT_EQ(raw.header("Content-Type"), "application/octet-stream");
  EXPECT_EQ(raw.header("X-Rialto-Header-content-type"), "text/html");
  EXPECT_EQ(raw.header("X-Rialto-Id"), "t/0/0");
  EXPECT_EQ(raw.header("X-Rialto-Key"), "k");
  EXPECT_EQ(raw.header("X-Rialto-Header-a"), "b");
  EXPECT_EQ(raw.header("X-Rialto-Next"), "1");
  const Answer none =
      rig.ask("GET", "/v1/topics/t/messages?from=1", "", "Accept: application/octet-stream\r\n");
  EXPECT_EQ(none.status, 204U);
}

TEST(HttpRead, AQueueIsReadableAsALogAfterItsMessagesWereSettled) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/t");
  rig.ask("POST", "/v1/queues/t/messages", "x");
  rig.ask("POST", "/v1/leases", in_list("ack", lease_of(pulled(rig, "t")[0])));
  EXPECT_EQ(read(rig, "").at("messages").at(0).at("body").as_string(), "x");
}

TEST(HttpRead, WhatIsWrongIsRefused) {
  HttpRig rig;
  fill(rig, 1);
  for (const char* query : {"?from=soon", "?from=-1", "?max=0", "?max=x", "?partition=-1",
                            "?wait_ms=60001", "?from=2023-02-30T00:00:00Z"}) {
    EXPECT_EQ(rig.ask("GET", "/v1/topics/t/messages" + std::string(query)).status, 400U) << query;
  }
  EXPECT_EQ(rig.ask("GET", "/v1/topics/t/messages?from=2").status, 416U);
  EXPECT_EQ(rig.ask("GET", "/v1/topics/t/messages?from=0&partition=1").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/v1/topics/none/messages").status, 404U);
}

TEST(HttpMessages, RefuseHeadersOfOursThatNobodyReads) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.ask("PUT", "/v1/topics/t");
  const auto status = [&](const char* to, const char* headers) {
    return rig.ask("POST", to, "x", headers).status;
  };
  EXPECT_EQ(status("/v1/queues/q/messages", "X-Rialto-Typo: 1\r\n"), 400U);
  EXPECT_EQ(status("/v1/queues/q/messages", "X-Rialto-Partition: 0\r\n"), 400U);
  EXPECT_EQ(status("/v1/queues/q/messages", "X-Rialto-Routing-Key: k\r\n"), 400U);
  EXPECT_EQ(status("/v1/topics/t/messages", "X-Rialto-Key: a\r\nX-Rialto-Key: b\r\n"), 400U);
  EXPECT_EQ(status("/v1/topics/t/messages", "X-Rialto-Key: a\r\nX-Rialto-Key-Base64: YQ==\r\n"),
            400U);
  EXPECT_EQ(status("/v1/topics/t/messages", "X-Rialto-Partition: 0\r\nX-Rialto-Partition: 0\r\n"),
            400U);
  EXPECT_EQ(rig.ask("GET", "/v1/topics/t/messages?foo=1").status, 400U);
}

}  // namespace
}  // namespace rialto::test
