#include "core/engine/slot_index.h"
#include "tests/unit/core/engine/engine_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace rialto::test {
namespace {

constexpr PartitionId orders{1};

std::vector<std::string> index_files(const FaultDisk& disk) {
  std::vector<std::string> found;
  for (const std::string& name : disk.names()) {
    if (slot_of_index_name(name)) found.push_back(name);
  }
  return found;
}

TEST(SideFiles, EverySealedSlotGetsOneAndTheDenseFormGoes) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 300);
  rig.tick();
  EXPECT_GE(index_files(rig.disk).size(), 4U);
  EXPECT_LE(rig.engine->index_bytes(), 8 * 1024U);
}

TEST(SideFiles, NoneIsWrittenBeforeItsWholeSlotIsDurable) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 50);
  for (std::int64_t i = 50; i < 80; ++i) {
    rig.engine->stage(data_set(orders, Offset{i}, std::string(1000, 'x')), Haste::durable);
    rig.engine->poll(rig.clock.now());
  }
  EXPECT_TRUE(index_files(rig.disk).empty());
  rig.tick();
  EXPECT_EQ(index_files(rig.disk).size(), 1U);
}

/// Everything can be read whatever happened to the side files between two lives.
void expect_rebuilt(const std::function<void(FaultDisk&, const std::string& name)>& damage,
                    bool checkpoint) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 300);
  if (checkpoint) rig.take_checkpoint();
  rig.stop();
  rig.disk.process_crash();
  for (const std::string& name : index_files(rig.disk))
    damage(rig.disk, name);
  ASSERT_TRUE(rig.start());
  EXPECT_EQ(rig.all(orders).size(), 300U);
  EXPECT_EQ(rig.read(orders, Offset{123}, 1)->at(0).base_offset, Offset{123});
  rig.tick();
  EXPECT_GE(index_files(rig.disk).size(), 4U);
  // The next life needs no rebuilding: its first read is answered at once.
  ASSERT_TRUE(rig.restart());
  EXPECT_EQ(rig.all(orders).size(), 300U);
}

TEST(SideFiles, AMissingOneIsMadeAgain) {
  for (const bool checkpoint : {false, true}) {
    expect_rebuilt([](FaultDisk& disk, const std::string& name) { disk.remove(name); }, checkpoint);
  }
}

TEST(SideFiles, ADamagedHeadDirectoryOrRowIsFoundAndTheFileMadeAgain) {
  for (const std::uint64_t place : {8ULL, 4096ULL + 3, 8192ULL + 77, 8192ULL + 4093}) {
    SCOPED_TRACE(place);
    expect_rebuilt(
        [&](FaultDisk& disk, const std::string& name) {
          if (place < disk.content(name).size()) disk.flip(name, place, 0x40);
        },
        true);
  }
}

TEST(SideFiles, AZeroedOneIsMadeAgain) {
  expect_rebuilt(
      [](FaultDisk& disk, const std::string& name) {
        disk.overwrite(name, 4096, std::string(disk.content(name).size() - 4096, '\0'));
      },
      true);
}

TEST(SideFiles, ReadsWaitForASlotThatIsBeingScannedAndTheOthersDoNot) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 300);
  rig.take_checkpoint();
  rig.stop();
  rig.disk.process_crash();
  rig.disk.remove(slot_index_name(1));
  ASSERT_TRUE(rig.start());
  const auto ask = [&](std::int64_t from, std::uint64_t token) {
    return rig.engine->read({orders, Offset{from}, Offset{INT64_MAX}, 1}, ReadToken{token}).state;
  };
  EXPECT_EQ(ask(299, 1000), ReadOutcome::State::ready);
  EXPECT_EQ(ask(80, 1001), ReadOutcome::State::pending);
  EXPECT_EQ(rig.wait_for(ReadToken{1001})->at(0).base_offset, Offset{80});
}

TEST(SideFiles, OneThatCannotBeWrittenCostsMemoryAndNothingElse) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 40);
  // Room for the slots that are prepared already, none for anything new.
  rig.disk.set_capacity_bytes(0);
  rig.fill(orders, 40);
  EXPECT_GT(rig.engine->index_bytes(), 80 * sizeof(FrameFacts));
  EXPECT_EQ(rig.all(orders).size(), 80U);
  rig.disk.set_capacity_bytes(UINT64_MAX);
  rig.clock.advance_ms(5000);
  rig.fill(orders, 80);
  EXPECT_LT(rig.engine->index_bytes(), 80 * sizeof(FrameFacts));
  ASSERT_TRUE(rig.restart());
  EXPECT_EQ(rig.all(orders).size(), 160U);
}

TEST(SideFiles, OneThatRotsWhileItIsInUseIsMadeAgain) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 300);
  rig.take_checkpoint();
  EXPECT_EQ(rig.read(orders, Offset{80}, 1)->at(0).base_offset, Offset{80});
  for (const std::string& name : index_files(rig.disk))
    rig.disk.flip(name, 8192 + 50, 1);
  EXPECT_EQ(rig.all(orders).size(), 300U);
  // Once more: now the disk is not trusted with them any longer.
  for (const std::string& name : index_files(rig.disk))
    rig.disk.flip(name, 8192 + 50, 1);
  EXPECT_EQ(rig.all(orders).size(), 300U);
}

TEST(SideFiles, AVolatilePartitionSurvivesThatItsFileIsMadeAgainInTheSameLife) {
  const PartitionId own{volatile_id_bit | 7};
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  for (std::int64_t i = 0; i < 150; ++i) {
    WriteSet set;
    set.push_back(data_frame({{own, Offset{i}, DataTarget::is_volatile}}, std::string(900, 'v')));
    rig.engine->stage(std::move(set), Haste::durable);
    rig.tick();
  }
  for (const std::string& name : index_files(rig.disk))
    rig.disk.flip(name, 4096 + 50, 1);
  EXPECT_EQ(rig.all(own).size(), 150U);
}

TEST(SideFiles, ReadsFindEverythingWhicheverOperationOfTheDiskFailsWhileTheyAreMade) {
  for (std::uint64_t n = 1; n <= 40; ++n) {
    SCOPED_TRACE(n);
    EngineRig rig;
    ASSERT_TRUE(rig.start());
    rig.fill(orders, 50);
    rig.disk.fail(n, FaultOn::any, FaultEffect::death);
    std::int64_t safe = 50;
    for (int i = 0; i < 20 && !rig.engine->failed(); ++i) {
      const Ticket ticket = rig.put(orders, std::string(1000, 'x'));
      if (!rig.engine->failed() && rig.engine->poll(rig.clock.now()).durable >= ticket) ++safe;
    }
    rig.stop();
    rig.disk.power_loss(PowerLoss::sectors, n);
    rig.disk.fail(0, FaultOn::any, FaultEffect::error);
    ASSERT_TRUE(rig.start());
    EXPECT_GE(static_cast<std::int64_t>(rig.all(orders).size()), safe);
    EXPECT_TRUE(rig.damaged.empty());
  }
}

TEST(SideFiles, ACleanStopLeavesTheOpenSlotsIndexAndTheNextStartUsesIt) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 20);
  rig.take_checkpoint();
  ASSERT_TRUE(rig.engine->close());
  EXPECT_THAT(index_files(rig.disk), testing::ElementsAre("index-0"));
  ASSERT_TRUE(rig.restart());
  EXPECT_EQ(rig.all(orders).size(), 20U);
  // It speaks for a slot that grows from now on.
  EXPECT_TRUE(index_files(rig.disk).empty());
}

/// What the engine lists from `number` on, looked up in the background first.
std::vector<StorageUnit> units_from(EngineRig& rig, std::uint64_t number) {
  for (int i = 0; i < 5; ++i) {
    static_cast<void>(rig.engine->closed_units(number));
    rig.tick();
  }
  return rig.engine->closed_units(number);
}

TEST(Units, AreListedBelowTheCheckpointAndReleasedWhenTheyAreEmpty) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  EXPECT_FALSE(rig.engine->wants_checkpoint());
  rig.fill(orders, 300);
  EXPECT_TRUE(rig.engine->wants_checkpoint());
  EXPECT_TRUE(rig.engine->closed_units(0).empty());
  rig.take_checkpoint();
  EXPECT_FALSE(rig.engine->wants_checkpoint());
  const auto units = units_from(rig, 0);
  ASSERT_EQ(units.size(), 4U);
  EXPECT_EQ(units[0].number, 0U);
  ASSERT_EQ(units[1].held.size(), 1U);
  EXPECT_EQ(units[0].held[0].first, Offset{0});
  EXPECT_EQ(units[1].held[0].first, units[0].held[0].last + 1);
  const std::uint64_t stored = rig.engine->stored_bytes();
  const Offset next = units[1].held[0].last + 1;
  EXPECT_TRUE(rig.engine->empty_units(UINT64_MAX).empty());
  rig.trim(orders, next);
  EXPECT_THAT(rig.engine->empty_units(1), testing::ElementsAre(0U));
  rig.engine->release_units(rig.engine->empty_units(UINT64_MAX));
  rig.tick();
  EXPECT_EQ(stored - rig.engine->stored_bytes(), 2 * rig.options.journal.slot_bytes);
  EXPECT_EQ(rig.all(orders).begin()->first, next.get());
  EXPECT_THAT(index_files(rig.disk), testing::Not(testing::Contains("index-1")));
  ASSERT_TRUE(rig.restart());
  EXPECT_EQ(rig.all(orders).begin()->first, next.get());
  EXPECT_EQ(rig.engine->closed_units(0).size(), 0U);
}

TEST(Units, AreReleasedAroundOneInWhichSomethingWaits) {
  for (const bool cold : {false, true}) {
    EngineRig rig;
    rig.cold = cold;
    ASSERT_TRUE(rig.start());
    rig.fill(orders, 300);
    rig.take_checkpoint();
    const auto units = units_from(rig, 0);
    ASSERT_EQ(units.size(), 4U);
    const Offset waiting = units[1].held[0].first + 1;
    const Offset end = units[3].held[0].last + 1;
    rig.engine->trim({orders, waiting, end, rig.log_end[orders],
                      [&](Offset from, Offset to) { return from <= waiting && waiting <= to; }});
    EXPECT_THAT(rig.engine->empty_units(4), testing::ElementsAre(0U, 2U, 3U));
    rig.engine->release_units({0, 2, 3});
    rig.tick();
    const auto is_right = [&] {
      const auto read = rig.read(orders, waiting, 1);
      EXPECT_EQ(read.value().at(0).base_offset, waiting);
      const auto behind = rig.read(orders, units[2].held[0].first, 1);
      EXPECT_EQ(behind.value().at(0).base_offset, end) << "nothing in between";
      EXPECT_TRUE(rig.damaged.empty());
    };
    is_right();
    rig.fill(orders, 100);  // their files are used again
    ASSERT_TRUE(rig.restart());
    is_right();
    rig.take_checkpoint();
    EXPECT_EQ(units_from(rig, 0).at(0).number, 1U);
    EXPECT_EQ(units_from(rig, 2).at(0).number, 4U);
    rig.trim(orders, end);
    rig.engine->release_units(rig.engine->empty_units(UINT64_MAX));
    rig.tick();
    EXPECT_EQ(rig.all(orders).begin()->first, end.get());
  }
}

}  // namespace
}  // namespace rialto::test
