#include "core/queue/queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto {
namespace {

constexpr PartitionId p{1};
constexpr SessionId alice{1};

class WaitingMessages : public testing::Test {
 protected:
  WaitingMessages() { queue.add_partition(p, PartitionIndex(0), Offset(0), Offset(4)); }

  Lease in_ms(std::int64_t ms) const {
    return {after_ms(moment.now, ms), WallMs(moment.wall.get() + ms)};
  }
  void delay(std::int64_t offset, std::int64_t ms) { queue.delay(p, Offset(offset), in_ms(ms)); }
  std::vector<std::int64_t> rest() {
    std::vector<std::int64_t> out;
    while (const auto got = queue.take(alice, true))
      out.push_back(got->offset.get());
    return out;
  }

  Moment moment{Instant(1'000'000'000), WallMs(5000)};
  QueueMachine queue;
};

TEST_F(WaitingMessages, AreNeitherReadyNorOutAndKeepTheirPlace) {
  delay(1, 10);
  EXPECT_EQ(queue.ready_count(), 3U);
  EXPECT_EQ(queue.unacked_count(), 0U);
  EXPECT_EQ(queue.waiting_count(), 1U);
  EXPECT_EQ(queue.take(alice, false)->offset, Offset(0));
  EXPECT_EQ(queue.take(alice, false)->offset, Offset(2));
  EXPECT_EQ(queue.next_deadline(), in_ms(10).deadline);
  EXPECT_TRUE(queue.end_waits(in_ms(9).deadline).empty());
  EXPECT_EQ(queue.end_waits(in_ms(10).deadline).size(), 1U);
  EXPECT_EQ(queue.next_deadline(), no_deadline);
  EXPECT_THAT(rest(), testing::ElementsAre(1, 3));
}

TEST_F(WaitingMessages, AreInTheImageWithTheirTimeAndCount) {
  const auto got = *queue.take(alice, false);
  SettleOutcome out;
  queue.settle(alice, p, got.offset, got.offset, SettleHow::requeue, out);
  delay(0, 10);
  QueueImage image;
  queue.image(image);
  QueueMachine again;
  again.restore(image, moment);
  EXPECT_EQ(again.waiting_count(), 1U);
  EXPECT_EQ(again.ready_count(), 3U);
  EXPECT_EQ(again.next_deadline(), in_ms(10).deadline);
  const auto ready = again.end_waits(in_ms(10).deadline);
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_EQ(ready[0].deliveries, 1U);
  EXPECT_EQ(again.take(alice, false)->deliveries, 1U);
}

TEST_F(WaitingMessages, AreReplayedOverEarlierWaitsLeasesAndCounts) {
  queue.replay_count(p, Offset(1), 1);
  queue.replay_wait(p, Offset(1), in_ms(10));
  EXPECT_EQ(queue.waiting_count(), 1U);
  queue.replay_count(p, Offset(1), 2);
  EXPECT_EQ(queue.waiting_count(), 0U) << "returned without a wait";
  queue.replay_wait(p, Offset(1), in_ms(20));
  queue.replay_lease({p, Offset(1), 3, moment.wall.get() + 5}, moment);
  EXPECT_EQ(queue.waiting_count(), 0U);
  EXPECT_EQ(queue.unacked_count(), 1U);
  queue.replay_lease({p, Offset(1), 3, 0}, moment);
  queue.replay_count(p, Offset(1), 3);
  queue.replay_wait(p, Offset(1), in_ms(30));
  EXPECT_EQ(queue.waiting_count(), 1U);
  EXPECT_EQ(queue.ready_count(), 3U);
  EXPECT_TRUE(queue.end_waits(in_ms(29).deadline).empty());
  queue.replay_settled(p, Offset(1), Offset(1));
  EXPECT_EQ(queue.waiting_count(), 0U);
  EXPECT_TRUE(queue.end_waits(in_ms(30).deadline).empty());
  EXPECT_THAT(rest(), testing::ElementsAre(0, 2, 3));
}

TEST_F(WaitingMessages, KeepTheirPlaceAmongPriorities) {
  QueueMachine ordered;
  ordered.use_priorities(3);
  ordered.add_partition(p, PartitionIndex(0), Offset(0), Offset(0));
  ordered.arrived(p, Offset(3), {0, 3, 0});
  ordered.delay(p, Offset(1), in_ms(10));
  EXPECT_EQ(ordered.take(alice, true)->offset, Offset(0));
  ordered.end_waits(in_ms(10).deadline);
  EXPECT_EQ(ordered.take(alice, true)->offset, Offset(1));
  EXPECT_EQ(ordered.take(alice, true)->offset, Offset(2));
}

TEST_F(WaitingMessages, AreAllReadyWhenNoTimeIsLeft) {
  delay(1, 10);
  delay(2, 1'000'000);
  ASSERT_EQ(queue.purge().size(), 1U);
  EXPECT_EQ(queue.waiting_count(), 2U);
  EXPECT_EQ(queue.end_waits(no_deadline).size(), 2U);
  EXPECT_THAT(rest(), testing::ElementsAre(1, 2));
}

TEST_F(WaitingMessages, OrAreBlockedOnTheirWayAndKnownAsSuchAfterARestart) {
  const auto reason_of = [](const QueueMachine& of) {
    std::vector<std::pair<std::int64_t, SettleReason>> out;
    of.for_each_blocked([&](PartitionId, Offset offset, SettleReason reason) {
      out.emplace_back(offset.get(), reason);
    });
    return out;
  };
  queue.move(p, Offset(1));
  EXPECT_EQ(queue.block(p, Offset(1), SettleReason::expired), 0U);
  queue.replay_count(p, Offset(2), 3);
  queue.replay_blocked(p, Offset(2), SettleReason::rejected);
  queue.move(p, Offset(3));
  EXPECT_EQ(queue.blocked_count(), 2U);
  EXPECT_EQ(queue.ready_count(), 1U);
  QueueImage image;
  queue.image(image);
  QueueMachine again;
  again.restore(image, moment);
  EXPECT_EQ(again.ready_count(), 2U) << "who only moved is ready again";
  EXPECT_THAT(reason_of(again), testing::ElementsAre(testing::Pair(1, SettleReason::expired),
                                                     testing::Pair(2, SettleReason::rejected)));
  again.moved(p, Offset(1));
  again.moved(p, Offset(1));
  again.replay_settled(p, Offset(2), Offset(2));
  again.replay_blocked(p, Offset(2), SettleReason::rejected);
  EXPECT_EQ(again.blocked_count(), 0U);
  EXPECT_EQ(again.unacked_count(), 0U);
}

TEST_F(WaitingMessages, AreBounded) {
  const auto many = static_cast<std::int64_t>(QueueMachine::waiting_max);
  queue.arrived(p, Offset(many + 10));
  for (std::int64_t i = 0; i < many; ++i)
    delay(i, 10 + i % 2);
  EXPECT_EQ(queue.take(alice, false), std::nullopt) << "nothing more can be returned";
  queue.end_waits(in_ms(10).deadline);
  EXPECT_EQ(queue.take(alice, false)->offset, Offset(0));
}

}  // namespace
}  // namespace rialto
