#include "core/queue/queue.h"

#include "core/model/frames/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rialto {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr PartitionId p1{11};
constexpr PartitionId p2{12};
constexpr SessionId alice{1};
constexpr SessionId bob{2};
constexpr ConsumerId c1{1};
constexpr ConsumerId c2{2};
constexpr ConsumerId c3{3};
constexpr Moment moment{Instant(1'000'000'000), WallMs(1'700'000'000'000)};

Lease lease_of(std::int64_t ms) {
  return {after_ms(moment.now, ms), moment.wall + ms};
}

class AQueue : public testing::Test {
 protected:
  AQueue() { queue.add_partition(p1, PartitionIndex(0), Offset(0), Offset(10)); }

  std::vector<std::int64_t> offsets(int at_most = 100) {
    std::vector<std::int64_t> out;
    while (at_most-- > 0) {
      const auto a = queue.next();
      if (!a) break;
      out.push_back(a->offset.get());
    }
    return out;
  }
  SettleOutcome settle(SessionId who, std::int64_t first, std::int64_t last, SettleHow how) {
    SettleOutcome out;
    queue.settle(who, p1, Offset(first), Offset(last), how, out);
    return out;
  }

  QueueMachine queue;
};

TEST_F(AQueue, HandsOutInOrderUntilTheCreditIsUsed) {
  ASSERT_EQ(queue.add_consumer(alice, c1, {.prefetch = 3}), Errc::ok);
  EXPECT_THAT(offsets(), ElementsAre(0, 1, 2));
  EXPECT_EQ(queue.ready_count(), 7U);
  EXPECT_EQ(queue.unacked_count(), 3U);
}

TEST_F(AQueue, GivesCreditBackAtOnceWhenSettled) {
  queue.add_consumer(alice, c1, {.prefetch = 2});
  offsets();
  const auto out = settle(alice, 0, 1, SettleHow::ack);
  ASSERT_EQ(out.settled.size(), 1U);
  EXPECT_EQ(out.settled[0].first, Offset(0));
  EXPECT_EQ(out.settled[0].last, Offset(1));
  EXPECT_THAT(offsets(), ElementsAre(2, 3));
  EXPECT_EQ(queue.floor(p1), Offset(2));
}

TEST_F(AQueue, CountsWhatTheSessionDoesNotHoldAsUnknown) {
  queue.add_consumer(alice, c1, {.prefetch = 4});
  queue.add_consumer(bob, c1, {.prefetch = 4});
  offsets();  // alternating
  const auto out = settle(alice, 0, 9, SettleHow::ack);
  EXPECT_EQ(out.settled.size(), 4U);
  EXPECT_EQ(out.unknown, 6U);
  EXPECT_EQ(settle(alice, 0, 0, SettleHow::ack).unknown, 1U);
  EXPECT_EQ(settle(alice, -5, 100'000'000'000, SettleHow::ack).settled.size(), 0U);
}

TEST_F(AQueue, RequeuesToTheOriginalPlaceBeforeEverythingElse) {
  queue.add_consumer(alice, c1, {.prefetch = 5});
  offsets();
  settle(alice, 3, 3, SettleHow::requeue);
  settle(alice, 1, 1, SettleHow::requeue);
  const auto first = queue.next();
  const auto second = queue.next();
  EXPECT_EQ(first->offset, Offset(1));
  EXPECT_TRUE(first->redelivered);
  EXPECT_EQ(first->deliveries, 1U);
  EXPECT_EQ(second->offset, Offset(3));
  EXPECT_FALSE(queue.next());
}

TEST_F(AQueue, TakesTurnsAmongReadyConsumersOfOnePriority) {
  queue.add_consumer(alice, c1, {});
  queue.add_consumer(alice, c2, {.prefetch = 1});
  queue.add_consumer(bob, c3, {});
  std::vector<std::uint64_t> who;
  for (int i = 0; i < 6; ++i)
    who.push_back(queue.next()->consumer.get());
  EXPECT_THAT(who, ElementsAre(1, 2, 3, 1, 3, 1));
}

TEST_F(AQueue, ServesAHigherPriorityUntilItsCreditIsUsed) {
  queue.add_consumer(alice, c1, {});
  queue.add_consumer(bob, c2, {.prefetch = 2, .priority = 5});
  std::vector<std::uint64_t> who;
  for (int i = 0; i < 4; ++i)
    who.push_back(queue.next()->consumer.get());
  EXPECT_THAT(who, ElementsAre(2, 2, 1, 1));
}

TEST_F(AQueue, DeliversNothingToASessionWhoseOutQueueIsFull) {
  queue.add_consumer(alice, c1, {});
  queue.set_session_ready(alice, false);
  EXPECT_FALSE(queue.can_deliver());
  EXPECT_FALSE(queue.next());
  queue.add_consumer(alice, c2, {});
  EXPECT_FALSE(queue.next()) << "a consumer that came while the session was not ready";
  queue.set_session_ready(alice, true);
  EXPECT_THAT(offsets(2), ElementsAre(0, 1));
}

TEST_F(AQueue, LetsAnExclusiveConsumerBeAlone) {
  ASSERT_EQ(queue.add_consumer(alice, c1, {.exclusive = true}), Errc::ok);
  EXPECT_EQ(queue.add_consumer(bob, c1, {}), Errc::in_use);
  EXPECT_TRUE(queue.remove_consumer(alice, c1));
  EXPECT_EQ(queue.add_consumer(bob, c1, {}), Errc::ok);
  EXPECT_EQ(queue.add_consumer(alice, c2, {.exclusive = true}), Errc::in_use);
  EXPECT_EQ(queue.consumer_count(), 1U);
}

TEST_F(AQueue, KeepsWhatACancelledConsumerHoldsOutUntilItsSessionEnds) {
  queue.add_consumer(alice, c1, {.prefetch = 3});
  offsets();
  queue.remove_consumer(alice, c1);
  EXPECT_EQ(queue.unacked_count(), 3U);
  EXPECT_EQ(settle(alice, 0, 0, SettleHow::ack).settled.size(), 1U);
  const auto returned = queue.remove_session(alice);
  ASSERT_EQ(returned.size(), 2U);
  EXPECT_EQ(returned[0].offset, Offset(1));
  EXPECT_EQ(returned[0].deliveries, 1U);
  EXPECT_EQ(queue.ready_count(), 9U);
  EXPECT_TRUE(queue.ever_consumed());
}

TEST_F(AQueue, DoesNotCreditTheNextTenantOfASlot) {
  queue.add_consumer(alice, c1, {.prefetch = 1});
  offsets();
  queue.remove_consumer(alice, c1);
  queue.add_consumer(alice, c2, {.prefetch = 1});
  EXPECT_THAT(offsets(), ElementsAre(1));
  settle(alice, 0, 0, SettleHow::ack);
  EXPECT_FALSE(queue.next()) << "c2 still holds one";
}

TEST_F(AQueue, SettlesAtOnceWithoutAck) {
  queue.add_consumer(alice, c1, {.no_ack = true, .prefetch = 1});
  EXPECT_EQ(offsets().size(), 10U);
  EXPECT_EQ(queue.unacked_count(), 0U);
  EXPECT_EQ(queue.floor(p1), Offset(10));
}

TEST_F(AQueue, ForgetsAnAssignmentThatWasUndone) {
  queue.add_consumer(alice, c1, {.prefetch = 1});
  const auto first = *queue.next();
  queue.undo(first);
  EXPECT_EQ(queue.ready_count(), 10U);
  const auto again = *queue.next();
  EXPECT_EQ(again.offset, Offset(0));
  EXPECT_FALSE(again.redelivered);
  EXPECT_EQ(again.deliveries, 0U);
  settle(alice, 0, 0, SettleHow::requeue);
  queue.undo(*queue.next());
  EXPECT_TRUE(queue.next()->redelivered) << "undo forgets the try, not what was before";
}

TEST_F(AQueue, DoesNotTakeBackWhatSomebodyElseHasByNow) {
  const auto stale = *queue.take(alice, false);
  queue.undo(stale);
  EXPECT_EQ(queue.take(bob, false)->offset, stale.offset);
  queue.undo(stale);
  EXPECT_EQ(queue.unacked_count(), 1U);
  EXPECT_EQ(settle(bob, 0, 0, SettleHow::ack).unknown, 0U);
}

TEST_F(AQueue, TakesBackASettledMessageThatCouldNotBeRead) {
  const auto got = *queue.take(alice, true);
  EXPECT_EQ(queue.floor(p1), Offset(1));
  queue.undo(got);
  EXPECT_EQ(queue.floor(p1), Offset(0));
  EXPECT_EQ(queue.ready_count(), 10U);
  EXPECT_EQ(queue.take(alice, true)->offset, Offset(0));
}

TEST_F(AQueue, DoesNotCountOffsetsWithoutARecord) {
  queue.add_consumer(alice, c1, {.prefetch = 1});
  const auto first = *queue.next();
  queue.skip(p1, first.offset, first.offset);
  queue.skip(p1, Offset(5), Offset(6));
  EXPECT_EQ(queue.ready_count(), 7U);
  EXPECT_EQ(queue.unacked_count(), 0U);
  std::vector<std::int64_t> seen;
  while (const auto a = queue.next()) {
    seen.push_back(a->offset.get());
    settle(alice, a->offset.get(), a->offset.get(), SettleHow::ack);
  }
  EXPECT_THAT(seen, ElementsAre(1, 2, 3, 4, 7, 8, 9));
}

TEST_F(AQueue, GetsNeedNoConsumerAndNoCredit) {
  queue.add_consumer(alice, c1, {.prefetch = 1});
  offsets();
  EXPECT_EQ(queue.take(alice, false)->offset, Offset(1));
  EXPECT_EQ(settle(alice, 1, 1, SettleHow::ack).unknown, 0U);
  EXPECT_FALSE(queue.next()) << "settling a get gives no credit";
}

TEST_F(AQueue, PurgesWhatIsReadyAndNothingInFlight) {
  queue.add_consumer(alice, c1, {.prefetch = 4});
  offsets();
  settle(alice, 1, 1, SettleHow::requeue);
  queue.set_session_ready(alice, false);
  const auto purged = queue.purge();
  ASSERT_EQ(purged.size(), 1U);
  ASSERT_EQ(purged[0].runs.size(), 2U);
  EXPECT_EQ(purged[0].runs[0].first, Offset(1));
  EXPECT_EQ(purged[0].runs[0].last, Offset(1));
  EXPECT_EQ(purged[0].runs[1].first, Offset(4));
  EXPECT_EQ(purged[0].runs[1].last, Offset(9));
  EXPECT_EQ(queue.ready_count(), 0U);
  EXPECT_EQ(queue.unacked_count(), 3U);
}

TEST_F(AQueue, LosesWhatWasTrimmedAndDoesNotTakeItBack) {
  queue.add_consumer(alice, c1, {.prefetch = 2});
  offsets();
  queue.trimmed(p1, Offset(5));
  EXPECT_EQ(queue.ready_count(), 5U);
  EXPECT_THAT(queue.remove_session(alice), IsEmpty());
  EXPECT_EQ(queue.ready_count(), 5U);
  EXPECT_EQ(queue.floor(p1), Offset(5));
}

TEST_F(AQueue, TakesTurnsAmongPartitions) {
  queue.add_partition(p2, PartitionIndex(1), Offset(0), Offset(2));
  queue.add_consumer(alice, c1, {});
  std::vector<std::int32_t> from;
  for (int i = 0; i < 6; ++i)
    from.push_back(queue.next()->index.get());
  EXPECT_THAT(from, ElementsAre(0, 1, 0, 1, 0, 0));
  queue.arrived(p2, Offset(3));
  EXPECT_THAT((std::vector{queue.next()->index.get(), queue.next()->index.get()}),
              testing::Contains(1));
}

TEST_F(AQueue, HandsALeaseOutUntilItsDeadline) {
  const auto got = *queue.lease(lease_of(100));
  EXPECT_EQ(got.attempt(), 1U);
  EXPECT_EQ(queue.next_deadline(), after_ms(moment.now, 100));
  EXPECT_THAT(queue.expire_leases(after_ms(moment.now, 99)), IsEmpty());
  const auto returned = queue.expire_leases(after_ms(moment.now, 100));
  ASSERT_EQ(returned.size(), 1U);
  EXPECT_EQ(returned[0].deliveries, 1U);
  EXPECT_EQ(queue.next_deadline(), no_deadline);
  const auto again = *queue.lease(lease_of(300));
  EXPECT_EQ(again.offset, got.offset);
  EXPECT_EQ(again.attempt(), 2U);
  EXPECT_TRUE(again.redelivered);
}

TEST_F(AQueue, SettlesALeaseOnlyWhileItIsCurrent) {
  SettleOutcome out;
  const auto got = *queue.lease(lease_of(100));
  EXPECT_EQ(queue.settle_lease(p1, got.offset, 2, SettleHow::ack, out), Errc::lease_expired);
  EXPECT_EQ(queue.extend_lease(p1, got.offset, 1, lease_of(200)), Errc::ok);
  EXPECT_THAT(queue.expire_leases(after_ms(moment.now, 150)), IsEmpty());
  EXPECT_EQ(queue.settle_lease(p1, got.offset, 1, SettleHow::ack, out), Errc::ok);
  EXPECT_EQ(out.settled.size(), 1U);
  EXPECT_EQ(queue.settle_lease(p1, got.offset, 1, SettleHow::ack, out), Errc::lease_expired);
  EXPECT_EQ(settle(alice, 0, 0, SettleHow::ack).unknown, 1U);
  EXPECT_THAT(queue.expire_leases(after_ms(moment.now, 1'000)), IsEmpty());
}

TEST_F(AQueue, DoesNotLetASessionSettleALease) {
  queue.lease(lease_of(100));
  EXPECT_EQ(settle(SessionId(0), 0, 0, SettleHow::ack).unknown, 1U);
  EXPECT_THAT(queue.return_all(SessionId(0)), IsEmpty());
}

QueueMachine& reopened(const QueueMachine& from, QueueMachine& into) {
  QueueImage image;
  from.image(image);
  QueueImage read;
  EXPECT_TRUE(decode_fields(encode_fields(image), read));
  into.restore(read, moment);
  return into;
}

TEST_F(AQueue, RestoresLeasesWithTheirDeadlines) {
  const auto got = *queue.lease(lease_of(100));
  QueueMachine again;
  reopened(queue, again);
  EXPECT_EQ(again.unacked_count(), 1U);
  EXPECT_EQ(again.ready_count(), 9U);
  EXPECT_EQ(again.take(alice, false)->offset, Offset(1)) << "the leased one is not handed out";
  ASSERT_EQ(again.expire_leases(after_ms(moment.now, 100)).size(), 1U);
  const auto next = *again.take(alice, false);
  EXPECT_EQ(next.offset, got.offset);
  EXPECT_EQ(next.deliveries, 1U);
}

TEST_F(AQueue, ReplaysALeaseBeforeItsRecordIsVisible) {
  queue.replay_lease({p1, Offset(11), 1, moment.wall.get() + 50}, moment);
  EXPECT_EQ(queue.ready_count(), 10U);
  queue.arrived(p1, Offset(13));
  EXPECT_EQ(queue.ready_count(), 12U);
  EXPECT_EQ(queue.unacked_count(), 1U);
  std::vector<std::int64_t> seen;
  while (const auto a = queue.take(bob, true))
    seen.push_back(a->offset.get());
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12));
}

TEST_F(AQueue, KnowsAfterACleanStopWhatMayHaveBeenDelivered) {
  queue.add_consumer(alice, c1, {.prefetch = 3});
  offsets();
  settle(alice, 1, 1, SettleHow::ack);
  QueueMachine again;
  reopened(queue, again);
  std::vector<bool> redelivered;
  std::vector<std::int64_t> seen;
  while (const auto a = again.take(bob, false)) {
    seen.push_back(a->offset.get());
    redelivered.push_back(a->redelivered);
    EXPECT_EQ(a->deliveries, 0U) << "no count is raised by a stop";
  }
  EXPECT_THAT(seen, ElementsAre(0, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(redelivered,
              ElementsAre(true, true, false, false, false, false, false, false, false));
}

TEST_F(AQueue, MarksEverythingRedeliveredAfterACrash) {
  queue.replay_settled(p1, Offset(0), Offset(3));
  queue.replay_count(p1, Offset(5), 7);
  queue.mark_all_redelivered();
  queue.arrived(p1, Offset(11));
  EXPECT_EQ(queue.ready_count(), 7U);
  std::vector<std::pair<bool, std::uint32_t>> seen;
  while (const auto a = queue.take(bob, false))
    seen.emplace_back(a->redelivered, a->deliveries);
  ASSERT_EQ(seen.size(), 7U);
  EXPECT_EQ(seen[0], std::pair(true, 0U));
  EXPECT_EQ(seen[1], std::pair(true, 7U));
  EXPECT_EQ(seen[6], std::pair(false, 0U)) << "it arrived after the restart";
}

TEST_F(AQueue, ReplaysSettlementsInAnyShape) {
  queue.replay_lease({p1, Offset(4), 2, moment.wall.get() + 50}, moment);
  queue.replay_lease({p1, Offset(6), 1, moment.wall.get() + 50}, moment);
  queue.replay_lease({p1, Offset(6), 1, 0}, moment);
  queue.replay_settled(p1, Offset(2), Offset(4));
  queue.replay_settled(p1, Offset(8), Offset(12));
  queue.replay_settled(p1, Offset(3), Offset(3));
  EXPECT_EQ(queue.unacked_count(), 0U);
  EXPECT_EQ(queue.ready_count(), 5U);
  queue.arrived(p1, Offset(15));
  EXPECT_EQ(queue.ready_count(), 7U);
  std::vector<std::int64_t> seen;
  std::uint32_t count_of_6 = 0;
  while (const auto a = queue.take(bob, true)) {
    seen.push_back(a->offset.get());
    if (a->offset == Offset(6)) count_of_6 = a->deliveries;
  }
  EXPECT_THAT(seen, ElementsAre(0, 1, 5, 6, 7, 13, 14));
  EXPECT_EQ(count_of_6, 1U);
}

TEST_F(AQueue, TellsWhetherAnyOfSomeOffsetsIsUnsettled) {
  queue.replay_settled(p1, Offset(0), Offset(1));
  queue.replay_settled(p1, Offset(4), Offset(5));
  EXPECT_FALSE(queue.any_unsettled_in(p1, Offset(0), Offset(1)));
  EXPECT_TRUE(queue.any_unsettled_in(p1, Offset(0), Offset(2)));
  EXPECT_TRUE(queue.any_unsettled_in(p1, Offset(3), Offset(5)));
  EXPECT_FALSE(queue.any_unsettled_in(p1, Offset(4), Offset(5)));
  EXPECT_TRUE(queue.any_unsettled_in(p1, Offset(6), Offset(6)));
  EXPECT_FALSE(queue.any_unsettled_in(p2, Offset(0), Offset(9)));
  EXPECT_EQ(queue.floor(p2), no_offset);
}

TEST(QueueBacklog, CostsNothingUntilItIsTouched) {
  QueueMachine queue;
  constexpr std::int64_t many = 1'000'000'000'000;
  queue.add_partition(p1, PartitionIndex(0), Offset(0), Offset(many));
  EXPECT_EQ(queue.ready_count(), static_cast<std::uint64_t>(many));
  EXPECT_EQ(queue.take(alice, false)->offset, Offset(0));
  const auto purged = queue.purge();
  EXPECT_EQ(purged[0].runs.size(), 1U);
  EXPECT_EQ(queue.ready_count(), 0U);
}

}  // namespace
}  // namespace rialto
