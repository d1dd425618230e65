#pragma once

#include "core/base/clock.h"
#include "core/model/ids.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace rialto {

/// Where some partitions are to start.
using LogStarts = std::map<PartitionId, Offset>;

/// How far giving back storage has come. One partition after the other is looked at, round by
/// round: what its topic or queue need not keep any more, and what else nobody waits for. A unit
/// in which nothing is left goes back, whichever units are older, once it is no history.
struct Reclaiming {
  /// Looked at in one go, unless they have this many runs together before.
  static constexpr std::size_t partitions_max = 1024;
  static constexpr std::size_t runs_max = 1U << 14;
  /// There is more to be looked at.
  static constexpr std::int64_t soon_ms = 20;

  Instant next;
  bool under_way = false;  ///< a trim, or what allows to release something, is not durable yet
  /// What units below hold of queues without retention is no history any more.
  std::uint64_t history_from = 0;
  /// Units from this one on can hold settlements of messages that a queue retains for a time, and
  /// who brings messages back asks for them: by the last round, and by this one so far.
  std::uint64_t settled_from = 0;
  std::uint64_t settled_from_so_far = 0;
  std::vector<PartitionId> round;  ///< not looked at yet
};

}  // namespace rialto
