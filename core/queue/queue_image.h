#pragma once

#include "core/model/frames/view_frames.h"
#include "core/model/ids.h"

#include <cstdint>
#include <vector>

namespace rialto {

/// What a checkpoint keeps of one delivery state. What was in flight is unsettled here: the
/// sessions that held it are gone when the image is read.
struct DeliveryImage {
  struct Count {
    Offset offset;
    std::uint32_t deliveries = 0;
    std::int64_t ready_at_wall_ms = 0;           ///< it waits until then; 0: it does not
    SettleReason blocked = SettleReason::acked;  ///< of a dead letter that waits for room

    template <class F>
    static void fields(F& f, auto& s) {
      f(s.offset, s.deliveries, s.ready_at_wall_ms, s.blocked);
    }
  };

  PartitionId partition;
  PartitionIndex index;
  Offset floor;                          ///< everything below is settled
  Offset end;                            ///< everything below is visible
  Offset handed_out;                     ///< unsettled offsets below may have been delivered
  std::vector<SettledRun> settled;       ///< above the floor, in order
  std::vector<Count> counts;             ///< deliveries that were not settled, where there were any
  std::vector<LeaseEntry> leases;        ///< current ones; `partition` is set
  std::vector<std::uint8_t> priorities;  ///< of the messages from the floor on, if they have any

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.partition, s.index, s.floor, s.end, s.handed_out, s.settled, s.counts, s.leases,
      s.priorities);
  }
};

struct QueueImage {
  std::vector<DeliveryImage> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.partitions);
  }
};

}  // namespace rialto
