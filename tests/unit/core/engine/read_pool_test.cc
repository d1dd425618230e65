#include "core/engine/read_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>

namespace rialto::test {
namespace {

TEST(ReadPool, ACompletionRunsOnTheThreadThatAsksForIt) {
  std::promise<void> woken;
  ReadPool pool(1, 4, [&] { woken.set_value(); });
  std::thread::id ran;
  std::thread::id worked;
  ASSERT_TRUE(pool.try_read([&]() -> ReadPool::Completion {
    worked = std::this_thread::get_id();
    return [&] { ran = std::this_thread::get_id(); };
  }));
  woken.get_future().wait();
  EXPECT_EQ(ran, std::thread::id());
  pool.run_completions();
  EXPECT_EQ(ran, std::this_thread::get_id());
  EXPECT_NE(worked, std::this_thread::get_id());
}

TEST(ReadPool, ReadsThatWaitOrRunAreBounded) {
  std::latch gate(1);
  ReadPool pool(2, 3, nullptr);
  int finished = 0;
  const auto job = [&]() -> ReadPool::Completion {
    gate.wait();
    return [&] { ++finished; };
  };
  EXPECT_TRUE(pool.try_read(job));
  EXPECT_TRUE(pool.try_read(job));
  EXPECT_TRUE(pool.try_read(job));
  EXPECT_FALSE(pool.try_read(job));
  gate.count_down();
  pool.stop();
  pool.run_completions();
  EXPECT_EQ(finished, 3);
}

TEST(ReadPool, ReadsDoNotWaitBehindUpkeep) {
  std::latch gate(1);
  std::promise<void> read_done;
  ReadPool pool(2, 3, nullptr);
  for (int i = 0; i < 10; ++i) {
    pool.upkeep([&]() -> ReadPool::Completion {
      gate.wait();
      return nullptr;
    });
  }
  EXPECT_TRUE(pool.try_read([&]() -> ReadPool::Completion {
    read_done.set_value();
    return nullptr;
  }));
  read_done.get_future().wait();
  gate.count_down();
}

TEST(ReadPool, WhatWasAcceptedIsFinishedBeforeItStops) {
  std::atomic<int> done{0};
  {
    ReadPool pool(2, 100, nullptr);
    for (int i = 0; i < 50; ++i) {
      pool.upkeep([&]() -> ReadPool::Completion {
        ++done;
        return nullptr;
      });
      EXPECT_TRUE(pool.try_read([&]() -> ReadPool::Completion {
        ++done;
        return nullptr;
      }));
    }
  }
  EXPECT_EQ(done, 100);
}

TEST(ReadPool, WithoutThreadsAJobRunsAtOnceAndItsCompletionLater) {
  ReadPool pool(0, 1, nullptr);
  bool worked = false;
  bool completed = false;
  EXPECT_TRUE(pool.try_read([&]() -> ReadPool::Completion {
    worked = true;
    return [&] { completed = true; };
  }));
  EXPECT_TRUE(worked);
  EXPECT_FALSE(completed);
  pool.run_completions();
  EXPECT_TRUE(completed);
}

}  // namespace
}  // namespace rialto::test
