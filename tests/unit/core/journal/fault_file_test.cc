#include "tests/support/fault_file.h"

#include <gtest/gtest.h>

// The fault file is what other tests rest on, so it is tested itself.

namespace rialto::test {
namespace {

void put(File& file, std::uint64_t at, const std::string& bytes) {
  const Bytes pieces[] = {bytes};
  ASSERT_TRUE(file.write(at, pieces));
}

TEST(FaultDisk, ForgetsBytesThatWereNotSynced) {
  FaultDisk disk;
  auto dir = disk.open();
  auto file = dir->create("f").value();
  ASSERT_TRUE(dir->sync());
  put(*file, 0, "synced");
  ASSERT_TRUE(file->sync());
  put(*file, 0, "SYNCED and more");
  EXPECT_EQ(disk.content("f"), "SYNCED and more");
  disk.power_loss(PowerLoss::drop_all, 1);
  EXPECT_EQ(disk.content("f"), "synced");
  EXPECT_FALSE(file->sync()) << "handles of an earlier life are dead";
}

TEST(FaultDisk, ForgetsNamesThatWereNotSynced) {
  FaultDisk disk;
  auto dir = disk.open();
  auto file = dir->create("old").value();
  put(*file, 0, "x");
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(dir->sync());
  ASSERT_TRUE(dir->rename("old", "new"));
  ASSERT_TRUE(dir->create("other"));
  disk.power_loss(PowerLoss::drop_all, 1);
  EXPECT_EQ(disk.names(), std::vector<std::string>{"old"});
}

TEST(FaultDisk, TearsAtSectorsAndNeverInvents) {
  bool torn = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    FaultDisk disk;
    auto dir = disk.open();
    auto file = dir->create("f").value();
    put(*file, 0, std::string(2048, 'a'));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(dir->sync());
    put(*file, 0, std::string(2048, 'b'));
    disk.power_loss(PowerLoss::sectors, seed);
    const std::string content = disk.content("f");
    std::size_t changed = 0;
    for (std::size_t sector = 0; sector < 4; ++sector) {
      const std::string bytes = content.substr(sector * 512, 512);
      EXPECT_TRUE(bytes == std::string(512, 'a') || bytes == std::string(512, 'b'));
      changed += bytes[0] == 'b' ? 1U : 0U;
    }
    torn = torn || (changed > 0 && changed < 4);
  }
  EXPECT_TRUE(torn);
}

TEST(FaultDisk, LosesForEverWhatAFailedSyncWasFor) {
  FaultDisk disk;
  auto dir = disk.open();
  auto file = dir->create("f").value();
  ASSERT_TRUE(dir->sync());
  put(*file, 0, "lost");
  disk.fail(1, FaultOn::sync, FaultEffect::error);
  EXPECT_FALSE(file->sync());
  EXPECT_TRUE(file->sync()) << "the second one lies, as real ones do";
  disk.power_loss(PowerLoss::drop_all, 1);
  EXPECT_EQ(disk.content("f"), "");
}

TEST(FaultDisk, EndsTheProcessAtTheNthOperation) {
  FaultDisk disk;
  auto dir = disk.open();
  disk.fail(3, FaultOn::any, FaultEffect::death);
  auto file = dir->create("f").value();
  put(*file, 0, "one");
  EXPECT_FALSE(file->sync());
  EXPECT_TRUE(disk.fault_happened());
  EXPECT_FALSE(dir->sync());
  EXPECT_FALSE(dir->create("g"));
  disk.process_crash();
  EXPECT_EQ(disk.content("f"), "one");
  EXPECT_TRUE(disk.open()->create("g"));
}

TEST(FaultDisk, KeepsThePageCacheOverAKillButNotOverThePowerCutAfterIt) {
  FaultDisk disk;
  auto dir = disk.open();
  auto file = dir->create("f").value();
  ASSERT_TRUE(dir->sync());
  put(*file, 0, "cached");
  disk.process_crash();
  EXPECT_EQ(disk.content("f"), "cached");
  disk.power_loss(PowerLoss::drop_all, 1);
  EXPECT_EQ(disk.content("f"), "");
}

TEST(FaultDisk, CopiesItselfWithWhatIsPending) {
  FaultDisk disk;
  auto dir = disk.open();
  auto file = dir->create("f").value();
  ASSERT_TRUE(dir->sync());
  put(*file, 0, "pending");
  const auto copy = disk.clone();
  ASSERT_TRUE(file->sync());
  disk.power_loss(PowerLoss::drop_all, 1);
  copy->power_loss(PowerLoss::drop_all, 1);
  EXPECT_EQ(disk.content("f"), "pending");
  EXPECT_EQ(copy->content("f"), "");
}

}  // namespace
}  // namespace rialto::test
