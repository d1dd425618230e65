#pragma once

#include "core/base/clock.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace rialto::amqp {

/// When to send a heartbeat and when to give the peer up. Sends when nothing left for half an
/// interval, gives up after two whole intervals in which nothing came. Any traffic counts.
class Heartbeat {
 public:
  /// Interval 0 switches both directions off.
  void start(Instant now, std::uint16_t interval_s) {
    interval_ms_ = std::int64_t{interval_s} * 1000;
    if (interval_ms_ == 0) return;
    send_check_ = after_ms(now, interval_ms_ / 2);
    receive_check_ = after_ms(now, interval_ms_);
  }

  void saw_input() { received_ = true; }
  /// Our own heartbeat puts off no other: some clients give up after one silent interval, so two
  /// are sent in it.
  void saw_output() { sent_ = !std::exchange(beats_, false); }

  Instant next_deadline() const { return std::min(send_check_, receive_check_); }

  enum class Due : std::uint8_t { nothing, send, peer_is_gone };

  Due on_time(Instant now) {
    if (now >= receive_check_) {
      receive_check_ = after_ms(now, interval_ms_);
      silent_intervals_ = received_ ? 0 : silent_intervals_ + 1;
      received_ = false;
      if (silent_intervals_ == 2) return Due::peer_is_gone;
    }
    if (now < send_check_) return Due::nothing;
    send_check_ = after_ms(now, interval_ms_ / 2);
    const bool silent = !sent_;
    sent_ = false;
    beats_ = silent;
    return silent ? Due::send : Due::nothing;
  }

 private:
  std::int64_t interval_ms_ = 0;
  Instant send_check_ = no_deadline;
  Instant receive_check_ = no_deadline;
  int silent_intervals_ = 0;
  bool received_ = false;
  bool sent_ = false;
  bool beats_ = false;  ///< a heartbeat is on its way out
};

}  // namespace rialto::amqp
