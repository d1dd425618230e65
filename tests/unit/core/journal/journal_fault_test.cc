#include "core/journal/frame.h"
#include "tests/unit/core/journal/journal_rig.h"

#include <gtest/gtest.h>

#include <optional>

// Every operation of a workload fails once, in every way the disk knows, and the journal is opened
// again: what was durable is there, whole sets, in order, nothing else.

namespace rialto::test {
namespace {

struct Ending {
  const char* name;
  FaultOn on;
  FaultEffect effect;
  std::optional<PowerLoss> loss;  ///< none: the process is killed, the power stays
};

constexpr Ending endings[] = {
    {"killed", FaultOn::any, FaultEffect::death, std::nullopt},
    {"power gone, all kept", FaultOn::any, FaultEffect::death, PowerLoss::keep_all},
    {"power gone, nothing unsynced kept", FaultOn::any, FaultEffect::death, PowerLoss::drop_all},
    {"power gone, torn", FaultOn::any, FaultEffect::death, PowerLoss::prefix},
    {"power gone, sectors shuffled", FaultOn::any, FaultEffect::death, PowerLoss::sectors},
    {"write fails", FaultOn::write, FaultEffect::error, PowerLoss::sectors},
    {"sync fails", FaultOn::sync, FaultEffect::error, PowerLoss::drop_all},
    {"rename fails", FaultOn::rename, FaultEffect::error, PowerLoss::prefix},
    {"no space", FaultOn::write, FaultEffect::no_space, PowerLoss::drop_all},
};

constexpr FrameKind kinds[] = {FrameKind::data, FrameKind::settle,    FrameKind::catalog,
                               FrameKind::trim, FrameKind::lease,     FrameKind::offsets,
                               FrameKind::data, FrameKind::producers, FrameKind::counts};

/// One of a fixed series of write sets.
std::vector<WantedFrame> set_number(std::uint64_t n) {
  const FrameKind kind = kinds[n % std::size(kinds)];
  if (n % 7 == 3) {
    return {{FrameKind::settle, filler(40, n), ""},
            {FrameKind::data, filler(30, n + 1), filler(700, n)},
            {FrameKind::data, filler(30, n + 2), filler(n % 5 * 300, n + 9)}};
  }
  if (kind == FrameKind::data) return {{kind, filler(32, n), filler(100 + n * 37 % 2900, n)}};
  return {{kind, filler(10 + n * 13 % 200, n), ""}};
}

/// Rolls, checkpoints, releases, marks, lazy and volatile groups; stops at the first failure.
void work(JournalRig& rig, std::uint64_t from, std::uint64_t steps) {
  for (std::uint64_t n = from; n < from + steps && !rig.journal().failed(); ++n) {
    const Urgency urgency = n % 5 == 1   ? Urgency::lazy
                            : n % 5 == 3 ? Urgency::written
                                         : Urgency::durable;
    rig.send(set_number(n), urgency);
    if (n % 3 != 0) rig.tick();
    if (n % 8 == 5) {
      rig.advance_ms(60);
      rig.tick();
      rig.tick();
    }
    if (n % 11 == 9) {
      rig.checkpoint();
      rig.tick();
      rig.release(1 + n % 3);  // all of them, or with gaps
      rig.tick();
    }
  }
  if (!rig.journal().failed()) rig.tick();
}

constexpr std::uint64_t first_steps = 110;
constexpr std::uint64_t second_steps = 25;

/// False when the fault lies beyond the end of the workload.
bool run_once(const Ending& ending, std::uint64_t nth, const JournalOptions& options) {
  FaultDisk disk;
  JournalRig rig(disk, options);
  disk.fail(nth, ending.on, ending.effect);
  if (rig.open()) work(rig, 0, first_steps);
  const bool happened = disk.fault_happened();
  rig.abandon();
  if (ending.loss) {
    disk.power_loss(*ending.loss, nth);
  } else {
    disk.process_crash();
  }

  const auto reopened = rig.open();
  EXPECT_TRUE(reopened) << ending.name << ", operation " << nth << ": " << reopened.error().text;
  if (!reopened) return false;
  const auto matches = rig.found_matches();
  EXPECT_TRUE(matches) << ending.name << ", operation " << nth;
  if (!matches) return false;

  // The next life writes over what the first one left, and ends badly too.
  work(rig, 1000 + nth, second_steps);
  rig.abandon();
  disk.power_loss(PowerLoss::sectors, nth * 31);
  const auto again = rig.open();
  EXPECT_TRUE(again) << ending.name << ", second life of " << nth << ": " << again.error().text;
  if (!again) return false;
  const auto matches_again = rig.found_matches();
  EXPECT_TRUE(matches_again) << ending.name << ", second life of " << nth;
  return happened && matches_again;
}

class EveryOperationFails : public ::testing::TestWithParam<Ending> {};

std::uint64_t operations_until_all_went_well(const Ending& ending, const JournalOptions& options) {
  std::uint64_t nth = 1;
  while (run_once(ending, nth, options))
    ++nth;
  return nth;
}

TEST_P(EveryOperationFails, AndEverythingDurableIsFoundInWholeSetsAndInOrder) {
  const std::uint64_t nth = operations_until_all_went_well(GetParam(), small_options());
  EXPECT_GT(nth, 10U) << "the workload is long enough to mean something";
  RecordProperty("operations", static_cast<int>(nth));
}

TEST_P(EveryOperationFails, AlsoWhileTheSpareSlotIsHalfMade) {
  constexpr std::uint64_t of_four_steps = 64 << 10;
  const std::uint64_t nth =
      operations_until_all_went_well(GetParam(), small_options(of_four_steps));
  EXPECT_GT(nth, 5U) << "the workload is long enough to mean something";
  RecordProperty("operations", static_cast<int>(nth));
}

INSTANTIATE_TEST_SUITE_P(Journal, EveryOperationFails, ::testing::ValuesIn(endings),
                         [](const auto& ending) {
                           std::string name;
                           for (const char c : std::string(ending.param.name)) {
                             if (std::isalpha(static_cast<unsigned char>(c))) name.push_back(c);
                           }
                           return name;
                         });

TEST(JournalWorkload, CoversRollsCheckpointsReuseMarksAndEveryKindOfFrame) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  work(rig, 0, first_steps);
  EXPECT_GE(rig.journal().slots().back().number, 6U) << "rolls";
  EXPECT_GE(rig.journal().slots().front().number, 3U) << "released slots";
  EXPECT_GT(rig.journal().checkpoint_lsn(), Lsn(0));
  EXPECT_LT(disk.slot_files(), rig.journal().slots().back().number + 2) << "reuse";
  EXPECT_EQ(rig.sent().size(), first_steps);
}

TEST(JournalRecovery, GivesTheSameWhenItIsCutOffAtAnyOperation) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  work(rig, 0, 25);
  ASSERT_TRUE(rig.send_one("unsynced", filler(2000, 1), Urgency::written));
  ASSERT_TRUE(rig.send_one("unsynced", filler(900, 2), Urgency::written));
  rig.journal().hand_over(rig.clock().now());
  rig.abandon();
  disk.power_loss(PowerLoss::prefix, 3);

  const auto plain = disk.clone();
  JournalRig straight = rig;
  straight.move_to(*plain);
  ASSERT_TRUE(straight.open());
  const auto& expected = straight.found().frames;
  for (const PowerLoss loss :
       {PowerLoss::keep_all, PowerLoss::drop_all, PowerLoss::prefix, PowerLoss::sectors}) {
    for (std::uint64_t nth = 1;; ++nth) {
      const auto copy = disk.clone();
      copy->fail(nth, FaultOn::any, FaultEffect::death);
      JournalRig cut = rig;
      cut.move_to(*copy);
      const auto opened = cut.open();
      cut.abandon();
      if (!copy->fault_happened()) break;
      EXPECT_FALSE(opened) << nth;
      copy->power_loss(loss, nth);
      ASSERT_TRUE(cut.open()) << nth;
      ASSERT_EQ(cut.found().frames.size(), expected.size()) << nth;
      EXPECT_EQ(cut.journal().report().tail, straight.journal().report().tail) << nth;
      EXPECT_TRUE(cut.found_matches()) << nth;
    }
  }
}

}  // namespace
}  // namespace rialto::test
