#pragma once

#include "core/journal/log_thread.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rialto {

/// Blocking work off the core thread, strictly in order: preparing slots, checkpoints, the
/// manifest. What a piece of work returns is run by the core thread in run_done().
class Background {
 public:
  using Done = std::function<void()>;
  using Work = std::function<Done()>;

  /// `wake` is called from the background thread when there is something for run_done().
  Background(WorkMode mode, std::function<void()> wake);
  /// Finishes the work it is in and drops the rest.
  ~Background();

  void post(Work work);
  /// Core thread: runs what finished work left to do.
  void run_done();
  /// Blocks until all work posted so far is finished; run_done() is still to be called.
  void wait_idle();

 private:
  void run();

  const WorkMode mode_;
  const std::function<void()> wake_;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> work_;  ///< the front one is being done
  std::vector<Done> done_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace rialto
