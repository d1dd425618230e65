#pragma once

#include "core/model/ids.h"

#include <compare>
#include <vector>

namespace rialto {

/// Where a message goes: a queue, or (through the default exchange) a topic without one. Exactly
/// one id is set.
struct Destination {
  QueueId queue;
  TopicId topic;
  friend auto operator<=>(const Destination&, const Destination&) = default;
};

/// Sorted, without repetition. Equal sets of one Router have one address, so that messages can be
/// packed by it.
struct DestinationSet {
  std::vector<Destination> list;
  bool empty() const { return list.empty(); }
  friend auto operator<=>(const DestinationSet&, const DestinationSet&) = default;
};

}  // namespace rialto
