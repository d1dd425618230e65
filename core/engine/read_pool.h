#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rialto {

/// Threads that may wait for the disk, so that the core thread never does. A job runs on one of
/// them and returns what is to happen with its result on the core thread.
///
/// Reads go first and are bounded; upkeep (writing, rebuilding and deleting side files) runs one
/// job at a time and only while no read waits. No lock is held while a job runs.
///
/// With no threads at all (simulation) a job runs inside of the call that asks for it; its
/// completion still waits for run_completions().
class ReadPool {
 public:
  using Completion = std::function<void()>;
  using Job = std::function<Completion()>;

  /// `wake` is called from a pool thread whenever a completion is ready.
  ReadPool(std::size_t threads, std::size_t cold_reads_max, std::function<void()> wake);
  ~ReadPool() { stop(); }
  ReadPool(const ReadPool&) = delete;
  ReadPool& operator=(const ReadPool&) = delete;

  /// False when `cold_reads_max` reads wait or run.
  bool try_read(Job job);
  void upkeep(Job job);

  /// Core thread only: runs what finished since the last call.
  void run_completions();

  /// Finishes everything that was accepted and ends the threads; completions may still be run.
  void stop();

 private:
  void run();
  bool run_inline(const Job& job);
  bool take(std::unique_lock<std::mutex>& lock, Job& job, bool& is_read);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> reads_;
  std::deque<Job> upkeep_;
  std::vector<Completion> completions_;
  const std::size_t cold_reads_max_;
  const bool inline_;
  std::size_t reads_running_ = 0;
  bool upkeep_running_ = false;
  bool stopping_ = false;
  std::function<void()> wake_;
  std::vector<std::thread> threads_;
};

}  // namespace rialto
