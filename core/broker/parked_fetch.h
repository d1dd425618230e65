#pragma once

#include "core/broker/requests.h"
#include "core/broker/timers.h"

#include <optional>
#include <string>
#include <vector>

namespace rialto {

/// One fetch under way: it reads its parts, and waits while they hold less than it asked for.
struct ParkedFetch {
  SessionId session;
  std::string vhost;
  Fetch what;
  Reply<Fetch::Answer> reply;
  Fetch::Answer parts;
  std::size_t bytes = 0;     ///< read
  std::size_t promised = 0;  ///< room taken by reads under way
  std::size_t reads_under_way = 0;
  Instant deadline;
  std::optional<Timers::Id> timer;     ///< from the first time it waits
  std::vector<PartitionId> parked_on;  ///< whose growth wakes it, while it waits
  bool failed = false;                 ///< a part has an error: answered at once
  bool done = false;
  bool queued = false;  ///< to be evaluated at the end of the tick
};

}  // namespace rialto
