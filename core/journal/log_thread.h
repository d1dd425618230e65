#pragma once

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/journal/file.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace rialto {

/// Contiguous bytes for one file. `end` is the address in the log that is reached with them.
struct LogWrite {
  std::shared_ptr<File> file;
  std::uint64_t position_bytes = 0;
  std::vector<Bytes> pieces;
  std::uint64_t end = 0;
};

/// One commit group or several: their writes in log order, and what keeps their bytes alive.
struct LogJob {
  /// `more` goes on in the log where this ends; one sync then does for both.
  void append(LogJob more);

  std::vector<LogWrite> writes;
  bool sync = false;
  bool tell_written = true;  ///< somebody waits for written(), so it is told before the sync
  std::uint64_t bytes = 0;
  std::vector<std::shared_ptr<const void>> owners;
};

enum class WorkMode : std::uint8_t {
  threads,      ///< on a thread of its own
  inline_work,  ///< inside of the call that asks for it; for tests and simulation
};

/// Writes and syncs commit groups, one after another, and publishes how far it has come. Knows no
/// formats. A file is synced before the first byte of the next file is written, so at most one
/// file is ever unsynced. After the first error nothing is written or synced any more.
///
/// submit(), can_take(), run_here() and wait_idle() are for one thread; the marks may be asked by
/// any.
class LogThread {
 public:
  /// `start`: where the log goes on; written and synced so far. `wake` is called on the thread that
  /// does a job, after it, and before its sync when somebody waits for written() (tell_written).
  LogThread(WorkMode mode, std::uint64_t start, const Clock& clock, std::function<void()> wake);
  /// Finishes the job it is in and drops a queued one.
  ~LogThread();

  /// A group goes in the works, another one may wait behind it, and what comes while that one is
  /// small joins it: whoever comes during a sync is durable with the next one. A larger one is
  /// left alone; the caller gathers what follows, which costs it less than a group a tick.
  static constexpr std::uint64_t small_group_bytes = 64U << 10;
  bool can_take() const;
  /// can_take() has to be true.
  void submit(LogJob job);
  /// True when nothing is in the works and the last sync took at most quick_sync_us. A slower disk
  /// is left to the thread, whose next quick sync says that it has recovered.
  bool may_run_here() const;
  static constexpr std::int64_t quick_sync_us = 500;
  /// Does the job inside of the call. may_run_here() has to be true.
  void run_here(LogJob job);
  /// Blocks until nothing is in the works.
  void wait_idle();

  std::uint64_t written() const { return written_.load(std::memory_order_acquire); }
  std::uint64_t synced() const { return synced_.load(std::memory_order_acquire); }
  /// Bytes of jobs taken and not finished.
  std::uint64_t pending_bytes() const { return pending_bytes_.load(std::memory_order_acquire); }
  const Error* failed() const {
    return has_failed_.load(std::memory_order_acquire) ? &error_ : nullptr;
  }

 private:
  void run();
  bool is_idle() const { return !working_ && !waiting_; }
  void execute(LogJob& job);
  Result<void> write_and_sync(LogJob& job);
  Result<void> sync_last();

  const WorkMode mode_;
  const Clock& clock_;
  const std::function<void()> wake_;

  std::atomic<std::uint64_t> written_;
  std::atomic<std::uint64_t> synced_;
  std::atomic<std::uint64_t> pending_bytes_{0};
  std::atomic<bool> has_failed_{false};
  Error error_;  ///< written once, before has_failed_

  // Of whoever does a job: the log thread, or the caller while that has none.
  std::shared_ptr<File> last_file_;
  bool unsynced_ = false;
  std::atomic<std::int64_t> last_sync_ns_{INT64_MAX};

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool working_ = false;
  std::optional<LogJob> waiting_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace rialto
