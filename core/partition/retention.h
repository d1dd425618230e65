#pragma once

#include "core/base/clock.h"
#include "core/model/ids.h"

#include <cstdint>
#include <span>

namespace rialto {

/// How long records stay readable. -1: without limit.
struct RetentionPolicy {
  std::int64_t ms = -1;
  std::int64_t bytes = -1;
};

/// What one closed storage unit holds of one partition.
struct RetainedUnit {
  Offset first;
  Offset last;
  std::int64_t bytes = 0;  ///< of this partition, as good as known
  std::int64_t max_timestamp_ms = 0;
};

/// Where the log should start: after the last of the oldest units that break the policy. A unit
/// goes by time when its newest record is older than `ms`, by size while all that follows it
/// (`open_bytes` included) still fills `bytes`. Never beyond `high_watermark`, never lower than
/// `log_start` (which means: keep everything). `units` are oldest first.
Offset retention_start(const RetentionPolicy& policy, std::span<const RetainedUnit> units,
                       std::int64_t open_bytes, Offset log_start, Offset high_watermark,
                       WallMs now);

}  // namespace rialto
