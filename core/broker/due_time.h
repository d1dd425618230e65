#pragma once

#include "core/broker/port.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace rialto {

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
