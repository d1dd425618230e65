#include "core/shard/loop.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

namespace rialto {

namespace {
// Asio then keeps its locks but wakes no other thread of the same context.
constexpr int threads_running = 1;
}  // namespace

Loop::Loop(const Clock& clock)
    : clock_(clock), io_(threads_running), work_(io_.get_executor()), timer_(io_), signals_(io_) {}

void Loop::run(const EndOfTick& end_of_tick) {
  wake();
  while (!stopped_) {
    io_.run_one();
    for (int i = 1; i < handlers_max && io_.poll_one() != 0; ++i) {
    }
    const Instant now = clock_.now();
    set_timer(now, end_of_tick(now));
  }
}

void Loop::wake() {
  if (woken_.exchange(true, std::memory_order_acq_rel)) return;
  // Cleared before the tick's work begins, so that what happens during it asks for another.
  boost::asio::post(io_, [this] { woken_.store(false, std::memory_order_release); });
}

void Loop::on_signals(std::function<void()> drain, std::function<void()> stop_now) {
  drain_ = std::move(drain);
  stop_now_ = std::move(stop_now);
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  wait_for_signal();
}

void Loop::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& failed, int signal) {
    if (failed) return;
    if (!std::exchange(draining_, true)) {
      drain_();
    } else if (signal == SIGINT) {
      stop_now_();
    }
    wait_for_signal();
  });
}

void Loop::set_timer(Instant now, Instant deadline) {
  // A timer that fires too early costs one empty tick; setting it again costs two system calls a
  // tick. So it is only ever set to an earlier time.
  if (timer_at_ <= deadline) return;
  timer_at_ = deadline;
  timer_.expires_after(std::chrono::nanoseconds(std::max<std::int64_t>(deadline - now, 0)));
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) timer_at_ = no_deadline;
  });
}

}  // namespace rialto
