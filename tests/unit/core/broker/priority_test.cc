#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;

class Priorities : public testing::TestWithParam<Ports> {
 protected:
  void declare(Peer& peer, std::int64_t levels = 5) {
    peer.get(queue_with("q", {{"x-max-priority", number(levels)}})).value();
  }
  static void send(Peer& peer, const std::string& body, int priority) {
    AmqpMessage message{"", "q", body};
    message.priority = static_cast<std::uint8_t>(priority);
    publish_amqp(peer, message);
  }

  CoreRig core{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Ports, Priorities, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(Priorities, GoHighestFirstAndInOrderWithinOne) {
  Peer peer(core);
  declare(peer);
  send(peer, "low 1", 1);
  send(peer, "none", 0);
  send(peer, "high 1", 4);
  send(peer, "low 2", 1);
  core.settle();
  send(peer, "high 2", 4);
  core.settle();
  EXPECT_THAT(drained(peer, "q"), ElementsAre("high 1", "high 2", "low 1", "low 2", "none"));
}

TEST_P(Priorities, AboveTheHighestCountAsTheHighest) {
  Peer peer(core);
  declare(peer, 2);
  send(peer, "two", 2);
  send(peer, "nine", 9);
  core.settle();
  EXPECT_THAT(drained(peer, "q"), ElementsAre("two", "nine"));
}

TEST_P(Priorities, HoldForWhatComesBack) {
  Peer peer(core);
  declare(peer);
  for (const int priority : {1, 3, 2})
    send(peer, std::to_string(priority), priority);
  core.settle();
  const Delivery first = *peer.get(get_of("q")).value().delivery;
  EXPECT_EQ(Peer::body_of(first), "3");
  EXPECT_FALSE(first.redelivered);
  peer.settle(first, Settlement::failed);
  const Delivery again = *peer.get(get_of("q")).value().delivery;
  EXPECT_EQ(Peer::body_of(again), "3");
  EXPECT_TRUE(again.redelivered);
  EXPECT_EQ(again.delivery_count, 1U);
  peer.settle(again);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("2", "1"));
  EXPECT_EQ(counts_of(peer, "q").ready + counts_of(peer, "q").unacked, 0U);
}

TEST_P(Priorities, SurviveARestartWithOrWithoutACheckpoint) {
  for (const bool checkpoint : {false, true}) {
    CoreRig first(GetParam());
    Peer peer(first);
    declare(peer);
    for (const int priority : {1, 5, 3, 4})
      send(peer, std::to_string(priority), priority);
    first.settle();
    peer.settle(*peer.get(get_of("q")).value().delivery);
    first.settle();
    if (checkpoint) {
      first.engine->roll();
      first.settle();
    }
    const auto next = first.restarted();
    Peer later(*next);
    EXPECT_EQ(counts_of(later, "q").ready, checkpoint ? 3U : counts_of(later, "q").ready);
    const auto left = drained(later, "q");
    EXPECT_THAT(std::vector<std::string>(left.end() - 3, left.end()), ElementsAre("4", "3", "1"));
  }
}

TEST_P(Priorities, LetWhatIsOverTimeGoFromBehind) {
  Peer peer(core);
  peer.get(queue_with("q", {{"x-max-priority", number(5)}, {"x-message-ttl", number(100)}}))
      .value();
  send(peer, "old and low", 1);
  core.settle();
  core.wait_ms(60);
  send(peer, "young and high", 5);
  core.settle();
  core.wait_ms(41);
  core.settle();
  EXPECT_EQ(counts_of(peer, "q").ready, 1U);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("young and high"));
}

TEST_P(Priorities, AreLeasedAndPurgedToo) {
  Peer peer(core);
  declare(peer);
  for (const int priority : {1, 5})
    send(peer, std::to_string(priority), priority);
  core.settle();
  PullMessages pull;
  pull.queue = "q";
  const auto leased = peer.get(pull).value();
  ASSERT_EQ(leased.size(), 1U);
  EXPECT_EQ(Peer::body_of(leased[0].delivery), "5");
  EXPECT_EQ(peer.get(PurgeQueue{"q"}).value().messages, 1U);
  core.wait_ms(31'000);
  core.settle();
  EXPECT_THAT(drained(peer, "q"), ElementsAre("5"));
}

}  // namespace
}  // namespace rialto::test
