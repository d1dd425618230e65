#pragma once

#include "core/broker/requests.h"
#include "core/engine/engine.h"
#include "core/queue/range_set.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace rialto {

/// A look at what has left a queue, as long as the session that asked is there.
struct HistoryJob {
  /// Runs of offsets that one job finds or brings back.
  static constexpr std::size_t runs_max = 1U << 20;

  SessionId session;
  ReplayMessages what;
  QueueId queue;
  HistoryPosition at;
  std::map<PartitionId, RangeSet> found;  ///< what left for such a reason at such a time
  std::vector<std::pair<PartitionId, OffsetRun>> seen;  ///< the same, and gone now; last one first
  bool looks = false;                                   ///< each record has to be read
  std::map<PartitionId, RangeSet> chosen;
  std::uint64_t count = 0;       ///< of what is chosen
  std::uint64_t body_bytes = 0;  ///< of the same, where they are read
  Reply<ReplayMessages::Answer> reply;

  void choose(PartitionId partition, OffsetRun run) {
    chosen[partition].add(run.first, run.last);
    count += static_cast<std::uint64_t>(run.last - run.first) + 1;
  }
};

}  // namespace rialto
