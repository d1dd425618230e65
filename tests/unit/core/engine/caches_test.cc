#include "core/engine/cold_windows.h"
#include "core/engine/tail_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace rialto::test {
namespace {

constexpr PartitionId orders{1};
constexpr Lsn all_written{UINT64_MAX};

FrameFacts frame_at(std::uint64_t lsn) {
  FrameFacts frame;
  frame.lsn = Lsn(lsn);
  return frame;
}

Slice body_of(std::size_t bytes) {
  return Slice::copy_of(std::string(bytes, 'x'));
}

TEST(TailCache, TheOldestBatchesGoFirst) {
  TailCache tail(3000);
  for (std::uint64_t lsn = 0; lsn < 10; ++lsn) {
    tail.add(frame_at(lsn), Epoch{1}, WallMs(0), body_of(1000), all_written);
    EXPECT_LE(tail.bytes(), 3000U);
  }
  EXPECT_EQ(tail.find(Lsn{6}), nullptr);
  ASSERT_NE(tail.find(Lsn{7}), nullptr);
  EXPECT_EQ(tail.find(Lsn{7})->batch.size(), 1000U);
}

TEST(TailCache, WhatIsNotWrittenYetStaysBeyondTheBound) {
  TailCache tail(0);
  for (std::uint64_t lsn = 0; lsn < 10; ++lsn) {
    tail.add(frame_at(lsn), Epoch{1}, WallMs(0), body_of(1000), Lsn{0});
  }
  EXPECT_NE(tail.find(Lsn{0}), nullptr);
  tail.shrink(Lsn{4});
  EXPECT_EQ(tail.find(Lsn{3}), nullptr);
  EXPECT_NE(tail.find(Lsn{4}), nullptr);
}

TEST(TailCache, ASmallBatchDoesNotKeepALargeSlabAlive) {
  TailCache tail(1 << 20);
  const Slice large = body_of(1 << 20);
  for (std::uint64_t i = 0; i < 100; ++i) {
    tail.add(frame_at(i), Epoch{1}, WallMs(0), large.sub(i * 1000, 1000), all_written);
  }
  EXPECT_LT(tail.bytes(), 120'000U);
  EXPECT_NE(tail.find(Lsn{0}), nullptr);
}

std::vector<StoredBatch> batches(std::int64_t first, std::int64_t count, std::size_t bytes) {
  std::vector<StoredBatch> all;
  for (std::int64_t i = first; i < first + count; ++i) {
    StoredBatch batch;
    batch.base_offset = batch.last_offset = Offset{i};
    batch.batch = body_of(bytes);
    all.push_back(std::move(batch));
  }
  return all;
}

TEST(ColdWindows, HandOutWhatFollowsAndKeepTheRest) {
  ColdWindows windows(1 << 20);
  windows.keep(orders, Offset{5}, batches(5, 10, 100));
  EXPECT_TRUE(windows.take({orders, Offset{6}, Offset{100}, 250}).empty());
  EXPECT_EQ(windows.take({orders, Offset{5}, Offset{100}, 250}).size(), 2U);
  EXPECT_EQ(windows.take({orders, Offset{7}, Offset{8}, 1000}).size(), 1U);
  EXPECT_TRUE(windows.take({orders, Offset{8}, Offset{8}, 1000}).empty());
  EXPECT_EQ(windows.bytes(), 700U);
  EXPECT_EQ(windows.take({orders, Offset{8}, Offset{100}, 1 << 20}).size(), 7U);
  EXPECT_EQ(windows.bytes(), 0U);
  EXPECT_TRUE(windows.sequential(orders, Offset{15}));
}

TEST(ColdWindows, AreBoundedInBytesAndInNumber) {
  ColdWindows windows(5000);
  for (std::int64_t i = 0; i < 1000; ++i) {
    windows.keep(PartitionId{static_cast<std::uint64_t>(i)}, Offset{0}, batches(0, 2, 1000));
    EXPECT_LE(windows.bytes(), 5000U);
  }
  for (std::int64_t i = 0; i < 1000; ++i) {
    windows.keep(PartitionId{static_cast<std::uint64_t>(i)}, Offset{0}, {});
  }
  EXPECT_FALSE(windows.sequential(PartitionId{0}, Offset{0}));
  EXPECT_TRUE(windows.sequential(PartitionId{999}, Offset{0}));
  windows.drop(PartitionId{999});
  EXPECT_FALSE(windows.sequential(PartitionId{999}, Offset{0}));
}

}  // namespace
}  // namespace rialto::test
