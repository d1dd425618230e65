#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gtest/gtest.h>

namespace rialto::test {
namespace {

// A checkpoint between the two told a count that no frame had told: replay of the same frames
// without the checkpoint came to another end.
TEST(DeliveryCount, ThatIsOverItsLimitIsJournalledBeforeTheMessageMoves) {
  CoreRig core(Ports::one_thread);
  {
    Peer peer(core);
    peer.declare("dead");
    peer.get(queue_with("q", {{"x-delivery-limit", number(0)},
                              {"x-dead-letter-exchange", text("")},
                              {"x-dead-letter-routing-key", text("dead")}}))
        .value();
    publish_amqp(peer, {"", "q", "m"});
    core.settle();
    peer.settle(*peer.get(get_of("q")).value().delivery, Settlement::failed);
    core.tick();
    ASSERT_EQ(core.engine->commit(1), 1U) << "the first of what the failure leaves behind";
  }
  const auto again = core.restarted();
  Peer later(*again);
  EXPECT_EQ(counts_of(later, "dead").ready, 0U);
  const auto found = later.get(get_of("q")).value().delivery;
  ASSERT_TRUE(found);
  EXPECT_EQ(found->delivery_count, 1U);
}

}  // namespace
}  // namespace rialto::test
