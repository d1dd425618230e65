#include "core/journal/checkpoint_file.h"

#include "tests/support/fault_file.h"

#include <gtest/gtest.h>

#include <array>

namespace rialto {
namespace {

using test::FaultDisk;
using test::FaultEffect;
using test::FaultOn;
using test::PowerLoss;

const std::vector<std::string> parts = {"first part", "", std::string(5000, 'x')};

TEST(CheckpointFile, ReadsBackItsParts) {
  FaultDisk disk;
  auto dir = disk.open();
  ASSERT_TRUE(write_checkpoint_file(*dir, 3, Lsn(77), parts));
  const auto read = read_checkpoint_file(*dir, 3, Lsn(77));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, parts);
  ASSERT_TRUE(write_checkpoint_file(*dir, 4, Lsn(78), {}));
  EXPECT_TRUE(read_checkpoint_file(*dir, 4, Lsn(78))->empty());
}

TEST(CheckpointFile, WritesLargePartsInSteps) {
  FaultDisk disk;
  auto dir = disk.open();
  const std::vector<std::string> large = {std::string(9U << 20, 'l'), "tail"};
  ASSERT_TRUE(write_checkpoint_file(*dir, 1, Lsn(1), large));
  EXPECT_GE(disk.operations(FaultOn::sync), 4U) << "paced";
  EXPECT_EQ(*read_checkpoint_file(*dir, 1, Lsn(1)), large);
}

TEST(CheckpointFile, IsDurableWhenItIsReady) {
  FaultDisk disk;
  auto dir = disk.open();
  ASSERT_TRUE(write_checkpoint_file(*dir, 3, Lsn(77), parts));
  disk.power_loss(PowerLoss::drop_all, 1);
  dir = disk.open();
  EXPECT_TRUE(read_checkpoint_file(*dir, 3, Lsn(77)));
}

TEST(CheckpointFile, NoticesEveryFlippedByteAndEveryCut) {
  FaultDisk disk;
  auto dir = disk.open();
  ASSERT_TRUE(write_checkpoint_file(*dir, 3, Lsn(77), {"first part", "second"}));
  const std::string good = disk.content(checkpoint_name(3));
  const std::size_t table_end = 24 + 2 * 16;
  for (std::size_t i = 0; i < good.size(); ++i) {
    disk.flip(checkpoint_name(3), i, 0x10);
    EXPECT_FALSE(read_checkpoint_file(*dir, 3, Lsn(77))) << i;
    disk.flip(checkpoint_name(3), i, 0x10);
  }
  ASSERT_GT(good.size(), table_end);
  for (std::size_t bytes = 0; bytes < good.size(); ++bytes) {
    const auto file = dir->create(checkpoint_name(3));
    const std::array<Bytes, 1> cut{Bytes(good).substr(0, bytes)};
    ASSERT_TRUE(file && (*file)->write(0, cut));
    const auto read = read_checkpoint_file(*dir, 3, Lsn(77));
    ASSERT_FALSE(read) << bytes;
    EXPECT_EQ(read.error().code, Errc::corrupt) << read.error().text;
  }
  const auto file = dir->create(checkpoint_name(3));
  ASSERT_TRUE((*file)->write(0, std::array<Bytes, 1>{good}));
  EXPECT_FALSE(read_checkpoint_file(*dir, 3, Lsn(78))) << "of another LSN";
}

TEST(CheckpointFile, LeavesNothingBehindWhenTheDiskIsFull) {
  FaultDisk disk;
  auto dir = disk.open();
  disk.set_capacity_bytes(1000);
  const auto r = write_checkpoint_file(*dir, 3, Lsn(77), parts);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, Errc::no_space);
  EXPECT_TRUE(disk.names().empty());
}

TEST(CheckpointFile, RemovesOnlyCheckpointsThatAreNotKept) {
  FaultDisk disk;
  auto dir = disk.open();
  for (const std::uint64_t id : {1U, 2U, 3U}) {
    ASSERT_TRUE(write_checkpoint_file(*dir, id, Lsn(id), parts));
  }
  ASSERT_TRUE(dir->create("slot-00000001"));
  ASSERT_TRUE(dir->create("notes.txt"));
  ASSERT_TRUE(dir->create("checkpoint-00000009.tmp"));
  remove_other_checkpoints(*dir, {2, 3});
  EXPECT_EQ(disk.names(), (std::vector<std::string>{"checkpoint-00000002", "checkpoint-00000003",
                                                    "notes.txt", "slot-00000001"}));
}

}  // namespace
}  // namespace rialto
