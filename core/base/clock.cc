#include "core/base/clock.h"

#include <chrono>

namespace rialto {

Instant SystemClock::now() const {
  const auto t = std::chrono::steady_clock::now().time_since_epoch();
  return Instant(std::chrono::duration_cast<std::chrono::nanoseconds>(t).count());
}

WallMs SystemClock::wall() const {
  const auto t = std::chrono::system_clock::now().time_since_epoch();
  return WallMs(std::chrono::duration_cast<std::chrono::milliseconds>(t).count());
}

}  // namespace rialto
