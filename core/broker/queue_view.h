#pragma once

#include "core/base/clock.h"
#include "core/base/errc.h"
#include "core/broker/record_source.h"
#include "core/model/frames/catalog_frame.h"
#include "core/queue/queue.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace rialto {

struct ParkedPull;
struct PartitionState;

/// One queue as the broker drives it: the machine, and where its records come from.
struct QueueView {
  QueueRecord record;
  QueueMachine machine;
  std::vector<std::pair<PartitionState*, RecordSource>> sources;
  /// Sessions that list this queue among theirs.
  boost::unordered_flat_set<SessionId> users;
  Ticket made = no_ticket;  ///< nothing of it is shown before this is durable
  bool is_volatile = false;
  bool listed = false;                   ///< in the list of queues to deliver from
  bool reading = false;                  ///< a cold read is under way
  Instant lease_deadline = no_deadline;  ///< under which it is listed
  /// Gets and pulls that wait for that read.
  std::vector<std::function<void()>> after_read;
  /// Pulls that wait for a message, oldest first.
  std::deque<std::shared_ptr<ParkedPull>> waiting_pulls;

  /// Refuses who takes messages without being a consumer, where one consumer gets them all.
  std::optional<Error> check_any_taker() const;
  /// Null: not one of its partitions.
  RecordSource* source(PartitionId partition);
};

}  // namespace rialto
