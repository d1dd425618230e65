#pragma once

#include "core/broker/requests.h"
#include "core/queue/due_heap.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace rialto {

/// Delayed messages that somebody asks about; each is read, and some reads take their time.
struct DelayedLookup {
  QueueId queue;
  std::vector<DueHeap::Entry> wanted;
  std::size_t done = 0;
  std::vector<DelayedInfo> found;  ///< those that were still pending
  std::function<void(std::vector<DelayedInfo>&)> then;
};

}  // namespace rialto
