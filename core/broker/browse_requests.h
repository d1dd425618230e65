#pragma once

#include "core/model/ids.h"
#include "core/model/record.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Requests that look into queues, and that bring their messages back, like those in requests.h.
namespace rialto {

/// One message of a queue: which of the partitions that it shows (a subscription: those of its
/// topic, then its own), and the offset.
struct QueuePlace {
  PartitionIndex index{0};
  Offset offset{0};
};

/// A header that a message has to have, by its text.
using HeaderWanted = std::pair<std::string, std::string>;

struct BrowsedMessage {
  PartitionIndex index;                    ///< of the partition in its log
  std::shared_ptr<const std::string> log;  ///< the log that it is in; null: of the queue's name
  RecordRef record;
};

/// Ready messages in the order of their offsets; they stay where they are. At most `max`, and no
/// more than 1000 or 4 MiB.
struct BrowseQueue {
  struct Answer {
    std::vector<BrowsedMessage> messages;
    std::optional<QueuePlace> next;  ///< where to go on
  };
  std::string queue;
  QueuePlace from;
  std::uint32_t max = 100;
  std::vector<HeaderWanted> where;
};

/// Moves ready messages to `to`, or each to the queue where it died last: out of the one and into
/// the other in one write set. Answered when that is durable. A message whose queue is gone, or
/// that never died, stays. It ends at the first message that its queue refuses, being full.
struct RedriveMessages {
  struct Answer {
    std::uint64_t moved = 0;
    std::uint64_t stayed = 0;
    std::string full;  ///< the queue that ended it; empty: none did
  };
  std::string queue;
  std::optional<std::vector<QueuePlace>> chosen;  ///< nothing: all
  std::vector<HeaderWanted> where;
  std::string to;
  std::uint64_t max = UINT64_MAX;
  std::uint32_t rate = 0;  ///< messages a second; 0: as fast as it goes
  bool dry_run = false;    ///< only count
};

}  // namespace rialto
