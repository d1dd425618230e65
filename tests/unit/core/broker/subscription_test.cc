#include "tests/unit/core/broker/core_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

DeclareQueue subscription_of(const std::string& queue, const std::string& topic,
                             const std::string& start = "earliest") {
  DeclareQueue what;
  what.name = queue;
  what.durable = true;
  what.arguments.set("x-source-topic", FieldValue::text(topic));
  what.arguments.set("x-start", FieldValue::text(start));
  return what;
}

class Subscription : public testing::TestWithParam<Ports> {
 protected:
  void produce(Peer& peer, const std::vector<std::string>& values, std::int32_t partition = 0,
               std::int64_t timestamp_ms = 1'700'000'000'000) {
    peer.get(produce_of("t", produced_batch(values, -1, -1, timestamp_ms), -1, partition)).value();
  }

  std::unique_ptr<CoreRig> core = std::make_unique<CoreRig>(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Ports, Subscription,
                         testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(Subscription, ShowsAllPartitionsOfATopicFromItsFirstRecord) {
  Peer peer(*core);
  peer.get(topic_of("t", 3)).value();
  for (int p = 0; p < 3; ++p)
    produce(peer, {"p" + std::to_string(p)}, p);
  peer.get(subscription_of("s", "t")).value();
  produce(peer, {"later"}, 1);
  EXPECT_THAT(drained(peer, "s"), UnorderedElementsAre("p0", "p1", "p2", "later"));
}

TEST_P(Subscription, SharesTheLogWithAnyNumberOfOthersAndMovesNoneOfThem) {
  Peer peer(*core);
  peer.get(topic_of("t")).value();
  produce(peer, {"a", "b"});
  peer.get(subscription_of("s1", "t")).value();
  peer.get(subscription_of("s2", "t")).value();
  EXPECT_THAT(drained(peer, "s1"), ElementsAre("a", "b"));
  EXPECT_THAT(drained(peer, "t"), ElementsAre("a", "b"));
  EXPECT_THAT(drained(peer, "s2"), ElementsAre("a", "b"));
  EXPECT_THAT(drained(peer, "s1"), IsEmpty());
  const Fetch::Answer log = peer.get(fetch_of("t", 0)).value();
  EXPECT_EQ(records_of(log[0].batches).size(), 2U);
}

TEST_P(Subscription, BeginsAtTheEndWhenNothingElseIsSaid) {
  Peer peer(*core);
  peer.get(topic_of("t")).value();
  produce(peer, {"before"});
  DeclareQueue what = subscription_of("s", "t");
  what.arguments.entries.pop_back();
  peer.get(what).value();
  produce(peer, {"after"});
  EXPECT_THAT(drained(peer, "s"), ElementsAre("after"));
}

TEST_P(Subscription, BeginsAtATime) {
  Peer peer(*core);
  peer.get(topic_of("t")).value();
  produce(peer, {"old"}, 0, 1'700'000'000'000);
  produce(peer, {"new"}, 0, 1'700'000'100'000);
  peer.get(subscription_of("s", "t", "2023-11-14T22:14:00Z")).value();  // 1'700'000'040
  EXPECT_THAT(drained(peer, "s"), ElementsAre("new"));
  peer.get(subscription_of("all", "t", "2023-11-14T22:13:20Z")).value();
  EXPECT_THAT(drained(peer, "all"), ElementsAre("old", "new"));
  peer.get(subscription_of("none", "t", "2033-01-01T00:00:00Z")).value();
  EXPECT_THAT(drained(peer, "none"), IsEmpty());
}

TEST_P(Subscription, HasAPartitionOfItsOwnForWhatIsPublishedToIt) {
  Peer peer(*core);
  peer.get(topic_of("t", 2)).value();
  peer.get(subscription_of("s", "t")).value();
  peer.publish("", "s", "own");
  produce(peer, {"shared"}, 1);
  EXPECT_THAT(drained(peer, "s"), UnorderedElementsAre("own", "shared"));
  EXPECT_THAT(drained(peer, "t"), ElementsAre("shared"));
}

TEST_P(Subscription, GivesEachMessageTheIdItHasInItsLog) {
  Peer peer(*core);
  peer.get(topic_of("t", 2)).value();
  peer.get(subscription_of("s", "t")).value();
  produce(peer, {"shared"}, 1);
  const Delivery shared = *peer.get(get_of("s", true)).value().delivery;
  ASSERT_TRUE(shared.log);
  EXPECT_EQ(*shared.log, "t");
  EXPECT_EQ(shared.index, PartitionIndex(1));
  peer.publish("", "s", "own");
  const Delivery own = *peer.get(get_of("s", true)).value().delivery;
  EXPECT_FALSE(own.log);
  EXPECT_EQ(own.index, PartitionIndex(0));
}

TEST_P(Subscription, LetsMoreConsumersThanPartitionsAckOneByOne) {
  Peer peer(*core);
  peer.get(topic_of("t")).value();
  peer.get(subscription_of("s", "t")).value();
  for (int i = 1; i <= 3; ++i)
    peer.consume("s", ConsumerId(i), 1);
  produce(peer, {"a", "b", "c"});
  core->settle();
  ASSERT_EQ(peer.deliveries.size(), 3U);
  peer.settle(peer.deliveries[2]);
  peer.settle(peer.deliveries[0]);
  peer.settle(peer.deliveries[1], Settlement::requeue);
  core->settle();
  EXPECT_EQ(peer.deliveries.back().body, "b");
  EXPECT_TRUE(peer.deliveries.back().delivery.redelivered);
}

TEST_P(Subscription, IsFoundAgainWhereItWasAfterARestart) {
  Peer peer(*core);
  peer.get(topic_of("t", 2)).value();
  produce(peer, {"never seen"});
  peer.get(subscription_of("s", "t", "latest")).value();
  produce(peer, {"a", "b"});
  produce(peer, {"c"}, 1);
  EXPECT_THAT(drained(peer, "t"), testing::SizeIs(4));
  peer.settle(*peer.get(get_of("s")).value().delivery);
  core->settle();
  for (const bool clean : {false, true}) {
    const auto again = clean ? core->stopped_and_started() : core->restarted();
    Peer later(*again);
    EXPECT_THAT(drained(later, "s"), UnorderedElementsAre("b", "c"));
  }
}

TEST_P(Subscription, OfATopicThatIsDeletedKeepsWhatIsItsOwn) {
  Peer peer(*core);
  peer.get(topic_of("t")).value();
  peer.get(subscription_of("s", "t")).value();
  produce(peer, {"gone"});
  peer.publish("", "s", "own");
  core->settle();
  peer.get(DeleteTopic{"t"}).value();
  EXPECT_EQ(peer.get(passive_of("s")).value().counts.ready, 1U);
  const auto again = core->restarted();
  Peer later(*again);
  EXPECT_THAT(drained(later, "s"), ElementsAre("own"));
  EXPECT_THAT(drained(peer, "s"), ElementsAre("own"));
}

TEST_P(Subscription, IsNotFoundEqualWhenItsTopicIsGoneAndIsMadeAnewThen) {
  Peer peer(*core);
  peer.get(topic_of("t")).value();
  peer.get(subscription_of("s", "t")).value();
  peer.get(subscription_of("s", "t")).value();
  peer.get(DeleteTopic{"t"}).value();
  peer.get(topic_of("t")).value();
  const auto refused = peer.get(subscription_of("s", "t"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_THAT(refused.error().text, testing::HasSubstr("topic 't'"));
  peer.get(DeleteQueue{"s"}).value();
  peer.get(subscription_of("s", "t")).value();
  produce(peer, {"new"});
  EXPECT_THAT(drained(peer, "s"), ElementsAre("new"));
}

TEST_P(Subscription, OfAQueueSeesWhatConsumersTakeFromIt) {
  Peer peer(*core);
  peer.declare("q");
  publish_all(*core, peer, "q", {"a", "b"});
  EXPECT_THAT(drained(peer, "q"), ElementsAre("a", "b"));
  peer.get(subscription_of("s", "q")).value();
  publish_all(*core, peer, "q", {"c"});
  EXPECT_THAT(drained(peer, "s"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(drained(peer, "q"), ElementsAre("c"));
}

TEST_P(Subscription, OfOneConnectionGoesWithIt) {
  auto peer = std::make_unique<Peer>(*core);
  peer->get(topic_of("t")).value();
  DeclareQueue what = subscription_of("s", "t");
  what.exclusive = true;
  peer->get(what).value();
  produce(*peer, {"a"});
  EXPECT_THAT(drained(*peer, "s"), ElementsAre("a"));
  peer = std::make_unique<Peer>(*core);
  core->settle();
  EXPECT_EQ(peer->get(passive_of("s")).error().code, Errc::not_found);
  EXPECT_THAT(drained(*peer, "t"), ElementsAre("a"));
}

TEST_P(Subscription, IsRefusedWhereItMakesNoSense) {
  Peer peer(*core);
  EXPECT_EQ(peer.get(subscription_of("s", "missing")).error().code, Errc::not_found);
  peer.get(topic_of("t")).value();
  EXPECT_THAT(peer.get(subscription_of("t", "t")).error().text, HasSubstr("a name of its own"));
  EXPECT_EQ(peer.get(subscription_of("s", "t", "soon")).error().code, Errc::invalid_argument);
  DeclareQueue what = subscription_of("s", "t");
  what.arguments.entries.erase(what.arguments.entries.begin());
  EXPECT_THAT(peer.get(what).error().text, HasSubstr("x-source-topic"));
  peer.get(subscription_of("s", "t")).value();
  EXPECT_EQ(peer.get(subscription_of("s", "t", "latest")).error().code, Errc::not_equivalent);
  EXPECT_TRUE(peer.get(subscription_of("s", "t")));
}

}  // namespace
}  // namespace rialto::test
