#include "core/journal/background.h"

namespace rialto {

Background::Background(WorkMode mode, std::function<void()> wake)
    : mode_(mode), wake_(std::move(wake)) {
  if (mode_ == WorkMode::threads) thread_ = std::thread([this] { run(); });
}

Background::~Background() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard hold(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Background::post(Work work) {
  if (mode_ == WorkMode::inline_work) {
    done_.push_back(work());
    return;
  }
  {
    const std::lock_guard hold(mutex_);
    work_.push_back(std::move(work));
  }
  changed_.notify_all();
}

void Background::run_done() {
  std::vector<Done> done;
  {
    const std::lock_guard hold(mutex_);
    done.swap(done_);
  }
  for (auto& f : done)
    f();
}

void Background::wait_idle() {
  std::unique_lock hold(mutex_);
  changed_.wait(hold, [this] { return work_.empty(); });
}

void Background::run() {
  std::unique_lock hold(mutex_);
  for (;;) {
    changed_.wait(hold, [this] { return stopping_ || !work_.empty(); });
    if (stopping_) return;
    Work& work = work_.front();
    hold.unlock();
    Done done = work();
    hold.lock();
    done_.push_back(std::move(done));
    work_.pop_front();
    changed_.notify_all();
    hold.unlock();
    wake_();
    hold.lock();
  }
}

}  // namespace rialto
