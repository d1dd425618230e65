// The connection: order, limits, time, who may speak.
#include "adapters/http/connection_machine.h"
#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(HttpDoor, IsAliveBeforeItIsReady) {
  HttpRig rig;
  std::string reason = "replaying the journal";
  rig.settings.why_not_ready = [&] { return reason; };
  EXPECT_EQ(rig.ask("GET", "/healthz").status, 200U);
  const Answer waiting = rig.ask("GET", "/readyz");
  EXPECT_EQ(waiting.status, 503U);
  EXPECT_EQ(waiting.body, "replaying the journal\n");
  EXPECT_THAT(rig.ask("GET", "/v1/queues").detail(), HasSubstr("replaying the journal"));
  reason.clear();
  EXPECT_EQ(rig.ask("GET", "/readyz").status, 200U);
  EXPECT_EQ(rig.ask("GET", "/v1/queues").status, 200U);
}

TEST(HttpDoor, TheFirstPageNamesTheThreeDoorsAndRunsNothing) {
  HttpRig rig;
  rig.settings.kafka_address = "127.0.0.1:9999";
  const Answer page = rig.ask("GET", "/");
  EXPECT_EQ(page.status, 200U);
  for (const char* part : {"127.0.0.1:5672", "127.0.0.1:9999", "127.0.0.1:15672", "amqp-publish",
                           "kcat", "curl", "href=\"/v1/queues\"", "href=\"/metrics\""}) {
    EXPECT_THAT(page.body, HasSubstr(part));
  }
  EXPECT_THAT(page.header("Content-Security-Policy"), StartsWith("default-src 'none'"));
  EXPECT_EQ(page.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(rig.ask("GET", "/style.css").header("Content-Type"), "text/css; charset=utf-8");
}

TEST(HttpDoor, AnswersPipelinedRequestsInOrder) {
  HttpRig rig;
  // The first waits for the disk; the second could be answered at once.
  rig.door.feed(request_text("PUT", "/v1/queues/q") + request_text("GET", "/healthz"));
  rig.door.tick();
  EXPECT_EQ(rig.answer().status, 0U);
  rig.door.commit();
  EXPECT_EQ(rig.answer().status, 201U);
  EXPECT_EQ(rig.answer().body, "ok\n");
}

TEST(HttpDoor, BeginsSoManyRequestsAndNoMore) {
  HttpRig rig;
  std::string many;
  const std::size_t count = http::ConnectionMachine::pipeline_max + 5;
  for (std::size_t i = 0; i < count; ++i) {
    many += request_text("PUT", "/v1/queues/q" + std::to_string(i));
  }
  rig.door.feed(many);
  EXPECT_FALSE(rig.door.door->wants_bytes());
  for (int i = 0; i < 4; ++i)
    rig.door.commit();
  for (std::size_t i = 0; i < count; ++i)
    EXPECT_EQ(rig.answer().status, 201U) << i;
  EXPECT_TRUE(rig.door.door->wants_bytes());
}

TEST(HttpDoor, KeepsAConnectionUnlessItIsToldOtherwise) {
  HttpRig rig;
  EXPECT_EQ(rig.ask("GET", "/healthz").header("Connection"), "");
  EXPECT_FALSE(rig.door.closing());
  const Answer last = rig.ask("GET", "/healthz", "", "Connection: close\r\n");
  EXPECT_EQ(last.header("Connection"), "close");
  EXPECT_TRUE(rig.door.closing());
}

TEST(HttpDoor, AnOldClientGetsItsAnswerAndTheEnd) {
  HttpRig rig;
  rig.door.feed("GET /healthz HTTP/1.0\r\n\r\n");
  rig.door.tick();
  EXPECT_EQ(rig.answer().body, "ok\n");
  EXPECT_TRUE(rig.door.closing());

  HttpRig kept;
  kept.door.feed("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  kept.door.tick();
  EXPECT_EQ(kept.answer().header("Connection"), "keep-alive");
  EXPECT_FALSE(kept.door.closing());
}

TEST(HttpDoor, HeadIsGetWithoutTheBytes) {
  HttpRig rig;
  rig.door.feed(request_text("HEAD", "/healthz") + request_text("GET", "/healthz"));
  rig.door.tick();
  std::string sent = rig.door.sent();
  const Answer head = take_answer(sent, true);
  EXPECT_EQ(head.header("Content-Length"), "3");
  EXPECT_EQ(take_answer(sent).body, "ok\n");
}

TEST(HttpDoor, SaysContinueWhenTheClientWaitsForIt) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.door.feed(
      "POST /v1/queues/q/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  rig.door.tick();
  EXPECT_EQ(rig.door.sent(), "HTTP/1.1 100 Continue\r\n\r\n");
  rig.door.feed("hi");
  rig.door.commit();
  EXPECT_EQ(rig.answer().status, 201U);
}

TEST(HttpDoor, RefusesBeforeTheBodyIsSentWhenTheClientAsks) {
  HttpRig rig;
  rig.door.feed(
      "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  rig.door.tick();
  EXPECT_EQ(rig.answer().status, 404U);
  EXPECT_TRUE(rig.door.closing());
}

TEST(HttpDoor, UnknownPathsAndMethodsAreToldApart) {
  HttpRig rig;
  EXPECT_EQ(rig.ask("GET", "/nowhere").status, 404U);
  const Answer wrong = rig.ask("PATCH", "/v1/queues/q", "{}");
  EXPECT_EQ(wrong.status, 405U);
  EXPECT_EQ(wrong.header("Allow"), "GET, HEAD, PUT, DELETE");
  EXPECT_EQ(rig.ask("GET", "/v1/queues?vhost=%2F").status, 200U);
  EXPECT_EQ(rig.ask("GET", "/v1/queues?vhost=x").status, 404U);
  EXPECT_EQ(rig.ask("GET", "/%zz").status, 400U);
}

TEST(HttpDoor, GarbageIsAnsweredOnceAndTheConnectionEnds) {
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02\x00\x01\x00", 7), std::string("AMQP\0\0\x09\x01", 8),
        std::string("\r\n\r\n\r\n"), std::string(300, '\xff')}) {
    HttpRig rig;
    rig.door.feed(bytes);
    rig.door.tick();
    EXPECT_EQ(rig.answer().status, 400U);
    EXPECT_TRUE(rig.door.closing());
    EXPECT_FALSE(rig.door.door->wants_bytes());
    rig.door.feed("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    rig.door.tick();
    EXPECT_THAT(rig.door.sent(), IsEmpty());
  }
}

TEST(HttpDoor, WhatWasAskedBeforeGarbageIsStillAnswered) {
  HttpRig rig;
  rig.door.feed(request_text("PUT", "/v1/queues/q") + "\x16garbage");
  rig.door.commit();
  EXPECT_EQ(rig.answer().status, 201U);
  EXPECT_EQ(rig.answer().status, 400U);
  EXPECT_TRUE(rig.door.closing());
}

TEST(HttpDoor, ABodyThatIsTooLargeIsRefusedAtItsHead) {
  HttpRig rig;
  const std::string head = "POST /v1/queues/q/messages HTTP/1.1\r\nHost: localhost\r\n";
  rig.door.feed(head + "Content-Length: 16777217\r\n\r\n");
  rig.door.tick();
  EXPECT_EQ(rig.answer().status, 413U);
  EXPECT_TRUE(rig.door.closing());

  HttpRig json;
  json.door.feed("PUT /v1/queues/q HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n");
  json.door.tick();
  EXPECT_EQ(json.answer().status, 413U);
}

TEST(HttpDoor, AnotherMachineIsRefusedAndClosed) {
  PeerInfo far = DoorHarness::local_peer();
  far.loopback = false;
  HttpRig rig(far);
  EXPECT_EQ(rig.ask("GET", "/healthz").status, 403U);
  EXPECT_TRUE(rig.door.closing());
}

TEST(HttpDoor, AHeadMustCompleteInTenSeconds) {
  HttpRig rig;
  rig.door.feed("GET / HT");
  rig.door.tick();
  rig.door.time(9'000);
  EXPECT_THAT(rig.door.sent(), IsEmpty());
  rig.door.feed("TP");  // trickling does not help
  rig.door.time(999);
  EXPECT_FALSE(rig.door.closing());
  rig.door.time(1);
  EXPECT_EQ(rig.answer().status, 408U);
  EXPECT_TRUE(rig.door.closing());
}

TEST(HttpDoor, APeerThatSaysNothingIsClosedWithoutAWord) {
  HttpRig rig;
  rig.door.tick();
  rig.door.time(10'000);
  EXPECT_THAT(rig.door.sent(), IsEmpty());
  EXPECT_TRUE(rig.door.closing());
}

TEST(HttpDoor, AnIdleConnectionIsClosedLater) {
  HttpRig rig;
  rig.ask("GET", "/healthz");
  rig.door.tick();
  rig.door.time(74'999);
  EXPECT_FALSE(rig.door.closing());
  rig.door.time(1);
  EXPECT_TRUE(rig.door.closing());
  EXPECT_THAT(rig.door.sent(), IsEmpty());
}

TEST(HttpDoor, ABodyMayBeSlowButNotSilent) {
  HttpRig rig;
  rig.door.feed("PUT /v1/queues/q HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n");
  rig.door.tick();
  for (int i = 0; i < 2; ++i) {
    rig.door.time(29'000);
    rig.door.feed(" ");
    rig.door.tick();
  }
  EXPECT_FALSE(rig.door.closing());
  rig.door.time(30'000);
  EXPECT_EQ(rig.answer().status, 408U);
}

TEST(HttpDoor, AWaitForTheBrokerIsNoIdleness) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  rig.door.feed(request_text("POST", "/v1/queues/q/pull", R"({"wait_ms":60000})"));
  rig.door.tick();
  EXPECT_EQ(rig.door.door->next_deadline(), no_deadline);
}

TEST(HttpDoor, ADrainFinishesWhatIsUnderWay) {
  HttpRig rig;
  rig.door.feed(request_text("PUT", "/v1/queues/q"));
  rig.door.tick();
  rig.door.door->begin_drain();
  EXPECT_FALSE(rig.door.closing());
  rig.door.commit();
  const Answer last = rig.answer();
  EXPECT_EQ(last.status, 201U);
  EXPECT_EQ(last.header("Connection"), "close");
  EXPECT_TRUE(rig.door.closing());

  HttpRig idle;
  idle.ask("GET", "/healthz");
  idle.door.door->begin_drain();
  EXPECT_TRUE(idle.door.closing());
}

TEST(HttpDoor, AnAnswerThatComesAfterThePeerHasGoneIsDropped) {
  HttpRig rig;
  rig.door.feed(request_text("PUT", "/v1/queues/q") +
                request_text("POST", "/v1/queues/q/messages", "x"));
  rig.door.tick();
  rig.door.disconnect();
  rig.broker.settle_all();
  EXPECT_THAT(rig.door.sent(), IsEmpty());
}

TEST(HttpDoor, PublishingIsRefusedWhileItIsBlockedAndNothingElseIs) {
  HttpRig rig;
  rig.ask("PUT", "/v1/queues/q");
  auto& session = dynamic_cast<Session&>(*rig.door.door);
  session.on_blocked("the disk is at its watermark");
  const Answer refused = rig.ask("POST", "/v1/queues/q/messages", "x");
  EXPECT_EQ(refused.status, 503U);
  EXPECT_NE(refused.header("Retry-After"), "");
  EXPECT_THAT(refused.detail(), HasSubstr("the disk is at its watermark"));
  EXPECT_EQ(rig.ask("GET", "/v1/queues/q").status, 200U);
  session.on_blocked("");
  EXPECT_EQ(rig.ask("POST", "/v1/queues/q/messages", "x").status, 201U);
}

TEST(HttpDoor, TheMetricsPortServesMetricsAndHealthOnly) {
  HttpRig rig;
  EXPECT_EQ(rig.ask("GET", "/metrics").status, 200U);
  rig.settings.routes = HttpSettings::Routes::metrics;
  const Answer scrape = rig.ask("GET", "/metrics");
  EXPECT_EQ(scrape.status, 200U);
  EXPECT_EQ(scrape.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(scrape.body, HasSubstr("rialto_connections{protocol=\"http\"} 1\n"));
  EXPECT_EQ(rig.ask("GET", "/healthz").status, 200U);
  EXPECT_EQ(rig.ask("GET", "/v1/queues").status, 404U);
}

}  // namespace
}  // namespace rialto::test
