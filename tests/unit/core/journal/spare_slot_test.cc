#include "core/journal/slot_pool.h"
#include "tests/unit/core/journal/journal_rig.h"

#include <gtest/gtest.h>

namespace rialto::test {
namespace {

constexpr std::uint64_t slot_bytes = 2ULL << 20;

/// A journal whose slots are large enough to be prepared in many steps.
struct SpareSlot : ::testing::Test {
  SpareSlot() { EXPECT_TRUE(rig.open()); }

  std::size_t spare_bytes() { return disk.content(slot_name(1)).size(); }
  /// Fills the open slot to this share of it.
  void fill_to(double share) {
    const auto end = static_cast<std::uint64_t>(share * slot_bytes);
    while (rig.journal().staged().get() < end) {
      ASSERT_TRUE(rig.send_one("m", filler(8000, rig.sent().size())));
      rig.tick();
    }
  }

  FaultDisk disk;
  JournalRig rig{disk, small_options(slot_bytes)};
};

TEST_F(SpareSlot, GrowsTwiceAsFastAsTheOpenOneIsFilled) {
  rig.tick();
  EXPECT_LE(spare_bytes(), slot_bytes / 100);
  for (int i = 0; i < 100; ++i)
    rig.tick();
  EXPECT_LE(spare_bytes(), slot_bytes / 100) << "nobody needs it yet";
  fill_to(0.25);
  rig.tick();
  EXPECT_NEAR(static_cast<double>(spare_bytes()), 0.5 * slot_bytes, 0.1 * slot_bytes);
  fill_to(0.55);
  rig.tick();
  EXPECT_EQ(spare_bytes(), slot_bytes);
  fill_to(1.1);
  EXPECT_EQ(rig.journal().slots().size(), 2U);
}

TEST_F(SpareSlot, IsMadeAtOnceForASetThatDoesNotFitTheOpenOne) {
  fill_to(0.3);
  const std::string large = filler(1'600'000, 1);
  EXPECT_FALSE(rig.send_one("m", large));
  EXPECT_LE(rig.journal().next_deadline(), rig.clock().now()) << "it does not wait for others";
  rig.tick();
  ASSERT_TRUE(rig.send_one("m", large));
  rig.tick();
  ASSERT_TRUE(rig.journal().close());
  rig.abandon();
  disk.power_loss(PowerLoss::drop_all, 1);
  ASSERT_TRUE(rig.open());
  EXPECT_TRUE(rig.found_matches());
}

TEST_F(SpareSlot, AsksForNoTickAfterASetThatNoSlotWouldMakeRoomFor) {
  fill_to(0.6);
  EXPECT_FALSE(rig.journal().admits(3 * slot_bytes, Urgency::durable));
  rig.tick();
  EXPECT_FALSE(rig.journal().admits(3 * slot_bytes, Urgency::durable));
  EXPECT_GT(rig.journal().next_deadline(), rig.clock().now());
}

TEST_F(SpareSlot, LeavesItsRoomToOthersWhenTheDiskIsFullBeforeItIsWhole) {
  fill_to(0.2);
  ASSERT_GT(spare_bytes(), 0U);
  disk.set_capacity_bytes(1);
  fill_to(0.25);
  EXPECT_TRUE(rig.journal().no_space());
  EXPECT_EQ(disk.slot_files(), 1U) << "a half-made slot would keep checkpoints from fitting";
  EXPECT_TRUE(rig.send({{FrameKind::settle, filler(1000, 1), ""}}, Urgency::lazy));
  disk.set_capacity_bytes(UINT64_MAX);
  rig.advance_ms(1000);
  rig.tick();
  EXPECT_FALSE(rig.journal().no_space());
  fill_to(1.1);
  EXPECT_EQ(rig.durable_sets(), rig.sent().size());
}

TEST(SpareSlotOfAFullDisk, IsUsedLaterWhenTheManifestCouldNotNameIt) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  const std::uint64_t after_its_zeros = 2;
  disk.fail(after_its_zeros, FaultOn::write, FaultEffect::no_space);
  rig.tick();
  ASSERT_TRUE(disk.fault_happened());
  EXPECT_TRUE(rig.journal().no_space());
  EXPECT_EQ(disk.slot_files(), 2U);
  rig.advance_ms(1000);
  rig.tick();
  EXPECT_FALSE(rig.journal().no_space());
  EXPECT_EQ(disk.slot_files(), 2U);
  rig.fill(10, 1500);
  EXPECT_EQ(rig.durable_sets(), 10U);
}

TEST_F(SpareSlot, IsFinishedByTheNextStartWhenAKillCameBeforeItWasWhole) {
  fill_to(0.3);
  rig.abandon();
  disk.process_crash();
  ASSERT_TRUE(rig.open());
  EXPECT_TRUE(rig.found_matches());
  rig.tick();
  fill_to(1.1);
  EXPECT_EQ(spare_bytes(), slot_bytes);
  rig.abandon();
  disk.power_loss(PowerLoss::drop_all, 1);
  ASSERT_TRUE(rig.open());
  EXPECT_TRUE(rig.found_matches());
}

}  // namespace
}  // namespace rialto::test
