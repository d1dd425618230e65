#include "core/journal/checkpoint_file.h"
#include "core/journal/frame.h"
#include "tests/unit/core/journal/journal_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> metas(const JournalRig& rig) {
  std::vector<std::string> all;
  for (const auto& frame : rig.found().frames)
    all.push_back(frame.meta);
  return all;
}

/// Destroys a frame as if its sectors never reached the disk.
void lose_frame(FaultDisk& disk, const SentSet& set) {
  const std::uint64_t first = set.lsns[0].get();
  const std::string zeros(set.end.get() - first, '\0');
  disk.overwrite(slot_file_of(disk, first / 8192), first % 8192, zeros);
}

TEST(JournalRecovery, ForgetsAnUnsyncedGroupOfWhichOnlyTheFirstAndThirdFrameSurviveTwice) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send_one("kept", filler(200, 0)));
  rig.tick();
  for (int life = 0; life < 2; ++life) {
    // The same lengths each time, so that the third frame of the first life lies exactly where
    // a frame of the second one is expected next.
    for (std::uint64_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(rig.send_one("group", filler(500, i + 1), Urgency::written));
    }
    const std::size_t group = rig.sent().size() - 3;
    rig.journal().hand_over(rig.clock().now());
    rig.abandon();
    disk.process_crash();
    lose_frame(disk, rig.sent()[group + 1]);
    ASSERT_TRUE(rig.open());
    EXPECT_EQ(rig.found().frames.size(), group + 1) << "the first frame of the group, no more";
    EXPECT_TRUE(rig.found_matches());
  }
  // One more frame up to the place of the third: it must not join the log now.
  ASSERT_TRUE(rig.send_one("newer", filler(500, 9)));
  rig.tick();
  rig.abandon();
  disk.power_loss(PowerLoss::drop_all, 1);
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(metas(rig), (std::vector<std::string>{"kept", "group", "group", "newer"}));
  EXPECT_TRUE(rig.found_matches());
}

TEST(JournalRecovery, MakesWhatItFindsInThePageCacheDurableBeforeItIsShown) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send_one("found", filler(500, 1), Urgency::written));
  rig.journal().hand_over(rig.clock().now());
  rig.abandon();
  disk.process_crash();
  ASSERT_TRUE(rig.open());
  ASSERT_EQ(metas(rig), std::vector<std::string>{"found"});
  EXPECT_EQ(rig.journal().durable(), rig.sent()[0].end);
  rig.abandon();
  disk.power_loss(PowerLoss::drop_all, 1);
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(metas(rig), std::vector<std::string>{"found"});
}

TEST(JournalRecovery, FindsTheLogBelowACheckpointAlsoWhenSyncingIsSwitchedOff) {
  FaultDisk disk;
  JournalRig rig(disk);
  rig.options().sync = false;
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send_one("m", filler(500, 1)));
  rig.tick();
  rig.checkpoint();
  rig.journal().poll(rig.clock().now());
  rig.journal().poll(rig.clock().now());
  EXPECT_EQ(rig.journal().checkpoint_lsn(), Lsn(0)) << "not before the log below it is synced";
  rig.tick();
  rig.tick();
  ASSERT_EQ(rig.journal().checkpoint_lsn(), rig.sent()[0].end);
  rig.abandon();
  disk.power_loss(PowerLoss::drop_all, 1);
  ASSERT_TRUE(rig.open());
  std::string payload(500, '\0');
  ASSERT_TRUE(rig.journal().read(Lsn(frame_header_bytes + 1), payload.data(), 500, false));
  EXPECT_EQ(payload, filler(500, 1));
}

TEST(JournalRecovery, NoticesRotOfTheLastFrameOfAnIdleLog) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send_one("first", "p"));
  rig.tick();
  ASSERT_TRUE(rig.send_one("last", "p"));
  rig.tick();
  rig.advance_ms(60);
  rig.tick();
  rig.advance_ms(60);
  rig.tick();
  const Lsn last = rig.sent()[1].lsns[0];
  rig.abandon();
  disk.process_crash();
  disk.flip(slot_file_of(disk, 0), last.get() + 66, 1);
  const auto refused = rig.open();
  ASSERT_FALSE(refused) << "without the mark it would pass for a torn tail";
  EXPECT_EQ(refused.error().code, Errc::corrupt);
  EXPECT_THAT(refused.error().text, HasSubstr(std::to_string(last.get())));
  EXPECT_THAT(refused.error().text, HasSubstr(std::to_string(rig.sent()[1].end.get())));
}

TEST(JournalRecovery, TakesTheSameDamageForATornTailWhenNothingProvesThatItWasDurable) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send_one("first", "p"));
  rig.tick();
  ASSERT_TRUE(rig.send_one("last", "p", Urgency::written));
  rig.tick();
  rig.abandon();
  disk.process_crash();
  disk.flip(slot_file_of(disk, 0), rig.sent()[1].lsns[0].get() + 66, 1);
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(metas(rig), std::vector<std::string>{"first"});
}

TEST(JournalRecovery, NoticesRotOfTheLastFrameAfterAnOrderlyStop) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send_one("last", "p"));
  ASSERT_TRUE(rig.journal().close());
  rig.abandon();
  disk.flip(slot_file_of(disk, 0), 20, 0x40);
  EXPECT_FALSE(rig.open());
}

TEST(JournalRecovery, DropsAWriteSetCutAtASlotBorderWhole) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  rig.tick();
  ASSERT_TRUE(rig.send_one("before", filler(1000, 1)));
  rig.tick();
  std::vector<NewFrame> set;
  for (std::uint64_t i = 0; i < 3; ++i) {
    set.push_back({FrameKind::data, 0, "large", Slice::copy_of(filler(6000, i))});
  }
  const auto large = rig.journal().stage(std::move(set), Urgency::durable);
  ASSERT_GT(large.end.get() / 8192, large.lsns[0].get() / 8192) << "crosses a border";
  rig.tick();
  // Sync of the full slot and of the prepared ones succeed, the last one does not.
  disk.fail(disk.operations(FaultOn::any) + 1, FaultOn::any, FaultEffect::death);
  for (int i = 0; i < 4; ++i)
    rig.tick();
  rig.abandon();
  disk.process_crash();
  // The part in the last slot never arrived.
  const std::uint64_t last_slot = large.lsns[2].get() / 8192;
  disk.overwrite(slot_file_of(disk, last_slot), 0, std::string(8192, '\0'));
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(metas(rig), std::vector<std::string>{"before"});
  EXPECT_EQ(rig.journal().staged(), large.lsns[0]) << "the log goes on where the set began";
  EXPECT_TRUE(rig.found_matches());
  for (std::uint64_t i = 0; i < 8; ++i) {
    ASSERT_TRUE(rig.send_one("after", filler(2500, i)));
    rig.tick();
  }
  rig.abandon();
  disk.power_loss(PowerLoss::drop_all, 1);
  ASSERT_TRUE(rig.open());
  EXPECT_TRUE(rig.found_matches());
  EXPECT_EQ(rig.sent().size(), 9U);
}

TEST(JournalRecovery, DropsAWriteSetWholeWhenItsLastFrameIsTorn) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send_one("before", "p"));
  rig.tick();
  ASSERT_TRUE(rig.send({{FrameKind::settle, "a", ""}, {FrameKind::data, "b", filler(900, 1)}},
                       Urgency::written));
  rig.journal().hand_over(rig.clock().now());
  const Lsn payload_end = rig.sent()[1].end - 8;
  rig.abandon();
  disk.process_crash();
  disk.flip(slot_file_of(disk, 0), payload_end.get() - 8, 1);
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(metas(rig), std::vector<std::string>{"before"});
  EXPECT_EQ(rig.journal().report().dropped_bytes,
            frame_size_bytes(1, 0) + frame_size_bytes(1, 900));
}

TEST(JournalRecovery, SkipsARottenSettlementAndSaysSo) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send_one("a", "p"));
  ASSERT_TRUE(rig.send({{FrameKind::settle, "settled", ""}}));
  ASSERT_TRUE(rig.send_one("b", "p"));
  ASSERT_TRUE(rig.journal().close());
  const Lsn settle = rig.sent()[1].lsns[0];
  rig.abandon();
  disk.flip(slot_file_of(disk, 0), settle.get() + 65, 4);
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(metas(rig), (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(rig.journal().report().findings.size(), 1U);
  EXPECT_THAT(rig.journal().report().findings[0], HasSubstr(std::to_string(settle.get())));
}

TEST(JournalRecovery, KeepsADurableSetWhoseLastSettlementHasRotted) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send({{FrameKind::data, "kept", "p"}, {FrameKind::settle, "settled", ""}}));
  ASSERT_TRUE(rig.journal().close());
  const Lsn settle = rig.sent()[0].lsns[1];
  rig.abandon();
  disk.flip(slot_file_of(disk, 0), settle.get() + 65, 4);
  for (int start = 0; start < 3; ++start) {
    ASSERT_TRUE(rig.open());
    EXPECT_EQ(metas(rig), std::vector<std::string>{"kept"});
    EXPECT_GE(rig.journal().staged(), rig.sent()[0].end);
  }
}

TEST(JournalRecovery, RefusesARottenCatalogueFrameEvenWhenItPosesAsASettlement) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send({{FrameKind::catalog, "declared", ""}}));
  ASSERT_TRUE(rig.send_one("b", "p"));
  ASSERT_TRUE(rig.journal().close());
  const Lsn frame = rig.sent()[0].lsns[0];
  rig.abandon();
  disk.flip(slot_file_of(disk, 0), frame.get() + 5, 1);  // catalog (5) becomes settle (4)
  const auto refused = rig.open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::corrupt);
}

TEST(JournalRecovery, ReadsPastARottenPayloadBecauseItsReaderWillNotice) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send_one("a", filler(500, 1)));
  ASSERT_TRUE(rig.send_one("b", filler(500, 2)));
  ASSERT_TRUE(rig.journal().close());
  rig.abandon();
  disk.flip(slot_file_of(disk, 0), 200, 1);
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(metas(rig), (std::vector<std::string>{"a", "b"}));
}

TEST(JournalRecovery, GoesOnPastUnknownDamageOnlyOnAnOperatorsWord) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  for (const char* meta : {"a", "lost", "b"})
    ASSERT_TRUE(rig.send_one(meta, filler(300, 1)));
  ASSERT_TRUE(rig.journal().close());
  const SentSet lost = rig.sent()[1];
  rig.abandon();
  lose_frame(disk, lost);
  const auto refused = rig.open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("bytes " + std::to_string(lost.lsns[0].get()) +
                                              " to " + std::to_string(lost.end.get())));
  rig.options().skip_damage = true;
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(metas(rig), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(rig.journal().report().findings.size(), 1U);
}

TEST(JournalRecovery, NeverTakesAFrameInsideOfAPayloadForOneOfItsOwn) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send_one("a", filler(100, 1)));
  rig.tick();
  // A client that guesses the address writes a frame that claims everything was durable.
  const Lsn inside = rig.journal().staged() + 2 * frame_header_bytes;
  FrameHeader forged;
  forged.kind = FrameKind::catalog;
  forged.flags = frame_last_of_set;
  forged.epoch = rig.journal().epoch();
  forged.lsn = inside;
  forged.set_first = inside;
  std::string payload(frame_header_bytes, '\0');
  char raw[frame_header_bytes];
  put_frame_header(forged, raw);
  seal_frame(raw, inside, WallMs(0), 0);
  payload.append(raw, sizeof raw);
  ASSERT_TRUE(rig.send_one("", payload, Urgency::written));
  rig.journal().hand_over(rig.clock().now());
  const Lsn torn = rig.sent()[1].lsns[0];
  rig.abandon();
  disk.process_crash();
  disk.overwrite(slot_file_of(disk, 0), torn.get(), std::string(64, '\0'));
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(metas(rig), std::vector<std::string>{"a"});
}

TEST(JournalRecovery, RefusesSlotsWithoutAManifestAndTouchesNothing) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.send_one("a", "p"));
  ASSERT_TRUE(rig.journal().close());
  rig.abandon();
  disk.remove("manifest-a");
  disk.remove("manifest-b");
  const auto operations = disk.operations(FaultOn::any);
  const auto refused = rig.open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("has slots and no manifest"));
  EXPECT_EQ(disk.operations(FaultOn::any), operations);
}

TEST(JournalRecovery, StartsFromTheOtherCopyWhenOneManifestHasRotted) {
  for (const char* rotten : {"manifest-a", "manifest-b"}) {
    FaultDisk disk;
    JournalRig rig(disk);
    ASSERT_TRUE(rig.open());
    ASSERT_TRUE(rig.send_one("a", "p"));
    ASSERT_TRUE(rig.journal().close());
    rig.abandon();
    disk.flip(rotten, 30, 1);
    ASSERT_TRUE(rig.open()) << rotten;
    EXPECT_TRUE(rig.found_matches());
    EXPECT_EQ(rig.journal().report().findings.size(), 1U);
  }
}

TEST(JournalRecovery, NamesASlotFileThatIsMissingOrShort) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.journal().close());
  rig.abandon();
  disk.remove("slot-00000000");
  const auto refused = rig.open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("slot-00000000 is missing"));
}

TEST(JournalRecovery, FallsBackToTheOlderCheckpointWhileItsSlotsAreThere) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  for (std::uint64_t i = 0; i < 8; ++i) {
    ASSERT_TRUE(rig.send_one("m", filler(2000, i)));
    rig.tick();
    if (i % 3 == 2) rig.checkpoint();
    rig.tick();
  }
  rig.abandon();
  disk.process_crash();
  disk.flip(checkpoint_name(1), 70, 1);
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(rig.found().checkpoint->at(0), "3");
  EXPECT_TRUE(rig.found_matches());
  EXPECT_EQ(rig.sent().size(), 8U);
}

/// What an opening says when slots went back and the checkpoint that allowed it is damaged.
std::string refused_without_checkpoint(std::uint64_t sets,
                                       const std::function<void(JournalRig&)>& give_back) {
  FaultDisk disk;
  JournalRig rig(disk);
  EXPECT_TRUE(rig.open());
  rig.fill(sets, 2000);
  rig.checkpoint();
  rig.tick();
  give_back(rig);
  rig.tick();
  rig.abandon();
  disk.process_crash();
  disk.flip(checkpoint_name(0), 70, 1);
  const auto opened = rig.open();
  return opened ? "opened" : opened.error().text;
}

TEST(JournalRecovery, RefusesWhenNoCheckpointCoversWhatIsBehindAGap) {
  EXPECT_THAT(refused_without_checkpoint(20, [](JournalRig& rig) { rig.journal().release({1}); }),
              HasSubstr("checkpoint-00000000"))
      << "slot 0 is there, but replay would miss what was in slot 1";
}

TEST(JournalRecovery, RefusesWhenNoCheckpointCoversTheOldestSlot) {
  EXPECT_THAT(refused_without_checkpoint(10, [](JournalRig& rig) { rig.release(); }),
              HasSubstr("checkpoint-00000000"));
}

}  // namespace
}  // namespace rialto::test
