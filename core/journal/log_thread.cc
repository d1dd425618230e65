#include "core/journal/log_thread.h"

#include "core/base/check.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rialto {

void LogJob::append(LogJob more) {
  for (LogWrite& write : more.writes) {
    if (writes.empty() || writes.back().file != write.file) {
      writes.push_back(std::move(write));
      continue;
    }
    LogWrite& last = writes.back();
    last.pieces.insert(last.pieces.end(), write.pieces.begin(), write.pieces.end());
    last.end = write.end;
  }
  sync = sync || more.sync;
  tell_written = tell_written || more.tell_written;
  bytes += more.bytes;
  std::move(more.owners.begin(), more.owners.end(), std::back_inserter(owners));
}

LogThread::LogThread(WorkMode mode, std::uint64_t start, const Clock& clock,
                     std::function<void()> wake)
    : mode_(mode), clock_(clock), wake_(std::move(wake)), written_(start), synced_(start) {
  if (mode_ == WorkMode::threads) thread_ = std::thread([this] { run(); });
}

LogThread::~LogThread() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard hold(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool LogThread::can_take() const {
  const std::lock_guard hold(mutex_);
  return !waiting_ || waiting_->bytes < small_group_bytes;
}

void LogThread::submit(LogJob job) {
  pending_bytes_.fetch_add(job.bytes, std::memory_order_acq_rel);
  if (mode_ == WorkMode::inline_work) {
    execute(job);
    wake_();
    return;
  }
  {
    const std::lock_guard hold(mutex_);
    if (!waiting_) {
      waiting_.emplace(std::move(job));
    } else {
      RIALTO_CHECK(waiting_->bytes < small_group_bytes, "a large group is left alone");
      waiting_->append(std::move(job));
    }
  }
  changed_.notify_all();
}

bool LogThread::may_run_here() const {
  if (last_sync_ns_.load(std::memory_order_relaxed) > quick_sync_us * 1000) return false;
  const std::lock_guard hold(mutex_);
  return is_idle();
}

void LogThread::run_here(LogJob job) {
  pending_bytes_.fetch_add(job.bytes, std::memory_order_acq_rel);
  job.tell_written = false;
  execute(job);
  wake_();
}

void LogThread::wait_idle() {
  std::unique_lock hold(mutex_);
  changed_.wait(hold, [this] { return is_idle(); });
}

void LogThread::run() {
  std::unique_lock hold(mutex_);
  for (;;) {
    changed_.wait(hold, [this] { return stopping_ || waiting_; });
    if (stopping_) return;
    LogJob job = std::move(*waiting_);
    waiting_.reset();
    working_ = true;
    hold.unlock();
    execute(job);
    hold.lock();
    working_ = false;
    changed_.notify_all();
    hold.unlock();
    wake_();
    hold.lock();
  }
}

void LogThread::execute(LogJob& job) {
  if (!failed()) {
    if (auto r = write_and_sync(job); !r) {
      error_ = r.error();
      has_failed_.store(true, std::memory_order_release);
    }
  }
  job.writes.clear();
  job.owners.clear();
  pending_bytes_.fetch_sub(job.bytes, std::memory_order_acq_rel);
}

Result<void> LogThread::write_and_sync(LogJob& job) {
  for (auto& write : job.writes) {
    if (write.file != last_file_) {
      if (auto r = sync_last(); !r) return r;
      last_file_ = write.file;
    }
    unsynced_ = true;
    if (auto r = write.file->write(write.position_bytes, write.pieces); !r) return r;
    written_.store(write.end, std::memory_order_release);
  }
  if (!job.sync) return {};
  if (job.tell_written && unsynced_ && !job.writes.empty()) wake_();
  return sync_last();
}

Result<void> LogThread::sync_last() {
  if (unsynced_) {
    const Instant before = clock_.now();
    if (auto r = last_file_->sync(); !r) return r;
    last_sync_ns_.store(clock_.now() - before, std::memory_order_relaxed);
    unsynced_ = false;
  }
  synced_.store(written(), std::memory_order_release);
  return {};
}

}  // namespace rialto
