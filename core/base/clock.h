#pragma once

#include "core/base/strong_type.h"

#include <cstdint>

namespace rialto {

/// Monotonic nanoseconds; only differences mean anything. Deadlines are in this clock.
using Instant = StrongInt<struct InstantTag, std::int64_t>;

/// Wall clock, milliseconds since 1970 UTC; may jump. Only for what is stored or shown.
using WallMs = StrongInt<struct WallMsTag, std::int64_t>;

constexpr std::int64_t ns_per_ms = 1'000'000;

constexpr Instant after_ms(Instant from, std::int64_t ms) {
  return Instant(from.get() + ms * ns_per_ms);
}

constexpr Instant no_deadline{INT64_MAX};

/// Time as a parameter. Read once a tick and passed down; machines never ask a clock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual WallMs wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
  WallMs wall() const override;
};

/// A clock that moves when told; for tests and simulation.
class ManualClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  WallMs wall() const override { return wall_; }
  void advance_ms(std::int64_t ms) {
    now_ = after_ms(now_, ms);
    wall_ += ms;
  }
  void set_wall(WallMs wall) { wall_ = wall; }

 private:
  Instant now_{1};
  WallMs wall_{1'700'000'000'000};
};

}  // namespace rialto
