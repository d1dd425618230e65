#include "core/journal/slot_pool.h"

#include "tests/support/fault_file.h"

#include <gtest/gtest.h>

namespace rialto {
namespace {

using test::FaultDisk;
using test::FaultEffect;
using test::FaultOn;
using test::PowerLoss;

constexpr std::uint64_t slot_bytes = 5ULL << 20;

TEST(SlotPool, MakesFilesOfFullSizeThatSurviveAPowerCut) {
  FaultDisk disk;
  auto dir = disk.open();
  SlotPool pool(*dir, slot_bytes);
  const auto slot = pool.take();
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->file_id, 0U);
  EXPECT_GE(disk.operations(FaultOn::sync), 3U) << "one a 4 MiB step, one for the entry";
  disk.power_loss(PowerLoss::drop_all, 1);
  EXPECT_EQ(disk.content(slot_name(0)).size(), slot_bytes);
}

TEST(SlotPool, ReusesReturnedFilesWithoutWritingThem) {
  FaultDisk disk;
  auto dir = disk.open();
  SlotPool pool(*dir, slot_bytes);
  ASSERT_TRUE(pool.take());
  ASSERT_TRUE(pool.take());
  pool.give_back(0);
  const auto writes = disk.operations(FaultOn::write);
  EXPECT_EQ(pool.take()->file_id, 0U);
  EXPECT_EQ(disk.operations(FaultOn::write), writes);
  EXPECT_EQ(pool.take()->file_id, 2U);
}

TEST(SlotPool, FindsFreeFilesAgainAndFinishesHalfMadeOnes) {
  FaultDisk disk;
  auto dir = disk.open();
  {
    SlotPool pool(*dir, slot_bytes);
    for (int i = 0; i < 3; ++i)
      ASSERT_TRUE(pool.take());
    disk.fail(1, FaultOn::sync, FaultEffect::death);
    EXPECT_FALSE(pool.take());
  }
  disk.process_crash();
  dir = disk.open();
  SlotPool pool(*dir, slot_bytes);
  ASSERT_TRUE(pool.adopt({SlotEntry{5, 1}}));
  EXPECT_EQ(pool.take()->file_id, 0U);
  EXPECT_EQ(pool.take()->file_id, 2U);
  const auto finished = pool.take();
  EXPECT_EQ(finished->file_id, 3U);
  EXPECT_EQ(*finished->file->size_bytes(), slot_bytes);
  EXPECT_EQ(pool.take()->file_id, 4U);
}

TEST(SlotPool, SyncsAWholeFileThatAKilledProcessLeftUnsyncedBeforeItIsUsed) {
  FaultDisk disk;
  auto dir = disk.open();
  disk.fail(1, FaultOn::sync, FaultEffect::death);
  EXPECT_FALSE(SlotPool(*dir, slot_bytes).take());
  disk.process_crash();
  {
    dir = disk.open();
    SlotPool pool(*dir, slot_bytes);
    ASSERT_TRUE(pool.adopt({}));
    EXPECT_EQ(pool.take()->file_id, 0U);
  }
  disk.power_loss(PowerLoss::drop_all, 1);
  EXPECT_EQ(*disk.open()->open(slot_name(0)).value()->size_bytes(), slot_bytes);
}

TEST(SlotPool, SaysWhenThereIsNoRoomAndTakesNone) {
  FaultDisk disk;
  auto dir = disk.open();
  SlotPool pool(*dir, slot_bytes);
  disk.set_capacity_bytes(slot_bytes - 1);
  EXPECT_EQ(pool.take().error().code, Errc::no_space);
  disk.set_capacity_bytes(slot_bytes * 3);
  disk.fail(2, FaultOn::write, FaultEffect::no_space);
  EXPECT_EQ(pool.take().error().code, Errc::no_space);
  EXPECT_TRUE(disk.names().empty()) << "a half-made slot would keep checkpoints from fitting";
  EXPECT_EQ(pool.take()->file_id, 0U);
}

TEST(SlotPool, KnowsItsOwnNamesOnly) {
  EXPECT_EQ(slot_file_id("slot-00000012"), 12U);
  EXPECT_EQ(slot_file_id("slot-123456789"), 123456789U);
  for (const char* other :
       {"slot-12", "slot-", "slot-0000001x", "xslot-00000012", "slot-000000012"}) {
    EXPECT_FALSE(slot_file_id(other)) << other;
  }
}

}  // namespace
}  // namespace rialto
