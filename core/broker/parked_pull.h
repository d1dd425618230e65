#pragma once

#include "core/broker/requests.h"
#include "core/broker/timers.h"

#include <optional>

namespace rialto {

/// One pull under way: what it has taken so far, and until when it may wait for a message.
struct ParkedPull {
  SessionId session;
  QueueId queue;
  std::uint32_t max = 1;
  std::int64_t lease_ms = 0;
  PullMessages::Answer taken;
  Reply<PullMessages::Answer> reply;
  Instant deadline;
  std::optional<Timers::Id> timer;  ///< from the first time it waits
  bool waiting = false;             ///< in the line of its queue
  bool reading = false;             ///< behind a cold read of its queue
  bool done = false;
};

}  // namespace rialto
