#pragma once

#include "core/base/bytes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace rialto {

/// Ten years, as for every other time to live.
constexpr std::int64_t delay_ms_max = 10LL * 365 * 24 * 3600 * 1000;
constexpr std::size_t cancel_key_bytes_max = 255;

/// When a message enters its queues, if not at once, and the key that names it until then.
struct Delay {
  std::int64_t ms = 0;                     ///< from its arrival
  std::optional<std::int64_t> at_wall_ms;  ///< instead
  Bytes cancel_key = {};                   ///< empty: none
};

/// The same with a key of its own, for requests.
struct OwnedDelay {
  std::int64_t ms = 0;
  std::optional<std::int64_t> at_wall_ms;
  std::string cancel_key;

  Delay view() const { return {ms, at_wall_ms, cancel_key}; }
};

/// When a message enters its queues that came at `now_ms` and asks to wait for `delay_ms`, or until
/// `at_wall_ms`. Nothing: that is more than delay_ms_max from now. A clock that shows milliseconds
/// has cut off a part of one, so a delay ends one later: never early.
inline std::optional<std::int64_t> due_time(std::int64_t now_ms, std::int64_t delay_ms,
                                            std::optional<std::int64_t> at_wall_ms) {
  const std::int64_t wait_ms = std::min(delay_ms, delay_ms_max + 1);
  const std::int64_t due_ms = at_wall_ms.value_or(now_ms + wait_ms + 1);
  return due_ms > now_ms + delay_ms_max + 1 ? std::nullopt : std::optional(due_ms);
}

}  // namespace rialto
