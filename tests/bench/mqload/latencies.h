#pragma once

#include "tests/bench/mqload/workloads.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace mqload {

using Clock = std::chrono::steady_clock;

/// seconds and per_second of so many that began then and end now.
void add_rate(Figures& out, std::uint64_t messages, Clock::time_point begin);

/// How long each took.
class Latencies {
 public:
  explicit Latencies(std::uint64_t most) { taken_us_.reserve(most); }
  void add(Clock::duration taken) {
    taken_us_.push_back(std::chrono::duration<float, std::micro>(taken).count());
  }
  /// <what>_p50_us, <what>_p99_us and <what>_max_us; nothing when nothing was added.
  void add_to(Figures& out, const std::string& what);

 private:
  std::vector<float> taken_us_;
};

/// Publishes without a confirm, by the number of the publish; confirms may come in any order.
class Outstanding {
 public:
  explicit Outstanding(std::uint64_t most) : since_(most + 1) {}

  void sent(Clock::time_point since) { since_[++sent_] = since; }
  std::uint64_t sent() const { return sent_; }
  std::uint64_t confirmed() const { return confirmed_; }

  /// Tells `taken` the time of every publish that this confirm is the first of.
  template <class Taken>
  void confirm(std::uint64_t number, bool multiple, Taken taken) {
    for (std::uint64_t n = multiple ? all_below_ : number; n <= number; ++n) {
      if (since_[n] == Clock::time_point()) continue;
      taken(since_[n]);
      since_[n] = {};
      ++confirmed_;
    }
    if (multiple) all_below_ = number + 1;
  }

 private:
  std::vector<Clock::time_point> since_;
  std::uint64_t sent_ = 0;
  std::uint64_t confirmed_ = 0;
  std::uint64_t all_below_ = 1;
};

}  // namespace mqload
