#include "core/engine/placement_index.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace rialto::test {
namespace {

using Kind = PlacementIndex::Run::Kind;

constexpr PartitionId orders{1};

/// Memory of the index while a million messages of 1 KiB lie in the journal, each a batch of its
/// own: the open slot's dense form, one more slot that waits for its side file, 16 bytes for each
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
  return {{partition, Offset{first}, Offset{last}, 0, 0, 1}};
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

TEST(PlacementIndex, TrimmedAndReleasedSlotsAreForgotten) {
  PlacementIndex index;
  for (std::uint64_t slot = 0; slot < 100; ++slot) {
    const auto first = static_cast<std::int64_t>(slot) * 10;
    index.add_sealed(slot, one(orders, first, first + 9), true);
  }
  index.trim(orders, Offset{505});
  EXPECT_EQ(index.first_run(orders, Offset{505}).slot, 50U);
  EXPECT_EQ(index.first_run(orders, Offset{0}).slot, 50U);
  index.release(70);
  EXPECT_EQ(index.first_run(orders, Offset{505}).slot, 71U);
  index.drop(orders);
  EXPECT_EQ(index.first_run(orders, Offset{505}).kind, Kind::none);
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
