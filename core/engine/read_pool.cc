#include "core/engine/read_pool.h"

#include <utility>

namespace rialto {

ReadPool::ReadPool(std::size_t threads, std::size_t cold_reads_max, std::function<void()> wake)
    : cold_reads_max_(cold_reads_max), inline_(threads == 0), wake_(std::move(wake)) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this] { run(); });
}

bool ReadPool::run_inline(const Job& job) {
  if (!inline_) return false;
  completions_.push_back(job());
  if (wake_) wake_();
  return true;
}

bool ReadPool::try_read(Job job) {
  if (run_inline(job)) return true;
  {
    std::lock_guard lock(mutex_);
    if (reads_.size() + reads_running_ >= cold_reads_max_) return false;
    reads_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void ReadPool::upkeep(Job job) {
  if (run_inline(job)) return;
  {
    std::lock_guard lock(mutex_);
    upkeep_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void ReadPool::run_completions() {
  std::vector<Completion> finished;
  {
    std::lock_guard lock(mutex_);
    finished.swap(completions_);
  }
  for (const Completion& completion : finished) {
    if (completion) completion();
  }
}

void ReadPool::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
  threads_.clear();
}

/// Waits for a job; false when there is none and none will come.
bool ReadPool::take(std::unique_lock<std::mutex>& lock, Job& job, bool& is_read) {
  const auto upkeep_ready = [this] { return !upkeep_.empty() && !upkeep_running_; };
  changed_.wait(lock, [&] { return !reads_.empty() || upkeep_ready() || stopping_; });
  is_read = !reads_.empty();
  if (!is_read && !upkeep_ready()) return false;
  auto& queue = is_read ? reads_ : upkeep_;
  job = std::move(queue.front());
  queue.pop_front();
  if (is_read) {
    ++reads_running_;
  } else {
    upkeep_running_ = true;
  }
  return true;
}

void ReadPool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    Job job;
    bool is_read = false;
    if (!take(lock, job, is_read)) return;
    lock.unlock();
    Completion completion = job();
    job = nullptr;
    lock.lock();
    completions_.push_back(std::move(completion));
    if (is_read) {
      --reads_running_;
    } else {
      upkeep_running_ = false;
    }
    lock.unlock();
    if (wake_) wake_();
    changed_.notify_one();
    lock.lock();
  }
}

}  // namespace rialto
