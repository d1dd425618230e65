#pragma once

#include "core/engine/engine.h"
#include "core/model/frames/view_frames.h"

#include <cstddef>
#include <vector>

namespace rialto {

/// What happened to delivered messages, on its way into the journal: consecutive offsets as one
/// run, all queues in one frame.
class SettleJournal {
 public:
  /// No frame of take() is much larger.
  static constexpr std::size_t frame_bytes_max = 256U << 10;

  void settled(QueueId queue, PartitionId partition, SettleReason reason, const SettledRun& run);
  void returned(const CountEntry& count);
  /// A lease ended without a settlement (deadline 0) or has another deadline.
  void lease_changed(QueueId queue, const LeaseEntry& lease);

  bool empty() const { return bytes_ == 0; }
  /// About what take() would stage.
  std::size_t bytes() const { return bytes_; }
  /// Everything so far, to be staged in this order; nearly always one set. Empties the journal.
  std::vector<WriteSet> take();

 private:
  SettleEntry& entry_for(QueueId queue, PartitionId partition, SettleReason reason);

  SettleFrame settled_;
  CountsFrame counts_;
  std::vector<LeaseFrame> leases_;
  std::size_t bytes_ = 0;
};

}  // namespace rialto
