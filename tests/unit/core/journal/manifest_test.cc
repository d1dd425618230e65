#include "core/journal/manifest.h"

#include "tests/support/fault_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto {
namespace {

using test::FaultDisk;
using test::FaultEffect;
using test::FaultOn;
using test::PowerLoss;
using ::testing::HasSubstr;

Manifest some_manifest() {
  Manifest m;
  m.directory_id = std::string(16, 'i');
  m.slot_bytes = 8192;
  m.durable = Lsn(20000);
  m.epochs = {{Epoch(1), Lsn(8192)}, {Epoch(3), Lsn(16400)}};
  m.checkpoints = {{4, Lsn(9000)}, {5, Lsn(17000)}};
  m.slots = {{1, 7}, {2, 0}, {3, 2}};
  return m;
}

TEST(Manifest, ReadsBackWhatWasWritten) {
  const auto m = decode_manifest(encode_manifest(some_manifest()));
  ASSERT_TRUE(m);
  EXPECT_EQ(encode_manifest(*m), encode_manifest(some_manifest()));
  EXPECT_EQ(m->slots[2].file_id, 2U);
  EXPECT_EQ(m->epochs[1].first, Lsn(16400));
}

TEST(Manifest, NoticesEveryFlippedByteAndEveryCut) {
  const std::string good = encode_manifest(some_manifest());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    EXPECT_FALSE(decode_manifest(bad)) << i;
    EXPECT_FALSE(decode_manifest(Bytes(good).substr(0, i))) << i;
  }
}

TEST(Manifest, RefusesTablesThatContradictThemselves) {
  const auto refused = [](auto change) {
    Manifest m = some_manifest();
    change(m);
    return !decode_manifest(encode_manifest(m));
  };
  EXPECT_TRUE(refused([](Manifest& m) { m.directory_id = "short"; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.slot_bytes = 0; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.slot_bytes = 8193; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.slots[1].number = 5; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.slots[2].number = 5; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.slots[1].number = 1; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.slots[1].file_id = 7; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.slots = {{UINT64_MAX, 1}}; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.epochs[1].epoch = Epoch(1); }));
  EXPECT_TRUE(refused([](Manifest& m) { m.epochs[1].first = Lsn(8192); }));
  EXPECT_TRUE(refused([](Manifest& m) { m.checkpoints[0].lsn = Lsn(18000); }));
}

TEST(Manifest, MayMissSlotsBelowTheCheckpoint) {
  Manifest m = some_manifest();
  m.slots = {{0, 9}, {2, 0}, {3, 2}};
  const auto read = decode_manifest(encode_manifest(m));
  ASSERT_TRUE(read);
  EXPECT_EQ(first_without_gap(read->slots), 2U);
}

TEST(Manifest, TellsANewerFormatFromDamage) {
  std::string newer = encode_manifest(some_manifest());
  newer[4] = 2;
  EXPECT_EQ(decode_manifest(newer).error().code, Errc::not_supported);
}

TEST(Manifest, GivesEachAddressTheEpochThatBeganBelowIt) {
  const Manifest m = some_manifest();
  EXPECT_FALSE(epoch_at(m.epochs, Lsn(8191)));
  EXPECT_EQ(epoch_at(m.epochs, Lsn(8192)), Epoch(1));
  EXPECT_EQ(epoch_at(m.epochs, Lsn(16399)), Epoch(1));
  EXPECT_EQ(epoch_at(m.epochs, Lsn(16400)), Epoch(3));
  EXPECT_EQ(epoch_at(m.epochs, Lsn(UINT64_MAX)), Epoch(3));
}

TEST(ManifestStore, HoldsTheOldOrTheNewContentWhicheverOperationIsCutOff) {
  for (const PowerLoss loss :
       {PowerLoss::keep_all, PowerLoss::drop_all, PowerLoss::prefix, PowerLoss::sectors}) {
    for (std::uint64_t nth = 1;; ++nth) {
      FaultDisk disk;
      auto dir = disk.open();
      ManifestStore store(*dir);
      Manifest m = some_manifest();
      ASSERT_TRUE(store.commit(m));
      disk.fail(nth, FaultOn::any, FaultEffect::death);
      m.durable = Lsn(30000);
      const bool committed = static_cast<bool>(store.commit(m));
      const bool cut = disk.fault_happened();
      disk.power_loss(loss, nth);
      dir = disk.open();
      ManifestStore found(*dir);
      std::vector<std::string> findings;
      const auto loaded = found.load(findings);
      ASSERT_TRUE(loaded) << loaded.error().text;
      ASSERT_TRUE(*loaded);
      EXPECT_TRUE(findings.empty());
      const Lsn durable = (*loaded)->durable;
      EXPECT_TRUE(durable == Lsn(30000) || (durable == Lsn(20000) && !committed)) << nth;
      if (!cut) break;
    }
  }
}

TEST(ManifestStore, SaysWhenNoCopyCanBeRead) {
  FaultDisk disk;
  auto dir = disk.open();
  ManifestStore store(*dir);
  ASSERT_TRUE(store.commit(some_manifest()));
  disk.flip("manifest-a", 40, 1);
  disk.flip("manifest-b", 41, 1);
  ManifestStore again(*dir);
  std::vector<std::string> findings;
  const auto loaded = again.load(findings);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().text, HasSubstr("restore the manifest from a backup"));
}

TEST(ManifestStore, KeepsACommitWhoseSecondCopyFoundNoSpace) {
  FaultDisk disk;
  auto dir = disk.open();
  ManifestStore store(*dir);
  Manifest m = some_manifest();
  ASSERT_TRUE(store.commit(m));
  disk.fail(2, FaultOn::write, FaultEffect::no_space);
  m.durable = Lsn(30000);
  ASSERT_TRUE(store.commit(m));
  EXPECT_EQ(store.current().durable, Lsn(30000));
  disk.power_loss(PowerLoss::drop_all, 1);
  dir = disk.open();
  ManifestStore found(*dir);
  std::vector<std::string> findings;
  EXPECT_EQ((*found.load(findings))->durable, Lsn(30000));
}

}  // namespace
}  // namespace rialto
