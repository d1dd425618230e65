#include "core/journal/journal.h"

#include "core/journal/frame.h"
#include "tests/unit/core/journal/journal_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;

TEST(Journal, FindsAfterAnOrderlyStopWhatWasDurable) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send_one("first", filler(300, 1)));
  ASSERT_TRUE(rig.send({{FrameKind::settle, "second", ""}, {FrameKind::data, "", "third"}}));
  rig.tick();
  EXPECT_EQ(rig.durable_sets(), 2U);
  ASSERT_TRUE(rig.journal().close());
  rig.abandon();
  disk.power_loss(PowerLoss::drop_all, 1);
  ASSERT_TRUE(rig.open());
  EXPECT_TRUE(rig.found_matches());
  EXPECT_EQ(rig.found().frames.size(), 3U);
}

TEST(Journal, GivesPlacesAtOnceAndDurabilityOnlyAfterTheSync) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  const Lsn start = rig.journal().staged();
  ASSERT_TRUE(rig.send_one("m", "payload"));
  EXPECT_EQ(rig.sent()[0].lsns[0], start);
  EXPECT_EQ(rig.journal().durable(), start);
  EXPECT_EQ(rig.journal().written(), start);
  const auto syncs = disk.operations(FaultOn::sync);
  rig.journal().hand_over(rig.clock().now());
  EXPECT_EQ(rig.journal().durable(), rig.sent()[0].end);
  EXPECT_EQ(disk.operations(FaultOn::sync), syncs + 1);
}

TEST(Journal, MakesManySetsOfATickDurableWithOneSync) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  rig.tick();
  const auto writes = disk.operations(FaultOn::write);
  const auto syncs = disk.operations(FaultOn::sync);
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(rig.send_one("m", filler(50, 1)));
  rig.journal().hand_over(rig.clock().now());
  EXPECT_EQ(rig.durable_sets(), 20U);
  EXPECT_EQ(disk.operations(FaultOn::write), writes + 1);
  EXPECT_EQ(disk.operations(FaultOn::sync), syncs + 1);
}

TEST(Journal, LetsSettlementsWaitForCompanyButNotLongerThanPromised) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send({{FrameKind::settle, "s", ""}}, Urgency::lazy));
  rig.tick();
  EXPECT_EQ(rig.durable_sets(), 0U);
  EXPECT_EQ(rig.journal().next_deadline(), after_ms(rig.clock().now(), 50));
  rig.advance_ms(49);
  rig.tick();
  EXPECT_EQ(rig.durable_sets(), 0U);
  rig.advance_ms(1);
  rig.tick();
  EXPECT_EQ(rig.durable_sets(), 1U);
}

TEST(Journal, TakesSettlementsAlongWithTheNextDurableGroup) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send({{FrameKind::settle, "s", ""}}, Urgency::lazy));
  rig.tick();
  ASSERT_TRUE(rig.send_one("m", "p"));
  rig.tick();
  EXPECT_EQ(rig.durable_sets(), 2U);
}

TEST(Journal, WritesVolatileSetsWithoutSyncAndSyncsThemInTime) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  rig.tick();
  const auto syncs = disk.operations(FaultOn::sync);
  ASSERT_TRUE(rig.send_one("v", "p", Urgency::written));
  rig.tick();
  EXPECT_EQ(disk.operations(FaultOn::sync), syncs);
  EXPECT_EQ(rig.journal().written(), rig.sent()[0].end);
  EXPECT_LT(rig.journal().durable(), rig.sent()[0].end);
  rig.advance_ms(200);
  rig.tick();
  EXPECT_EQ(disk.operations(FaultOn::sync), syncs + 1);
  EXPECT_EQ(rig.journal().durable(), rig.sent()[0].end);
}

TEST(Journal, CallsWrittenDurableWhenSyncingIsSwitchedOff) {
  FaultDisk disk;
  JournalRig rig(disk);
  rig.options().sync = false;
  ASSERT_TRUE(rig.open());
  rig.tick();
  const auto syncs = disk.operations(FaultOn::sync);
  ASSERT_TRUE(rig.send_one("m", "p"));
  rig.tick();
  EXPECT_EQ(rig.durable_sets(), 1U);
  EXPECT_EQ(disk.operations(FaultOn::sync), syncs);
  rig.abandon();
  disk.process_crash();
  ASSERT_TRUE(rig.open());
  EXPECT_TRUE(rig.found_matches());
}

TEST(Journal, WritesOneMarkAfterItHasBeenIdle) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send_one("m", "p"));
  rig.tick();
  rig.tick();
  EXPECT_EQ(rig.journal().next_deadline(), after_ms(rig.clock().now(), 50));
  const auto writes = disk.operations(FaultOn::write);
  const auto syncs = disk.operations(FaultOn::sync);
  rig.advance_ms(50);
  rig.tick();
  EXPECT_EQ(rig.journal().written(), rig.sent()[0].end + frame_header_bytes);
  for (int i = 0; i < 10; ++i) {
    rig.advance_ms(500);
    rig.tick();
  }
  EXPECT_EQ(disk.operations(FaultOn::write), writes + 1);
  EXPECT_EQ(disk.operations(FaultOn::sync), syncs);
  EXPECT_EQ(rig.journal().next_deadline(), no_deadline);
}

TEST(Journal, NeverCutsASetAtASlotBorder) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  rig.tick();
  for (std::uint64_t i = 0; i < 12; ++i) {
    ASSERT_TRUE(rig.send({{FrameKind::settle, "s", ""}, {FrameKind::data, "d", filler(3000, i)}}));
    const SentSet& set = rig.sent().back();
    EXPECT_EQ(set.lsns[0].get() / 8192, (set.end.get() - 1) / 8192);
    rig.tick();
  }
  rig.abandon();
  disk.power_loss(PowerLoss::drop_all, 1);
  ASSERT_TRUE(rig.open());
  EXPECT_TRUE(rig.found_matches());
  EXPECT_EQ(rig.sent().size(), 12U);
}

TEST(Journal, SpreadsASetThatIsLargerThanASlot) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  rig.tick();
  std::vector<NewFrame> set;
  std::vector<WantedFrame> wanted;
  for (std::uint64_t i = 0; i < 9; ++i) {
    wanted.push_back({FrameKind::data, "part", filler(5000, i)});
    set.push_back({FrameKind::data, 0, "part", Slice::copy_of(wanted.back().payload)});
  }
  const auto staged = rig.journal().stage(std::move(set), Urgency::durable);
  for (int i = 0; i < 12; ++i)
    rig.tick();
  EXPECT_GE(rig.journal().durable(), staged.end);
  rig.abandon();
  disk.power_loss(PowerLoss::drop_all, 1);
  ASSERT_TRUE(rig.open());
  ASSERT_EQ(rig.found().frames.size(), 9U);
  for (const auto& frame : rig.found().frames)
    EXPECT_EQ(frame.set_first, staged.lsns[0]);
}

TEST(Journal, StopsAdmittingAtTheStagingBoundAndKeepsAReserveForSettlements) {
  FaultDisk disk;
  JournalRig rig(disk, small_options(1 << 20));
  rig.options().staging_bytes_max = 1000;
  rig.options().staging_reserve_bytes = 500;
  ASSERT_TRUE(rig.open());
  rig.tick();
  EXPECT_TRUE(rig.journal().admits(5000, Urgency::durable)) << "alone, a large set is admitted";
  ASSERT_TRUE(rig.send_one("", filler(800, 1)));
  EXPECT_FALSE(rig.journal().admits(200, Urgency::durable));
  EXPECT_TRUE(rig.journal().admits(200, Urgency::lazy));
  EXPECT_FALSE(rig.journal().admits(900, Urgency::lazy));
  rig.tick();
  EXPECT_TRUE(rig.journal().admits(900, Urgency::durable));
}

TEST(Journal, NeverMovesDurableAgainAfterAFailedSync) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  rig.tick();
  disk.fail(1, FaultOn::sync, FaultEffect::error);
  ASSERT_TRUE(rig.send_one("m", "p"));
  const Lsn before = rig.journal().durable();
  rig.tick();
  ASSERT_NE(rig.journal().failed(), nullptr);
  const auto operations = disk.operations(FaultOn::any);
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(rig.journal().admits(1, Urgency::lazy));
    rig.advance_ms(1000);
    rig.tick();
  }
  EXPECT_EQ(rig.journal().durable(), before);
  EXPECT_EQ(disk.operations(FaultOn::any), operations) << "nothing is retried";
  EXPECT_FALSE(rig.journal().close());
}

TEST(Journal, KeepsASecondProcessOut) {
  FaultDisk disk;
  JournalRig first(disk);
  JournalRig second(disk);
  ASSERT_TRUE(first.open());
  const auto refused = second.open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::in_use);
  first.abandon();
  EXPECT_TRUE(second.open());
}

/// Some slots, some of which are given back after each of some checkpoints.
void fill_and(JournalRig& rig, const std::function<void()>& give_back) {
  for (int checkpoints = 0; checkpoints < 7; ++checkpoints) {
    rig.fill(6, 3000);
    rig.checkpoint();
    rig.tick();
    give_back();
    rig.tick();
  }
}

TEST(Journal, ReturnsSlotsBelowTheCheckpointAndReusesTheirFiles) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  rig.tick();
  fill_and(rig, [&] { rig.release(); });
  EXPECT_GT(rig.journal().slots().front().number, 10U);
  EXPECT_LE(disk.slot_files(), 7U);
  rig.abandon();
  disk.power_loss(PowerLoss::drop_all, 1);
  ASSERT_TRUE(rig.open());
  EXPECT_TRUE(rig.found_matches()) << "stale bytes of earlier lives never come back";
}

TEST(Journal, ReturnsYoungerSlotsBeforeOlderOnes) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  rig.tick();
  fill_and(rig, [&] {
    std::vector<std::uint64_t> but_the_first;
    for (const SlotInfo& slot : rig.journal().slots()) {
      if (slot.number != 0) but_the_first.push_back(slot.number);
    }
    rig.journal().release(but_the_first);
  });
  const auto slots = rig.journal().slots();
  EXPECT_EQ(slots[0].number, 0U);
  EXPECT_GT(slots[1].number, 10U);
  rig.abandon();
  disk.power_loss(PowerLoss::drop_all, 1);
  ASSERT_TRUE(rig.open());
  EXPECT_TRUE(rig.found_matches());
  EXPECT_EQ(rig.journal().slots()[0].number, 0U);
  char byte = 0;
  EXPECT_TRUE(rig.journal().read(rig.sent()[0].lsns[0], &byte, 1, false));
}

TEST(Journal, ReturnsSlotsThatAFullDiskKeptFromReturning) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  rig.tick();
  rig.fill(20, 3000);
  rig.checkpoint();
  rig.tick();
  const std::size_t before = disk.slot_files();
  disk.set_capacity_bytes(1);
  rig.release();
  rig.tick();
  disk.set_capacity_bytes(UINT64_MAX);
  rig.advance_ms(2000);
  rig.fill(12, 3000);
  EXPECT_EQ(rig.journal().failed(), nullptr);
  EXPECT_LE(disk.slot_files(), before + 1) << "their files are used again";
}

TEST(Journal, KeepsSlotsThatTheCheckpointDoesNotCover) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  for (std::uint64_t i = 0; i < 10; ++i) {
    rig.tick();
    ASSERT_TRUE(rig.send_one("m", filler(3000, i)));
  }
  rig.tick();
  rig.release();
  EXPECT_EQ(rig.journal().slots().front().number, 0U);
}

TEST(Journal, RefusesToReadWhatIsNotWrittenOrNoLongerThere) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  rig.tick();
  ASSERT_TRUE(rig.send_one("m", filler(5000, 1)));
  char byte = 0;
  EXPECT_EQ(rig.journal().read(rig.sent()[0].lsns[0], &byte, 1, false).error().code,
            Errc::out_of_range);
  rig.tick();
  EXPECT_TRUE(rig.journal().read(rig.sent()[0].lsns[0], &byte, 1, false));
  ASSERT_TRUE(rig.send_one("m", filler(5000, 2)));
  rig.tick();
  rig.checkpoint();
  rig.tick();
  rig.release();
  EXPECT_EQ(rig.journal().read(rig.sent()[0].lsns[0], &byte, 1, false).error().code,
            Errc::out_of_range);
}

TEST(Journal, KeepsSettlingWhenTheDiskHasNoRoomForAnotherSlot) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  rig.tick();
  disk.set_capacity_bytes(20000);
  std::uint64_t published = 0;
  while (rig.send_one("m", filler(1000, published))) {
    ++published;
    rig.tick();
    ASSERT_LT(published, 100U);
  }
  EXPECT_TRUE(rig.journal().no_space());
  EXPECT_EQ(rig.journal().failed(), nullptr);
  EXPECT_TRUE(rig.send({{FrameKind::settle, filler(1000, 1), ""}}, Urgency::lazy));
  disk.set_capacity_bytes(1 << 20);
  rig.advance_ms(1000);
  rig.tick();
  EXPECT_FALSE(rig.journal().no_space());
  EXPECT_TRUE(rig.send_one("m", filler(1000, 1)));
  rig.tick();
  EXPECT_EQ(rig.durable_sets(), rig.sent().size());
}

TEST(Journal, RaisesTheEpochWithEveryStart) {
  FaultDisk disk;
  JournalRig rig(disk);
  for (std::uint32_t start = 1; start <= 4; ++start) {
    ASSERT_TRUE(rig.open());
    EXPECT_EQ(rig.journal().epoch(), Epoch(start));
    if (start % 2 == 0) {
      ASSERT_TRUE(rig.send_one("m", "p"));
    }
    rig.tick();
    rig.abandon();
    disk.process_crash();
  }
  ASSERT_TRUE(rig.open());
  ASSERT_EQ(rig.found().frames.size(), 2U);
  EXPECT_EQ(rig.found().frames[0].epoch, Epoch(2));
  EXPECT_EQ(rig.found().frames[1].epoch, Epoch(4));
}

TEST(Journal, KeepsTheSlotSizeItWasMadeWith) {
  FaultDisk disk;
  JournalRig rig(disk, small_options(16384));
  ASSERT_TRUE(rig.open());
  rig.abandon();
  rig.options().slot_bytes = 8192;
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(rig.journal().slot_bytes(), 16384U);
  FaultDisk other;
  JournalRig impossible(other, small_options(1000));
  const auto refused = impossible.open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("slots of 1000 bytes"));
}

}  // namespace
}  // namespace rialto::test
