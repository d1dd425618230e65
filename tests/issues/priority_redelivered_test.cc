#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gtest/gtest.h>

namespace rialto::test {
namespace {

// Messages of a queue with priorities leave it in another order than they came, so that those that
// were handed back had no mark of it.
TEST(PriorityQueue, TellsThatAMessageWasHandedOutBefore) {
  CoreRig core(Ports::one_thread);
  Peer peer(core);
  peer.get(queue_with("q", {{"x-max-priority", number(5)}})).value();
  publish_amqp(peer, {"", "q", "m"});
  publish_amqp(peer, {"", "q", "fresh"});
  core.settle();
  const auto first = peer.get(get_of("q")).value().delivery;
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->redelivered);
  peer.settle(*first, Settlement::requeue);
  core.settle();
  const auto again = peer.get(get_of("q")).value().delivery;
  ASSERT_TRUE(again);
  EXPECT_EQ(Peer::body_of(*again), "m");
  EXPECT_TRUE(again->redelivered);
  const auto fresh = peer.get(get_of("q")).value().delivery;
  ASSERT_TRUE(fresh);
  EXPECT_FALSE(fresh->redelivered);
}

}  // namespace
}  // namespace rialto::test
