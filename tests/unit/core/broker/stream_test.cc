#include "tests/unit/core/broker/core_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Streams : public testing::TestWithParam<Ports> {
 protected:
  static DeclareQueue stream_of(const std::string& name) {
    DeclareQueue what;
    what.name = name;
    what.durable = true;
    what.arguments.set("x-queue-type", FieldValue::text("stream"));
    return what;
  }
  static StartPoint at_offset(std::int64_t offset) {
    StartPoint out;
    out.kind = StartPoint::Kind::offset;
    out.offset = Offset(offset);
    return out;
  }
  static StartPoint at(StartPoint::Kind kind) {
    StartPoint out;
    out.kind = kind;
    return out;
  }
  static Consume reader(const std::string& queue, std::optional<StartPoint> from,
                        std::uint16_t consumer = 1) {
    Consume what;
    what.queue = queue;
    what.consumer = ConsumerId(consumer);
    what.prefetch = 10;
    what.read_from = from;
    return what;
  }

  std::unique_ptr<CoreRig> core = std::make_unique<CoreRig>(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Ports, Streams, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(Streams, AreReadByAnybodyFromAnywhereAndStayAsTheyAre) {
  Peer peer(*core);
  peer.get(stream_of("s")).value();
  publish_all(*core, peer, "s", {"a", "b", "c"});
  for (const auto& [from, seen] :
       {std::pair(at(StartPoint::Kind::earliest), std::vector<std::string>{"a", "b", "c"}),
        {at_offset(1), {"b", "c"}},
        {at_offset(99), {}},
        {at(StartPoint::Kind::latest), {}}}) {
    Peer other(*core);
    other.get(reader("s", from)).value();
    core->settle();
    EXPECT_EQ(other.bodies(), seen);
    for (const Peer::Got& got : other.deliveries) {
      EXPECT_TRUE(got.delivery.shows_offset);
      other.settle(got, Settlement::reject);
    }
  }
  core->settle();
  EXPECT_EQ(peer.get(passive_of("s")).value().counts.ready, 3U);
}

TEST_P(Streams, ShowANewConsumerWhatComesNextWhenItAsksForNothing) {
  Peer peer(*core);
  peer.get(stream_of("s")).value();
  publish_all(*core, peer, "s", {"before"});
  peer.get(reader("s", std::nullopt)).value();
  publish_all(*core, peer, "s", {"after"});
  EXPECT_THAT(peer.bodies(), ElementsAre("after"));
}

TEST_P(Streams, BeginAtTheLastBatchForWhoAsksForIt) {
  Peer peer(*core);
  peer.get(stream_of("s")).value();
  publish_all(*core, peer, "s", {"a", "b"});
  publish_all(*core, peer, "s", {"c", "d"});
  peer.get(reader("s", at(StartPoint::Kind::last_batch))).value();
  core->settle();
  EXPECT_THAT(peer.bodies(), ElementsAre("c", "d"));
}

TEST_P(Streams, GiveOneMoreForEachSettlementWhateverItSays) {
  Peer peer(*core);
  peer.get(stream_of("s")).value();
  Consume one = reader("s", at(StartPoint::Kind::earliest));
  one.prefetch = 1;
  peer.get(one).value();
  publish_all(*core, peer, "s", {"a", "b", "c"});
  EXPECT_THAT(peer.bodies(), ElementsAre("a"));
  peer.settle(peer.deliveries[0], Settlement::requeue);
  core->settle();
  EXPECT_THAT(peer.bodies(), ElementsAre("a", "b"));
  peer.settle(peer.deliveries[1], Settlement::reject);
  core->settle();
  EXPECT_THAT(peer.bodies(), ElementsAre("a", "b", "c"));
}

TEST_P(Streams, CountTheirReadersUntilTheyLeave) {
  Peer peer(*core);
  peer.get(stream_of("s")).value();
  Peer other(*core);
  other.get(reader("s", std::nullopt)).value();
  peer.get(reader("s", std::nullopt)).value();
  EXPECT_EQ(peer.get(passive_of("s")).value().counts.consumers, 2U);
  EXPECT_EQ(peer.get(ListQueues()).value().size(), 1U);
  other.close();
  peer.get(CancelConsumer{ConsumerId(1)}).value();
  EXPECT_EQ(peer.get(passive_of("s")).value().counts.consumers, 0U);
}

TEST_P(Streams, TellTheirReadersWhenTheyAreDeleted) {
  Peer peer(*core);
  peer.get(stream_of("s")).value();
  peer.get(reader("s", std::nullopt)).value();
  Peer other(*core);
  other.get(DeleteQueue{"s"}).value();
  core->settle();
  EXPECT_THAT(peer.cancelled, ElementsAre(ConsumerId(1)));
}

TEST_P(Streams, RefuseWhatTakesMessagesOut) {
  Peer peer(*core);
  peer.get(stream_of("s")).value();
  EXPECT_EQ(peer.get(get_of("s")).error().code, Errc::not_supported);
  EXPECT_EQ(peer.get(PurgeQueue{"s"}).error().code, Errc::not_supported);
  Consume what = reader("s", std::nullopt);
  what.no_ack = true;
  EXPECT_THAT(peer.get(what).error().text, HasSubstr("automatic acknowledgement"));
  what = reader("s", std::nullopt);
  what.prefetch = 0;
  EXPECT_THAT(peer.get(what).error().text, HasSubstr("prefetch count is not set"));
  what = reader("s", std::nullopt);
  what.priority = 0;
  EXPECT_THAT(peer.get(what).error().text,
              HasSubstr("invalid arg 'x-priority' for queue 's' in vhost '/' of queue type "
                        "rabbit_stream_queue"));
  DeclareQueue declared = stream_of("other");
  declared.arguments.set("x-message-ttl", FieldValue::integer(1000));
  EXPECT_THAT(peer.get(declared).error().text, HasSubstr("of queue type rabbit_stream_queue"));
  declared = stream_of("other");
  declared.exclusive = true;
  EXPECT_EQ(peer.get(declared).error().code, Errc::invalid_argument);
}

TEST_P(Streams, AreFoundAgainAfterARestart) {
  Peer peer(*core);
  peer.get(stream_of("s")).value();
  publish_all(*core, peer, "s", {"a", "b"});
  peer.get(reader("s", at(StartPoint::Kind::earliest))).value();
  core->settle();
  peer.settle(peer.deliveries.at(0));
  core->settle();
  for (const bool clean : {false, true}) {
    const auto again = clean ? core->stopped_and_started() : core->restarted();
    Peer later(*again);
    EXPECT_EQ(later.get(passive_of("s")).value().counts.ready, 2U);
    later.get(reader("s", at(StartPoint::Kind::earliest))).value();
    again->settle();
    EXPECT_THAT(later.bodies(), ElementsAre("a", "b"));
  }
}

TEST_P(Streams, AnyQueueIsReadWithoutTakingAnythingFromIt) {
  Peer peer(*core);
  peer.declare("q");
  publish_all(*core, peer, "q", {"a", "b"});
  EXPECT_THAT(drained(peer, "q"), ElementsAre("a", "b"));
  Consume what = reader("q", at(StartPoint::Kind::earliest));
  what.no_ack = true;
  what.prefetch = 0;
  peer.get(what).value();
  publish_all(*core, peer, "q", {"c"});
  EXPECT_THAT(peer.bodies(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(drained(peer, "q"), ElementsAre("c"));
}

TEST_P(Streams, AWholeTopicIsReadByOneConsumer) {
  Peer peer(*core);
  peer.get(topic_of("t", 2)).value();
  peer.get(produce_of("t", produced_batch({"p0"}), -1, 0)).value();
  peer.get(produce_of("t", produced_batch({"p1"}), -1, 1)).value();
  peer.get(reader("t", at(StartPoint::Kind::earliest))).value();
  core->settle();
  EXPECT_THAT(peer.bodies(), testing::UnorderedElementsAre("p0", "p1"));
}

}  // namespace
}  // namespace rialto::test
