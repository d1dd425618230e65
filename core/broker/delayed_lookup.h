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

struct PartitionState;

/// What became of a message that asks to be held back.
struct PutOff {
  PartitionState* partition = nullptr;
  Offset offset;
  std::int64_t due_wall_ms = 0;  ///< 0: not known, since it came before
  bool repeated = false;
};

}  // namespace rialto
