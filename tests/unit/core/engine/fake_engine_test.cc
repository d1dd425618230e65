#include "core/engine/fake_engine.h"

#include "tests/unit/core/engine/engine_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using State = ReadOutcome::State;

constexpr PartitionId orders{1};
constexpr Instant now{1};

ReadSpec from(std::int64_t offset, std::size_t bytes_max = 1000) {
  return {orders, Offset{offset}, Offset{INT64_MAX}, bytes_max};
}

TEST(FakeEngine, NothingIsDurableBeforeItWasHandedOverAndCommitted) {
  FakeEngine fake;
  const Ticket a = fake.stage(data_set(orders, Offset{0}, "a"), Haste::durable);
  const Ticket b = fake.stage(data_set(orders, Offset{1}, "b"), Haste::lazy);
  EXPECT_EQ(fake.commit_all(), 0U);
  EXPECT_EQ(fake.poll(now).written, no_ticket);
  fake.hand_over(now);
  EXPECT_EQ(fake.poll(now).written, b);
  EXPECT_EQ(fake.poll(now).durable, no_ticket);
  EXPECT_EQ(fake.commit(1), 1U);
  EXPECT_EQ(fake.poll(now).durable, a);
  EXPECT_TRUE(fake.wait());
  EXPECT_EQ(fake.poll(now).durable, b);
  EXPECT_FALSE(fake.wait());
}

TEST(FakeEngine, AFailureIsForEver) {
  FakeEngine fake;
  fake.stage(data_set(orders, Offset{0}, "a"), Haste::durable);
  fake.hand_over(now);
  fake.fail(Error(Errc::io_failed, "fsync"));
  EXPECT_EQ(fake.commit_all(), 0U);
  EXPECT_EQ(fake.poll(now).durable, no_ticket);
  ASSERT_NE(fake.failed(), nullptr);
  EXPECT_FALSE(fake.close());
}

TEST(FakeEngine, ARestartKeepsTheDurablePrefixAndWhatTheTestAddsToIt) {
  FakeEngine fake;
  SeenReplay nothing;
  ASSERT_TRUE(fake.open(nothing));
  for (std::int64_t i = 0; i < 4; ++i) {
    fake.stage(data_set(orders, Offset{i}, std::string(1, static_cast<char>('a' + i))),
               Haste::durable);
  }
  fake.hand_over(now);
  fake.commit(1);
  for (const std::size_t extra : {0U, 1U, 9U}) {
    const auto next = fake.restarted_with(extra);
    SeenReplay replay;
    ASSERT_TRUE(next->open(replay));
    const std::size_t kept = std::min<std::size_t>(1 + extra, 4);
    EXPECT_EQ(replay.kinds.size(), kept);
    EXPECT_EQ(next->read(from(0), ReadToken{1}).batches.size(), kept);
    EXPECT_GT(next->epoch(), fake.epoch());
    EXPECT_EQ(next->durable_count(), kept);
  }
}

TEST(FakeEngine, ACheckpointHoldsWhatTheLastPollSaidAndReplayGoesOnFromThere) {
  FakeEngine fake;
  fake.stage(data_set(orders, Offset{0}, "a"), Haste::durable);
  fake.hand_over(now);
  fake.commit_all();
  fake.poll(now);
  fake.stage(data_set(orders, Offset{1}, "b"), Haste::durable);
  fake.hand_over(now);
  fake.commit_all();
  fake.roll();
  EXPECT_TRUE(fake.wants_checkpoint());
  fake.checkpoint({"image"});
  EXPECT_FALSE(fake.wants_checkpoint());
  const auto next = fake.restarted();
  SeenReplay replay;
  ASSERT_TRUE(next->open(replay));
  EXPECT_EQ(replay.parts, std::vector<std::string>{"image"});
  EXPECT_EQ(replay.kinds.size(), 1U);
  EXPECT_EQ(next->read(from(0), ReadToken{1}).batches.size(), 2U);
}

TEST(FakeEngine, ReadsAreHeldRefusedAndCompletedWhenTheTestSaysSo) {
  FakeEngine fake;
  fake.stage(data_set(orders, Offset{0}, "a", 2), Haste::durable);
  fake.set_busy(true);
  EXPECT_EQ(fake.read(from(0), ReadToken{1}).state, State::busy);
  fake.set_busy(false);
  fake.hold_reads(true);
  EXPECT_EQ(fake.read(from(1), ReadToken{2}).state, State::pending);
  EXPECT_TRUE(fake.poll(now).reads.empty());
  EXPECT_EQ(fake.held_reads(), 1U);
  fake.complete_reads();
  const auto reads = fake.poll(now).reads;
  ASSERT_EQ(reads.size(), 1U);
  EXPECT_EQ(reads[0].token, ReadToken{2});
  EXPECT_EQ(reads[0].batches->at(0).last_offset, Offset{1});
}

TEST(FakeEngine, RotHitsOneBatchAndItsNeighboursStayReadable) {
  FakeEngine fake;
  for (std::int64_t i = 0; i < 3; ++i)
    fake.stage(data_set(orders, Offset{i}, "x"), Haste::lazy);
  fake.rot(orders, Offset{1});
  EXPECT_EQ(fake.read(from(0), ReadToken{1}).batches.size(), 1U);
  EXPECT_EQ(fake.read(from(1), ReadToken{2}).state, State::pending);
  const auto reads = fake.poll(now).reads;
  ASSERT_EQ(reads.size(), 1U);
  EXPECT_EQ(reads[0].batches.error().code, Errc::corrupt);
  EXPECT_EQ(reads[0].quarantined, (OffsetRun{Offset{1}, Offset{1}}));
  EXPECT_EQ(fake.read(from(2), ReadToken{3}).batches.size(), 1U);
}

TEST(FakeEngine, FullRefusesAllButSettlements) {
  FakeEngine fake;
  fake.set_full(true);
  EXPECT_FALSE(fake.admits(1, Haste::durable));
  EXPECT_FALSE(fake.admits(1, Haste::written));
  EXPECT_TRUE(fake.admits(1, Haste::lazy));
}

TEST(FakeEngine, UnitsBelowTheCheckpointAreListedAndReleased) {
  FakeEngine fake;
  for (std::int64_t i = 0; i < 6; ++i) {
    fake.stage(data_set(orders, Offset{i}, "x", 1, i), Haste::durable);
    if (i % 2 == 1) fake.roll();
  }
  EXPECT_TRUE(fake.closed_units(0).empty());
  fake.hand_over(now);
  fake.commit_all();
  fake.poll(now);
  fake.checkpoint({});
  const auto units = fake.closed_units(0);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[1].held.at(0).first, Offset{2});
  EXPECT_EQ(units[1].held.at(0).last, Offset{3});
  EXPECT_EQ(fake.stored(orders, Offset{6}).at(1).max_timestamp_ms, 3);
  EXPECT_TRUE(fake.empty_units(UINT64_MAX).empty());
  fake.trim({orders, Offset{4}, Offset{4}, Offset{6}, nullptr});
  EXPECT_EQ(fake.empty_units(units[1].number).size(), 1U);
  const auto empty = fake.empty_units(UINT64_MAX);
  ASSERT_EQ(empty.size(), 2U);
  fake.release_units(empty);
  EXPECT_EQ(fake.closed_units(0).size(), 1U);
  EXPECT_EQ(fake.read(from(0), ReadToken{1}).batches.at(0).base_offset, Offset{4});
  EXPECT_EQ(fake.read_at_time(orders, 0, ReadToken{2}).batches.at(0).base_offset, Offset{4});
}

}  // namespace
}  // namespace rialto::test
