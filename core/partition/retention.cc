#include "core/partition/retention.h"

#include <algorithm>

namespace rialto {

Offset retention_start(const RetentionPolicy& policy, std::span<const RetainedUnit> units,
                       std::int64_t open_bytes, Offset log_start, Offset high_watermark,
                       WallMs now) {
  std::int64_t following = open_bytes;
  for (const RetainedUnit& unit : units)
    following += unit.bytes;
  Offset start = log_start;
  for (const RetainedUnit& unit : units) {
    following -= unit.bytes;
    const bool old = policy.ms >= 0 && unit.max_timestamp_ms < now.get() - policy.ms;
    const bool over = policy.bytes >= 0 && following >= policy.bytes;
    if (!old && !over) break;
    start = std::max(start, unit.last + 1);
  }
  return std::max(log_start, std::min(start, high_watermark));
}

}  // namespace rialto
