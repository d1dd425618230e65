#include "core/engine/slot_index.h"

#include "core/engine/slot_upkeep.h"
#include "tests/support/fault_file.h"
#include "tests/unit/core/engine/engine_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace rialto::test {
namespace {

constexpr std::uint64_t slot_bytes = 64ULL << 20;
constexpr std::uint64_t number = 3;

/// Partition p gets `rows(p)` batches; offsets have gaps, timestamps go up and down.
DenseSlot filled_slot(const std::vector<std::size_t>& rows, std::uint32_t seed) {
  std::mt19937 random(seed);
  DenseSlot slot(number);
  std::vector<std::int64_t> ends(rows.size(), 0);
  std::vector<std::size_t> left = rows;
  std::int64_t time = 0;
  FrameFacts frame;
  frame.lsn = Lsn(number * slot_bytes);
  for (;;) {
    std::vector<DataTarget> targets;
    frame.last_offset_delta = static_cast<std::int32_t>(random() % 4);
    for (std::size_t p = 0; p < rows.size(); ++p) {
      if (left[p] == 0 || random() % 2 == 0) continue;
      --left[p];
      targets.push_back({PartitionId{10 * p + 1}, Offset{ends[p]}, 0});
      ends[p] += frame.last_offset_delta + 1 + static_cast<std::int64_t>(random() % 3);
    }
    frame.max_timestamp_ms = ++time + static_cast<std::int64_t>(random() % 20);
    frame.meta_bytes = 100;
    frame.payload_bytes = 200 + static_cast<std::uint32_t>(random() % 100);
    frame.flags = static_cast<std::uint16_t>(random() % 4);
    EXPECT_TRUE(slot.add(frame, targets, true));
    frame.lsn += 64 + 100 + 304;
    if (std::all_of(left.begin(), left.end(), [](std::size_t n) { return n == 0; })) return slot;
  }
}

TEST(SlotIndex, FindsByOffsetAndByTimeWhatTheDenseSlotFinds) {
  for (const std::vector<std::size_t>& rows : std::vector<std::vector<std::size_t>>{
           {1}, {102}, {103}, {500, 1, 300}, {50, 52, 102, 104, 1}, {1000}}) {
    FaultDisk disk;
    const auto dir = disk.open();
    const DenseSlot slot = filled_slot(rows, 7);
    ASSERT_TRUE(write_slot_index(*dir, whole_slot(number, slot_bytes), slot));
    const auto index = SlotIndex::open(*dir, number);
    ASSERT_TRUE(index) << index.error().text;
    const auto directory = (*index)->held(false);
    ASSERT_TRUE(directory);
    EXPECT_EQ(*directory, slot.held());
    std::uint32_t row = 0;
    for (const HeldRows& held : *directory) {
      EXPECT_EQ(*(*index)->held_at(row++, true), held);
      EXPECT_EQ(*(*index)->all(held), slot.find(held.partition, Offset{0}, SIZE_MAX));
      for (Offset from = held.first; from <= held.last + 1; from += 1) {
        EXPECT_EQ(*(*index)->find(held, from, 3, true), slot.find(held.partition, from, 3));
      }
      for (std::int64_t time = -1; time < held.max_timestamp_ms + 2; ++time) {
        const Offset from = held.first + time % 50;
        EXPECT_EQ(*(*index)->at_time(held, from, time, true),
                  slot.at_time(held.partition, from, time));
      }
    }
  }
}

TEST(SlotIndex, ReadsOneBlockForMostLookupsWhereOffsetsLieAboutEvenly) {
  FaultDisk disk;
  const auto dir = disk.open();
  const DenseSlot slot = filled_slot({4000}, 3);
  ASSERT_TRUE(write_slot_index(*dir, whole_slot(number, slot_bytes), slot));
  ColdDirectory counted(*dir);
  const auto index = SlotIndex::open(counted, number);
  ASSERT_TRUE(index) << index.error().text;
  const HeldRows held = *(*index)->held_at(0, false);
  const int before = counted.reads();
  int lookups = 0;
  for (Offset from = held.first; from <= held.last; from += 7, ++lookups)
    ASSERT_TRUE((*index)->find(held, from, 1, false));
  const double reads = counted.reads() - before;
  EXPECT_LT(reads / lookups, 1.5) << "halving the rows takes about five of the 40 blocks";
}

TEST(SlotIndex, FindsWhatLiesWhereNobodyWouldGuess) {
  std::mt19937 random(11);
  DenseSlot slot(number);
  FrameFacts frame;
  frame.lsn = Lsn(number * slot_bytes);
  std::vector<Offset> bases;
  Offset end{0};
  for (int row = 0; row < 3000; ++row) {
    // Long stretches of single records, then a few rows that span a million offsets.
    const bool jumps = random() % 500 == 0;
    end += static_cast<std::int64_t>(jumps ? 1'000'000 : random() % 2);
    frame.last_offset_delta = random() % 700 == 0 ? 50'000 : 0;
    ASSERT_TRUE(slot.add(frame, {{PartitionId{7}, end, 0}}, true));
    bases.push_back(end);
    end += frame.last_offset_delta + 1;
    frame.lsn += 128;
  }
  FaultDisk disk;
  const auto dir = disk.open();
  ASSERT_TRUE(write_slot_index(*dir, whole_slot(number, slot_bytes), slot));
  const auto index = SlotIndex::open(*dir, number);
  ASSERT_TRUE(index) << index.error().text;
  const HeldRows held = *(*index)->held_at(0, true);
  for (const Offset base : bases) {
    for (const Offset from : {base - 1, base, base + 1, base + 49'999})
      ASSERT_EQ(*(*index)->find(held, from, 2, true), slot.find(held.partition, from, 2));
  }
}

TEST(SlotIndex, AnEmptySlotHasAFileToo) {
  FaultDisk disk;
  const auto dir = disk.open();
  ASSERT_TRUE(write_slot_index(*dir, whole_slot(number, slot_bytes), DenseSlot(number)));
  const auto index = SlotIndex::open(*dir, number);
  ASSERT_TRUE(index);
  EXPECT_TRUE((*index)->held(false)->empty());
  EXPECT_EQ((*index)->held_at(0, false).error().code, Errc::corrupt);
}

TEST(SlotIndex, AnyFlippedByteIsFound) {
  FaultDisk disk;
  const auto dir = disk.open();
  const DenseSlot slot = filled_slot({150, 20}, 1);
  ASSERT_TRUE(write_slot_index(*dir, whole_slot(number, slot_bytes), slot));
  const std::string name = slot_index_name(number);
  const std::size_t size = disk.content(name).size();
  const auto holds = [&] {
    const auto index = SlotIndex::open(*dir, number);
    if (!index) return false;
    const auto directory = (*index)->held(false);
    if (!directory) return false;
    return std::all_of(directory->begin(), directory->end(),
                       [&](const HeldRows& held) { return (*index)->all(held).has_value(); });
  };
  ASSERT_TRUE(holds());
  for (std::size_t at = 0; at < size; at += 13) {
    disk.flip(name, at, 0x20);
    EXPECT_FALSE(holds()) << "byte " << at;
    disk.flip(name, at, 0x20);
  }
  EXPECT_TRUE(holds());
}

TEST(SlotIndex, ABlockOfAnOlderWritingIsNotTakenForOneOfThis) {
  FaultDisk disk;
  const auto dir = disk.open();
  SlotSpan part = whole_slot(number, slot_bytes);
  part.end = part.first + slot_bytes / 2;
  const DenseSlot slot = filled_slot({5}, 1);
  ASSERT_TRUE(write_slot_index(*dir, part, slot));
  const std::string old = disk.content(slot_index_name(number));
  ASSERT_TRUE(write_slot_index(*dir, whole_slot(number, slot_bytes), slot));
  disk.overwrite(slot_index_name(number), 4096, old.substr(4096, 4096));
  EXPECT_EQ((*SlotIndex::open(*dir, number))->held(false).error().code, Errc::corrupt);
}

TEST(SlotIndex, OtherNamesAreNoIndexFiles) {
  EXPECT_EQ(slot_of_index_name("index-17"), 17U);
  for (const char* name : {"index-", "index-1x", "index-1.tmp", "slot-00000001", ""}) {
    EXPECT_EQ(slot_of_index_name(name), std::nullopt) << name;
  }
}

TEST(DenseSlot, OffsetsThatGoBackAreRefusedAsAWhole) {
  DenseSlot slot(number);
  FrameFacts frame;
  frame.last_offset_delta = 4;
  EXPECT_TRUE(slot.add(frame, {{PartitionId{1}, Offset{10}, 0}}, true));
  EXPECT_FALSE(
      slot.add(frame, {{PartitionId{2}, Offset{0}, 0}, {PartitionId{1}, Offset{14}, 0}}, true));
  EXPECT_EQ(slot.first_of(PartitionId{2}), no_offset);
  EXPECT_TRUE(slot.add(frame, {{PartitionId{1}, Offset{15}, 0}}, true));
  EXPECT_EQ(slot.last_of(PartitionId{1}), Offset{19});
}

TEST(DenseSlot, OneBatchForAThousandQueuesTakesLessThanItsTargetListInTheFrame) {
  DenseSlot slot(number);
  std::vector<DataTarget> targets;
  std::uint64_t stored = 0;
  for (std::uint64_t p = 1; p <= 1000; ++p)
    targets.push_back({PartitionId{p}, Offset{0}, 0});
  for (std::int64_t i = 0; i < 300; ++i) {
    for (DataTarget& t : targets)
      t.base_offset = Offset{i};
    ASSERT_TRUE(slot.add(FrameFacts{}, targets, true));
    stored += 64 + 45 + 17 * targets.size() + 70;
    if (i < 50) continue;  // short lists have a little reserve each
    EXPECT_LE(slot.bytes(), DenseSlot::dense_bytes_max(stored));
  }
}

}  // namespace
}  // namespace rialto::test
