#include "core/engine/placement_index.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace rialto::test {
namespace {

using Kind = PlacementIndex::Run::Kind;

constexpr PartitionId orders{1};

/// Memory of the index while a million messages of 1 KiB lie in the journal, each a batch of its
/// own: the open slot's dense form, one more slot that waits for its side file, 24 bytes for each
/// slot behind them.
constexpr std::size_t index_bytes_for_a_million_max = 6 * 1024 * 1024;

TEST(PlacementIndex, AMillionMessagesStoredOneByOneTakeABoundedIndex) {
  constexpr std::uint64_t slot_bytes = 64ULL << 20;
  constexpr std::uint64_t frame_bytes = 1024 + 61 + 64 + 64 + 3;
  PlacementIndex index;
  index.roll_to(0);
  std::size_t most = 0;
  std::uint64_t at = 0;
  for (std::int64_t i = 0; i < 1'000'000; ++i, at += frame_bytes) {
    if (at / slot_bytes != index.open_slot()) {
      // The last but one has its side file by now.
      if (index.open_slot() > 0) index.side_file_written(index.open_slot() - 1);
      index.roll_to(at / slot_bytes);
    }
    FrameFacts frame;
    frame.lsn = Lsn(at);
    frame.max_timestamp_ms = i;
    frame.payload_bytes = 1024 + 61;
    ASSERT_TRUE(index.add(frame, {{orders, Offset{i}, 0}}, true));
    if (i % 1000 == 0) most = std::max(most, index.bytes());
  }
  EXPECT_GT(index.open_slot(), 15U);
  EXPECT_LE(most, index_bytes_for_a_million_max);
  RecordProperty("index_bytes", static_cast<int>(most));
}

std::vector<HeldRows> one(PartitionId partition, std::int64_t first, std::int64_t last) {
  return {{partition, Offset{first}, Offset{last}, last * 1000, 0, 1, 100}};
}

/// Ten records of `orders` in each of slots 0 to 99; the open one is the next.
PlacementIndex a_hundred_slots() {
  PlacementIndex index;
  for (std::uint64_t slot = 0; slot < 100; ++slot) {
    const auto first = static_cast<std::int64_t>(slot) * 10;
    index.add_sealed(slot, one(orders, first, first + 9), true);
  }
  index.roll_to(100);
  return index;
}

KeptRecords kept(std::int64_t first, std::int64_t log_start,
                 std::vector<std::int64_t> waiting = {}) {
  const auto waits = [waiting](Offset from, Offset to) {
    return std::any_of(waiting.begin(), waiting.end(),
                       [&](std::int64_t w) { return w >= from.get() && w <= to.get(); });
  };
  return {orders, Offset{first}, Offset{log_start}, Offset{1000}, waits};
}

TEST(PlacementIndex, ASlotNobodyKnowsStopsOnlyTheReadsThatMightNeedIt) {
  PlacementIndex index;
  index.add_sealed(0, one(orders, 0, 9), true);
  index.mark_unknown(1);
  index.add_sealed(2, one(orders, 20, 29), true);
  index.roll_to(3);
  ASSERT_TRUE(index.add(FrameFacts{}, {{orders, Offset{30}, 0}}, true));
  EXPECT_EQ(index.first_run(orders, Offset{5}).slot, 0U);
  EXPECT_EQ(index.next_run(orders, 0).kind, Kind::unknown);
  EXPECT_EQ(index.first_run(orders, Offset{25}).slot, 2U);
  EXPECT_EQ(index.next_run(orders, 2).slot, 3U);
  EXPECT_EQ(index.next_run(orders, 3).kind, Kind::none);
  EXPECT_EQ(index.first_run(PartitionId{9}, Offset{0}).kind, Kind::unknown);
  index.add_sealed(1, one(orders, 10, 19), true);
  index.now_known(1);
  EXPECT_EQ(index.next_run(orders, 0).slot, 1U);
  EXPECT_EQ(index.first_run(PartitionId{9}, Offset{0}).kind, Kind::none);
}

TEST(PlacementIndex, TrimmedRunsAreForgottenAndTheirSlotsAreEmpty) {
  PlacementIndex index = a_hundred_slots();
  index.trim(kept(505, 505));
  EXPECT_EQ(index.first_run(orders, Offset{505}).slot, 50U);
  EXPECT_EQ(index.first_run(orders, Offset{0}).slot, 50U);
  EXPECT_TRUE(index.is_empty(49));
  EXPECT_FALSE(index.is_empty(50));
  index.drop(orders);
  EXPECT_EQ(index.first_run(orders, Offset{505}).kind, Kind::none);
  EXPECT_TRUE(index.is_empty(50));
  EXPECT_FALSE(index.is_empty(100)) << "it is open";
}

TEST(PlacementIndex, KeepsOfOlderSlotsThoseInWhichSomethingWaits) {
  PlacementIndex index = a_hundred_slots();
  index.trim(kept(7, 1000, {7, 333}));
  for (std::uint64_t slot = 0; slot < 100; ++slot)
    EXPECT_EQ(index.is_empty(slot), slot != 0 && slot != 33) << slot;
  EXPECT_EQ(index.first_run(orders, Offset{7}).slot, 0U);
  EXPECT_EQ(index.next_run(orders, 0).slot, 33U);
  EXPECT_EQ(index.next_run(orders, 33).kind, Kind::none);
  index.trim(kept(333, 1000, {333}));
  EXPECT_TRUE(index.is_empty(0));
  index.trim(kept(1000, 1000));
  EXPECT_TRUE(index.is_empty(33));
}

TEST(PlacementIndex, KeepsWhatAQueueHasSettledFromTheLogStartOn) {
  PlacementIndex index = a_hundred_slots();
  index.trim(kept(0, 500, {3}));
  EXPECT_FALSE(index.is_empty(0));
  EXPECT_TRUE(index.is_empty(49));
  EXPECT_FALSE(index.is_empty(50));
}

TEST(PlacementIndex, NeverCallsASlotEmptyOfWhichNotEverythingCouldBeRead) {
  PlacementIndex index = a_hundred_slots();
  index.forget(7);
  EXPECT_TRUE(index.is_empty(7));
  index.hold(7);
  EXPECT_FALSE(index.is_empty(7));
  index.drop(orders);
  EXPECT_FALSE(index.is_empty(7));
}

TEST(PlacementIndex, TellsHowMuchIsStoredOfAPartitionAndHowOldItIs) {
  PlacementIndex index = a_hundred_slots();
  FrameFacts frame;
  frame.payload_bytes = 70;
  ASSERT_TRUE(index.add(frame, {{orders, Offset{1000}, 0}}, true));
  index.trim(kept(980, 980));
  const auto runs = index.stored(orders, Offset{1001});
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].unit, 98U);
  EXPECT_EQ(runs[0].first, Offset{980});
  EXPECT_EQ(runs[0].end, Offset{990});
  EXPECT_EQ(runs[0].bytes, 100U);
  EXPECT_EQ(runs[0].max_timestamp_ms, 989'000);
  EXPECT_EQ(runs[1].end, Offset{1000});
  EXPECT_EQ(runs[2].unit, 100U);
  EXPECT_EQ(runs[2].end, Offset{1001});
  EXPECT_EQ(runs[2].bytes, 70U);
  index.mark_unknown(50);
  EXPECT_TRUE(index.stored(orders, Offset{1001}).empty());
}

TEST(PlacementIndex, VolatilePartitionsOfAnEarlierLifeAreLeftOut) {
  PlacementIndex index;
  const PartitionId gone{volatile_id_bit | 1};
  index.add_sealed(0, {one(orders, 0, 9)[0], one(gone, 0, 9)[0]}, false);
  EXPECT_EQ(index.first_run(orders, Offset{0}).kind, Kind::side);
  EXPECT_EQ(index.first_run(gone, Offset{0}).kind, Kind::none);
}

}  // namespace
}  // namespace rialto::test
