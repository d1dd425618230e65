#pragma once

#include "core/broker/browse_requests.h"
#include "core/model/frames/view_frames.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

/// Requests about what has left queues, like those in requests.h.
namespace rialto {

/// Puts messages that left a queue for one of these reasons, at a time in [since, until), back at
/// their places: redelivered, without a time to live, as long as the journal still has them.
/// Exactly those: what is there already stays as it is. Answered when that is durable.
/// not_supported: the queue keeps no history, or has priorities. in_use: somebody does so already.
/// full: they are more than the queue may hold. too_large: they are in too many runs.
struct ReplayMessages {
  struct Answer {
    std::uint64_t back = 0;
  };
  std::string queue;
  std::vector<SettleReason> reasons;
  std::int64_t since_wall_ms = 0;
  std::int64_t until_wall_ms = std::numeric_limits<std::int64_t>::max();
  std::vector<HeaderWanted> where;
  std::uint64_t max = UINT64_MAX;  ///< the first ones
  bool dry_run = false;            ///< only count
};

}  // namespace rialto
