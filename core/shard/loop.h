#pragma once

#include "core/base/clock.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstdint>
#include <functional>

namespace rialto {

/// The thread of one shard, cut into ticks: some handlers (which only receive and stage), then
/// one call that does the work of all of them. It drives the io_context itself, because
/// io_context::poll() has no bound as long as handlers make new ones.
///
/// Everything is called on the thread of run(), except wake().
class Loop {
 public:
  /// How many handlers run before the work they staged is done, however many more are ready.
  static constexpr int handlers_max = 64;

  /// Ends a tick; answers when it wants to be called although nothing happened.
  using EndOfTick = std::function<Instant(Instant now)>;

  explicit Loop(const Clock& clock);

  boost::asio::io_context& io() { return io_; }

  /// Runs ticks until stop(); the first one at once. The clock is read once a tick.
  void run(const EndOfTick& end_of_tick);

  /// Asks for one more tick. Any thread; calls before that tick count as one.
  void wake();
  /// run() returns after the tick that is under way.
  void stop() { stopped_ = true; }

  /// From now on SIGTERM and SIGINT do not end the process: the first one calls `drain`, a SIGINT
  /// after it `stop_now`. Both run as handlers. A further SIGTERM says nothing new: make passes
  /// the one of its process group on, so a child gets two.
  void on_signals(std::function<void()> drain, std::function<void()> stop_now);

 private:
  void wait_for_signal();
  void set_timer(Instant now, Instant deadline);

  const Clock& clock_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  boost::asio::signal_set signals_;
  std::function<void()> drain_;
  std::function<void()> stop_now_;
  bool draining_ = false;
  bool stopped_ = false;
  Instant timer_at_ = no_deadline;
  std::atomic<bool> woken_ = false;
};

}  // namespace rialto
