#include "core/journal/log_thread.h"

#include "tests/support/fault_file.h"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>

namespace rialto {
namespace {

using test::FaultDisk;
using test::FaultEffect;
using test::FaultOn;

/// A file whose syncs wait until the test lets them go.
class HeldFile final : public File {
 public:
  Result<void> write(std::uint64_t, std::span<const Bytes> pieces) override {
    for (const Bytes piece : pieces)
      content.append(piece);
    ++writes;
    return {};
  }
  Result<void> read(std::uint64_t, char*, std::size_t, bool) const override { return {}; }
  Result<void> sync() override {
    entered.release();
    go_on.acquire();
    return {};
  }
  Result<std::uint64_t> size_bytes() const override { return std::uint64_t{0}; }

  std::string content;
  int writes = 0;
  std::counting_semaphore<> entered{0};
  std::counting_semaphore<> go_on{0};
};

/// The disk takes this long to sync.
class SlowFile final : public File {
 public:
  SlowFile(ManualClock& clock, std::int64_t& sync_ms) : clock_(clock), sync_ms_(sync_ms) {}

  Result<void> write(std::uint64_t, std::span<const Bytes>) override { return {}; }
  Result<void> read(std::uint64_t, char*, std::size_t, bool) const override { return {}; }
  Result<void> sync() override {
    clock_.advance_ms(sync_ms_);
    return {};
  }
  Result<std::uint64_t> size_bytes() const override { return std::uint64_t{0}; }

 private:
  ManualClock& clock_;
  std::int64_t& sync_ms_;
};

const ManualClock clock;

LogJob job_of(std::shared_ptr<File> file, Bytes bytes, std::uint64_t at, bool sync) {
  LogJob job;
  job.writes.push_back(LogWrite{std::move(file), at, {bytes}, at + bytes.size()});
  job.sync = sync;
  job.bytes = bytes.size();
  return job;
}

TEST(LogThread, MakesWhatComesDuringASyncDurableWithTheNextOne) {
  auto file = std::make_shared<HeldFile>();
  LogThread log(WorkMode::threads, 0, clock, [] {});
  log.submit(job_of(file, "abc", 0, true));
  file->entered.acquire();
  EXPECT_EQ(log.written(), 3U) << "written before it is synced";
  EXPECT_EQ(log.synced(), 0U);
  log.submit(job_of(file, "de", 3, false));
  ASSERT_TRUE(log.can_take());
  log.submit(job_of(file, "f", 5, true));
  log.submit(job_of(file, "gh", 6, false));
  EXPECT_EQ(log.pending_bytes(), 8U);
  EXPECT_EQ(file->content, "abc") << "what came later waits";
  file->go_on.release();
  file->entered.acquire();
  EXPECT_EQ(log.synced(), 3U);
  file->go_on.release();
  log.wait_idle();
  EXPECT_EQ(log.synced(), 8U);
  EXPECT_EQ(log.pending_bytes(), 0U);
  EXPECT_EQ(file->content, "abcdefgh");
  EXPECT_EQ(file->writes, 2);
  EXPECT_FALSE(file->entered.try_acquire()) << "two syncs did for all";
}

TEST(LogThread, LeavesALargeGroupAloneBehindTheOneInTheWorks) {
  auto file = std::make_shared<HeldFile>();
  LogThread log(WorkMode::threads, 0, clock, [] {});
  log.submit(job_of(file, "abc", 0, true));
  file->entered.acquire();
  const std::string large(LogThread::small_group_bytes, 'x');
  ASSERT_TRUE(log.can_take());
  log.submit(job_of(file, large, 3, true));
  EXPECT_FALSE(log.can_take());
  file->go_on.release(2);
  log.wait_idle();
  EXPECT_TRUE(log.can_take());
  EXPECT_EQ(log.synced(), 3 + large.size());
}

TEST(LogThread, KeepsTheBytesOfEveryGroupThatJoinedAnother) {
  auto file = std::make_shared<HeldFile>();
  LogThread log(WorkMode::threads, 0, clock, [] {});
  log.submit(job_of(file, "a", 0, true));
  file->entered.acquire();
  std::vector<std::weak_ptr<const void>> owners;
  for (std::uint64_t at = 1; at < 4; ++at) {
    auto owner = std::make_shared<std::string>(1, static_cast<char>('a' + at));
    LogJob job = job_of(file, *owner, at, true);
    owners.emplace_back(owner);
    job.owners.push_back(std::move(owner));
    log.submit(std::move(job));
  }
  for (const auto& owner : owners)
    EXPECT_FALSE(owner.expired());
  file->go_on.release(2);
  log.wait_idle();
  EXPECT_EQ(file->content, "abcd");
  for (const auto& owner : owners)
    EXPECT_TRUE(owner.expired());
}

TEST(LogThread, TellsWhatIsWrittenBeforeTheSyncWhenOneOfTheJoinedGroupsWaitsForIt) {
  auto file = std::make_shared<HeldFile>();
  std::atomic<int> wakes = 0;
  LogThread log(WorkMode::threads, 0, clock, [&] { ++wakes; });
  for (std::uint64_t at = 0; at < 3; ++at) {
    LogJob job = job_of(file, "a", at, true);
    job.tell_written = at == 2;
    log.submit(std::move(job));
    if (at == 0) file->entered.acquire();
  }
  EXPECT_EQ(wakes, 0);
  file->go_on.release();
  file->entered.acquire();
  EXPECT_EQ(wakes, 2) << "the first group is durable, the others are written";
  file->go_on.release();
  log.wait_idle();
}

TEST(LogThread, StartsTheNextFileWhereAJoinedGroupDoes) {
  FaultDisk disk;
  auto dir = disk.open();
  std::shared_ptr<File> first = dir->create("first").value();
  std::shared_ptr<File> second = dir->create("second").value();
  LogJob job = job_of(first, "abc", 0, true);
  LogJob more = job_of(first, "de", 3, true);
  more.writes.push_back(LogWrite{second, 0, {"fg"}, 10});
  job.append(std::move(more));
  ASSERT_EQ(job.writes.size(), 2U);
  LogThread log(WorkMode::inline_work, 0, clock, [] {});
  log.submit(std::move(job));
  EXPECT_EQ(disk.content("first"), "abcde");
  EXPECT_EQ(disk.content("second"), "fg");
  EXPECT_EQ(log.synced(), 10U);
}

TEST(LogThread, WakesAfterEachMoveOfAMark) {
  FaultDisk disk;
  auto dir = disk.open();
  std::shared_ptr<File> file = dir->create("slot").value();
  std::vector<std::pair<std::uint64_t, std::uint64_t>> seen;
  std::unique_ptr<LogThread> log;
  log = std::make_unique<LogThread>(WorkMode::inline_work, 0, clock,
                                    [&] { seen.emplace_back(log->written(), log->synced()); });
  log->submit(job_of(file, "abc", 0, true));
  log->submit(job_of(file, "d", 3, false));
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> expected{{3, 0}, {3, 3}, {4, 3}};
  EXPECT_EQ(seen, expected);
}

TEST(LogThread, SyncsAFileBeforeTheFirstByteOfTheNext) {
  FaultDisk disk;
  auto dir = disk.open();
  std::shared_ptr<File> first = dir->create("first").value();
  std::shared_ptr<File> second = dir->create("second").value();
  LogThread log(WorkMode::inline_work, 0, clock, [] {});
  log.submit(job_of(first, "abc", 0, false));
  EXPECT_EQ(disk.operations(FaultOn::sync), 0U);
  disk.fail(2, FaultOn::write, FaultEffect::death);
  LogJob job = job_of(first, "def", 3, false);
  job.writes.push_back(LogWrite{second, 0, {"ghi"}, 9});
  log.submit(std::move(job));
  EXPECT_EQ(disk.operations(FaultOn::sync), 1U);
  EXPECT_EQ(log.synced(), 6U);
  EXPECT_NE(log.failed(), nullptr);
}

TEST(LogThread, WritesNothingMoreAfterAnError) {
  FaultDisk disk;
  auto dir = disk.open();
  std::shared_ptr<File> file = dir->create("slot").value();
  LogThread log(WorkMode::threads, 0, clock, [] {});
  disk.fail(1, FaultOn::sync, FaultEffect::error);
  log.submit(job_of(file, "abc", 0, true));
  log.wait_idle();
  ASSERT_NE(log.failed(), nullptr);
  const auto operations = disk.operations(FaultOn::any);
  log.submit(job_of(file, "def", 3, true));
  log.wait_idle();
  EXPECT_EQ(disk.operations(FaultOn::any), operations);
  EXPECT_EQ(log.synced(), 0U);
  EXPECT_EQ(log.written(), 3U);
  EXPECT_EQ(log.pending_bytes(), 0U);
}

TEST(LogThread, SyncsWhatWasOnlyWrittenWhenAskedWithAnEmptyGroup) {
  FaultDisk disk;
  auto dir = disk.open();
  std::shared_ptr<File> file = dir->create("slot").value();
  LogThread log(WorkMode::inline_work, 0, clock, [] {});
  log.submit(job_of(file, "abc", 0, false));
  LogJob sync_only;
  sync_only.sync = true;
  log.submit(std::move(sync_only));
  EXPECT_EQ(log.synced(), 3U);
  EXPECT_EQ(disk.operations(FaultOn::sync), 1U);
}

TEST(LogThread, IsSparedWhenTheLastSyncWasQuickAndNothingIsInTheWorks) {
  ManualClock time;
  std::int64_t sync_ms = 0;
  auto file = std::make_shared<SlowFile>(time, sync_ms);
  LogThread log(WorkMode::threads, 0, time, [] {});
  EXPECT_FALSE(log.may_run_here()) << "nobody knows the disk yet";
  log.submit(job_of(file, "abc", 0, true));
  log.wait_idle();
  ASSERT_TRUE(log.may_run_here());
  sync_ms = 5;
  log.run_here(job_of(file, "d", 3, true));
  EXPECT_EQ(log.synced(), 4U);
  EXPECT_EQ(log.pending_bytes(), 0U);
  EXPECT_FALSE(log.may_run_here()) << "the disk is slow now";
  sync_ms = 0;
  log.submit(job_of(file, "e", 4, true));
  log.wait_idle();
  EXPECT_EQ(log.synced(), 5U);
  EXPECT_TRUE(log.may_run_here()) << "it has recovered";
}

TEST(LogThread, IsNotSparedWhileItHasAJob) {
  auto file = std::make_shared<HeldFile>();
  LogThread log(WorkMode::threads, 0, clock, [] {});
  file->go_on.release();
  log.submit(job_of(file, "abc", 0, true));
  log.wait_idle();
  ASSERT_TRUE(log.may_run_here());
  log.submit(job_of(file, "d", 3, true));
  EXPECT_FALSE(log.may_run_here());
  file->go_on.release();
  log.wait_idle();
  EXPECT_TRUE(log.may_run_here());
}

TEST(LogThread, TellsWhatIsWrittenBeforeTheSyncOnlyToThoseWhoWaitForIt) {
  FaultDisk disk;
  auto dir = disk.open();
  std::shared_ptr<File> file = dir->create("slot").value();
  int wakes = 0;
  LogThread log(WorkMode::inline_work, 0, clock, [&] { ++wakes; });
  LogJob job = job_of(file, "abc", 0, true);
  job.tell_written = false;
  log.submit(std::move(job));
  EXPECT_EQ(wakes, 1);
}

}  // namespace
}  // namespace rialto
