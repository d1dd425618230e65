// GET of a log as server-sent events.
#include "tests/unit/adapters/http/http_rig.h"

#include <gmock/gmock.h>

namespace rialto::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class HttpStream : public ::testing::Test {
 protected:
  HttpStream() {
    rig.ask("PUT", "/v1/topics/t");
    writer_.feed(request_text("PUT", "/v1/topics/other"));
  }

  /// Begins to read and answers what came at once.
  std::string follow(std::string_view query = "", std::string_view headers = "") {
    rig.door.feed(request_text("GET", "/v1/topics/t/messages" + std::string(query), "",
                               "Accept: text/event-stream\r\n" + std::string(headers)));
    return more();
  }
  std::string more() {
    std::string all;
    for (int round = 0; round < 4; ++round) {
      rig.door.tick();
      all += rig.door.sent();
    }
    return all;
  }
  void write(std::string_view body) {
    writer_.feed(request_text("POST", "/v1/topics/t/messages", body));
    writer_.commit();
    writer_.sent();
  }

  HttpRig rig;

 private:
  DoorHarness writer_{rig.broker,
                      [this](BrokerPort& port, OutQueue& out, const PeerInfo& who, Instant now) {
                        return make_http_door(port, out, who, rig.settings, now);
                      }};
};

TEST_F(HttpStream, BeginsWithWhatIsThereAndGoesOnWithWhatComes) {
  write("one");
  const std::string first = follow();
  EXPECT_THAT(first, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"));
  EXPECT_THAT(first, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(first, ::testing::Not(HasSubstr("Content-Length")));
  EXPECT_THAT(first, HasSubstr("\r\n\r\nid: 1\ndata: {\"id\":\"t/0/0\","));
  EXPECT_THAT(first, EndsWith("\"body\":\"one\"}\n\n"));
  EXPECT_EQ(more(), "");
  write("two");
  EXPECT_THAT(more(), StartsWith("id: 2\ndata: {\"id\":\"t/0/1\","));
}

TEST_F(HttpStream, IsWhatAnAcceptLineNamesInAnyCaseAndAmongOthers) {
  const auto type_of = [&](const std::string& accept) {
    HttpRig other;
    other.ask("PUT", "/v1/topics/t");
    other.door.feed(request_text("GET", "/v1/topics/t/messages", "", "Accept: " + accept + "\r\n"));
    other.door.commit();
    return other.answer().header("Content-Type");
  };
  for (const char* accept :
       {"TEXT/EVENT-STREAM", "text/event-stream, */*", "*/*;q=0.8,text/event-stream ; charset=x",
        "*/*, text/event-stream", "text/html\r\nAccept: text/event-stream",
        "application/json;q=0.5, text/event-stream;q=0.9"}) {
    EXPECT_EQ(type_of(accept), "text/event-stream") << accept;
  }
  for (const char* accept :
       {"", "*/*", "text/html", "text/*", "application/json, text/event-stream",
        "text/event-stream;q=0", "text/event-stream;q=0.5, */*", "text/event-streams",
        "application/*"}) {
    EXPECT_EQ(type_of(accept), "application/json") << accept;
  }
  EXPECT_EQ(type_of("Application/Octet-Stream, */*"), "application/octet-stream");
}

TEST_F(HttpStream, ResumesBehindTheLastEventThatWasSeen) {
  write("one");
  write("two");
  const std::string resumed = follow("?from=earliest", "Last-Event-ID: 1\r\n");
  EXPECT_THAT(resumed, HasSubstr("\r\n\r\nid: 2\n"));
  EXPECT_THAT(resumed, ::testing::Not(HasSubstr("one")));
}

TEST_F(HttpStream, SaysThatItIsAliveWhenNothingComes) {
  follow("?from=latest");
  rig.door.time(15'001);
  EXPECT_EQ(more(), ":\n\n");
  rig.door.time(15'001);
  EXPECT_EQ(more(), ":\n\n");
}

TEST_F(HttpStream, ReadsNoFurtherThanAPageAheadOfASlowReader) {
  const std::string large(100'000, 'x');
  for (int i = 0; i < 20; ++i)
    write(large);
  rig.door.feed(request_text("GET", "/v1/topics/t/messages", "", "Accept: text/event-stream\r\n"));
  for (int round = 0; round < 20; ++round)
    rig.door.tick();
  // Nothing of it was taken by the peer.
  const std::string waiting = rig.door.sent();
  EXPECT_LT(waiting.size(), 500'000U);
  std::string rest;
  for (int round = 0; round < 20; ++round)
    rest += more();
  EXPECT_THAT(rest, HasSubstr("id: 20\n"));
}

TEST_F(HttpStream, EndsWithAWordWhenItsTopicGoes) {
  write("one");
  follow();
  HttpRig& other = rig;
  DoorHarness admin(other.broker,
                    [&](BrokerPort& port, OutQueue& out, const PeerInfo& who, Instant now) {
                      return make_http_door(port, out, who, other.settings, now);
                    });
  admin.feed(request_text("DELETE", "/v1/topics/t"));
  admin.commit();
  const std::string last = more();
  EXPECT_THAT(last, StartsWith("event: error\ndata: {\"type\":"));
  EXPECT_TRUE(rig.door.closing());
}

TEST_F(HttpStream, RefusesWithAStatusWhatItCannotBegin) {
  EXPECT_THAT(follow("?from=7"), StartsWith("HTTP/1.1 416"));
  EXPECT_THAT(follow("?partition=3"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(follow("?max=3"), HasSubstr("'max' has no meaning in an event stream"));
  EXPECT_THAT(follow("", "Last-Event-ID: earliest\r\n"), HasSubstr("not an id of this stream"));
  EXPECT_FALSE(rig.door.closing());
}

TEST_F(HttpStream, LeavesWhenTheServerStops) {
  follow();
  rig.door.door->begin_drain();
  rig.door.tick();
  EXPECT_TRUE(rig.door.closing());
}

TEST_F(HttpStream, WaitsForTheAnswersInFrontOfItAndIgnoresWhatIsBehind) {
  write("one");
  rig.door.feed(request_text("PUT", "/v1/topics/new") +
                request_text("GET", "/v1/topics/t/messages", "", "Accept: text/event-stream\r\n") +
                request_text("GET", "/v1/topics"));
  rig.door.tick();
  EXPECT_EQ(rig.door.sent(), "");
  rig.door.commit();
  const std::string all = rig.door.sent() + more();
  EXPECT_THAT(all, StartsWith("HTTP/1.1 201"));
  EXPECT_THAT(all, HasSubstr("id: 1\n"));
  EXPECT_THAT(all, ::testing::Not(HasSubstr("\"topics\"")));
  EXPECT_TRUE(rig.door.door->wants_bytes());
}

}  // namespace
}  // namespace rialto::test
