#include "core/journal/journal.h"
#include "tests/unit/core/journal/journal_rig.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace rialto::test {
namespace {

/// Counts the wakes that come from the thread that made this: a job was done there.
class Wakes {
 public:
  explicit Wakes(Journal& journal) : journal_(journal) {
    journal_.on_progress([this] {
      const std::lock_guard hold(mutex_);
      if (std::this_thread::get_id() == here_) ++from_here_;
      moved_.notify_all();
    });
  }

  int from_here() const { return from_here_; }
  void wait_until_durable(Lsn end) {
    std::unique_lock hold(mutex_);
    moved_.wait(hold, [&] { return journal_.durable() >= end; });
  }

 private:
  Journal& journal_;
  const std::thread::id here_ = std::this_thread::get_id();
  std::mutex mutex_;
  std::condition_variable moved_;
  int from_here_ = 0;
};

/// A journal with its threads, whose disk is quick: the clock stands still.
class CommitAlone : public ::testing::Test {
 protected:
  CommitAlone() : rig_(disk_, options()) {}

  static JournalOptions options() {
    JournalOptions threads = small_options(4 << 20);
    threads.inline_work = false;
    return threads;
  }

  void commit(Wakes& wakes, std::size_t bytes) {
    ASSERT_TRUE(rig_.send_one("m", filler(bytes, 1)));
    rig_.journal().hand_over_and_wait(rig_.clock().now());
    wakes.wait_until_durable(rig_.sent().back().end);
    rig_.journal().poll(rig_.clock().now());
  }

  FaultDisk disk_;
  JournalRig rig_;
};

TEST_F(CommitAlone, SyncsASmallGroupInsideOfTheCallOnceTheDiskIsKnownToBeQuick) {
  ASSERT_TRUE(rig_.open());
  Wakes wakes(rig_.journal());
  commit(wakes, 100);
  EXPECT_EQ(wakes.from_here(), 0) << "nobody knows the disk yet";
  // The log thread may still have its last job in its hands.
  for (int round = 0; wakes.from_here() == 0; ++round) {
    ASSERT_LT(round, 1000);
    commit(wakes, 100);
  }
  ASSERT_TRUE(rig_.send_one("m", "payload"));
  rig_.journal().hand_over_and_wait(rig_.clock().now());
  EXPECT_EQ(rig_.journal().durable(), rig_.sent().back().end) << "without waiting for anybody";
  EXPECT_EQ(wakes.from_here(), 2);
  rig_.abandon();
}

TEST_F(CommitAlone, LeavesALargeGroupToTheLogThread) {
  ASSERT_TRUE(rig_.open());
  Wakes wakes(rig_.journal());
  for (int i = 0; i < 50; ++i)
    commit(wakes, Journal::alone_bytes_max);
  EXPECT_EQ(wakes.from_here(), 0);
  rig_.abandon();
}

}  // namespace
}  // namespace rialto::test
