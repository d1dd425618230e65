#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Expiry : public testing::TestWithParam<Ports> {
 protected:
  void declare(Peer& peer, std::int64_t ttl_ms, const std::string& name = "q") {
    peer.get(queue_with(name, {{"x-message-ttl", number(ttl_ms)}})).value();
  }
  /// Publishes, and lets it become durable.
  void send(Peer& peer, const std::string& body, const std::string& expiration = "") {
    publish_amqp(peer, {"", "q", body, expiration});
    core.settle();
  }
  std::optional<std::string> got(Peer& peer, bool no_ack = true) {
    const auto answer = peer.get(get_of("q", no_ack)).value();
    if (!answer.delivery) return std::nullopt;
    return Peer::body_of(*answer.delivery);
  }

  CoreRig core{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Ports, Expiry, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(Expiry, IsNeverEarlyAndByItself) {
  Peer peer(core);
  declare(peer, 100);
  send(peer, "a");
  core.wait_ms(60);
  send(peer, "b");
  core.wait_ms(40);
  core.settle();
  EXPECT_EQ(counts_of(peer, "q").ready, 2U) << "not a millisecond early";
  EXPECT_LE(core.broker->next_deadline(), after_ms(core.clock.now(), 1));
  core.wait_ms(1);
  core.settle();
  EXPECT_EQ(counts_of(peer, "q").ready, 1U);
  EXPECT_EQ(core.broker->next_deadline(), after_ms(core.clock.now(), 60));
  EXPECT_EQ(got(peer), "b");
}

TEST_P(Expiry, CountsFromTheArrivalEvenAfterAnIdleHour) {
  Peer peer(core);
  declare(peer, 100);
  core.clock.advance_ms(3'600'000);
  publish_amqp(peer, {"", "q", "a"});
  core.settle();
  EXPECT_EQ(got(peer), "a");
}

TEST_P(Expiry, OfAMessageIsTheShorterOfItsOwnAndTheQueues) {
  Peer peer(core);
  declare(peer, 100);
  send(peer, "its own", "50");
  send(peer, "the queue's", "500");
  core.wait_ms(51);
  core.settle();
  EXPECT_EQ(counts_of(peer, "q").ready, 1U);
  core.wait_ms(50);
  core.settle();
  EXPECT_EQ(counts_of(peer, "q").ready, 0U);
}

TEST_P(Expiry, DoesNotWaitBehindAMessageThatStays) {
  Peer peer(core);
  peer.declare("q");
  send(peer, "stays");
  send(peer, "goes", "100");
  send(peer, "goes later", "200");
  core.wait_ms(101);
  core.settle();
  EXPECT_EQ(counts_of(peer, "q").ready, 2U);
  core.wait_ms(100);
  core.settle();
  EXPECT_EQ(counts_of(peer, "q").ready, 1U);
  EXPECT_EQ(got(peer), "stays");
}

TEST_P(Expiry, NeverDeliversWhatIsOverTime) {
  Peer peer(core);
  declare(peer, 100);
  for (const char* body : {"a", "b", "c"})
    send(peer, body);
  core.clock.advance_ms(101);
  Consume consume;
  consume.queue = "q";
  consume.consumer = ConsumerId(1);
  peer.get(consume).value();
  PullMessages pull;
  pull.queue = "q";
  EXPECT_THAT(peer.get(pull).value(), IsEmpty());
  EXPECT_THAT(peer.bodies(), IsEmpty());
  EXPECT_EQ(counts_of(peer, "q").ready + counts_of(peer, "q").unacked, 0U);
}

TEST_P(Expiry, OfWhatIsOutWaitsForItsReturn) {
  Peer peer(core);
  declare(peer, 100);
  send(peer, "a");
  peer.consume("q", ConsumerId(1), 1);
  ASSERT_THAT(peer.bodies(), ElementsAre("a"));
  core.wait_ms(1000);
  core.settle();
  EXPECT_EQ(counts_of(peer, "q").unacked, 1U);
  peer.settle(peer.deliveries[0], Settlement::requeue);
  core.settle();
  EXPECT_THAT(peer.bodies(), ElementsAre("a"));
  EXPECT_EQ(counts_of(peer, "q").ready + counts_of(peer, "q").unacked, 0U);
}

TEST_P(Expiry, OfZeroIsForAConsumerThatWaits) {
  Peer peer(core);
  declare(peer, 0);
  send(peer, "nobody waits");
  EXPECT_EQ(counts_of(peer, "q").ready, 0U);
  peer.consume("q");
  send(peer, "somebody waits");
  EXPECT_THAT(peer.bodies(), ElementsAre("somebody waits"));
}

TEST_P(Expiry, IsKnownAfterARestartWithOrWithoutACheckpoint) {
  for (const bool checkpoint : {false, true}) {
    CoreRig first(GetParam());
    Peer peer(first);
    peer.declare("q");
    publish_amqp(peer, {"", "q", "stays"});
    publish_amqp(peer, {"", "q", "goes", "100"});
    first.settle();
    if (checkpoint) {
      first.engine->roll();
      first.settle();
    }
    auto next = first.restarted();
    Peer later(*next);
    EXPECT_EQ(counts_of(later, "q").ready, 2U);
    next->wait_ms(101);
    next->settle();
    EXPECT_EQ(counts_of(later, "q").ready, 1U) << checkpoint;
  }
}

TEST_P(Expiry, OfWhatWasOutAtACheckpointOrAStopIsNotForgotten) {
  for (const bool stops : {false, true}) {
    CoreRig first(GetParam());
    Peer peer(first);
    peer.declare("q");
    publish_amqp(peer, {"", "q", "stays"});
    publish_amqp(peer, {"", "q", "goes", "100"});
    for (int n = 0; n < 2; ++n)
      ASSERT_TRUE(peer.get(get_of("q")).value().delivery);
    first.wait_ms(101);
    if (!stops) first.engine->roll();
    first.settle();
    auto next = stops ? first.stopped_and_started() : first.restarted();
    Peer later(*next);
    EXPECT_EQ(counts_of(later, "q").ready, 1U) << stops;
  }
}

TEST_P(Expiry, OnceDurableIsForGood) {
  Peer peer(core);
  declare(peer, 100);
  send(peer, "a");
  core.wait_ms(101);
  core.settle();
  auto next = core.restarted();
  next->clock.set_wall(WallMs(1'700'000'000'000));  // as if the clock had been set back
  Peer later(*next);
  EXPECT_EQ(counts_of(later, "q").ready, 0U);
}

TEST_P(Expiry, HappensInAVolatileQueueToo) {
  Peer peer(core);
  auto what = queue_with("q", {{"x-message-ttl", number(100)}});
  what.durable = false;
  what.exclusive = true;
  peer.get(what).value();
  send(peer, "a");
  core.wait_ms(101);
  EXPECT_EQ(counts_of(peer, "q").ready, 0U);
}

TEST_P(Expiry, WaitsForAColdRead) {
  Peer peer(core);
  declare(peer, 100);
  core.engine->hold_reads(true);
  publish_amqp(peer, {"", "q", "a"});
  core.settle();
  core.wait_ms(101);
  EXPECT_FALSE(core.broker->has_work());
  core.engine->hold_reads(false);
  core.engine->complete_reads();
  core.settle();
  EXPECT_EQ(counts_of(peer, "q").ready, 0U);
}

// ---- queues ---------------------------------------------------------------------------------

TEST_P(Expiry, TakesAQueueThatNobodyUses) {
  Peer peer(core);
  peer.get(queue_with("q", {{"x-expires", number(100)}})).value();
  core.clock.advance_ms(60);  // nothing has happened since: no tick either
  peer.get(passive_of("q")).value();
  core.wait_ms(60);
  got(peer);
  core.wait_ms(60);
  peer.consume("q");
  core.wait_ms(1000);
  core.settle();
  EXPECT_TRUE(peer.get(passive_of("q"))) << "it has a consumer";
  peer.get(CancelConsumer{ConsumerId(1)}).value();
  core.wait_ms(99);
  core.settle();
  publish_amqp(peer, {"", "q", "a message is no use of it"});
  core.wait_ms(1);
  core.settle();
  EXPECT_EQ(peer.get(passive_of("q")).error().code, Errc::not_found);
  auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("q")).error().code, Errc::not_found);
}

TEST_P(Expiry, OfAQueueStartsAnewWithTheProcess) {
  Peer peer(core);
  peer.get(queue_with("q", {{"x-expires", number(100)}})).value();
  core.wait_ms(99);
  auto next = core.restarted();
  Peer later(*next);
  next->wait_ms(99);
  next->settle();
  EXPECT_TRUE(later.get(DescribeQueue{"q"}));
  next->wait_ms(1);
  next->settle();
  EXPECT_FALSE(later.get(DescribeQueue{"q"}));
}

}  // namespace
}  // namespace rialto::test
