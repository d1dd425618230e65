#pragma once

#include "core/base/result.h"
#include "core/engine/engine.h"
#include "core/engine/frame_reader.h"
#include "core/engine/placement_index.h"
#include "core/engine/slot_upkeep.h"
#include "core/journal/journal.h"

#include <cstdint>
#include <vector>

namespace rialto {

/// Hands a replay on to the core, and notes where each data frame lies. Volatile targets are
/// left out: their queues are gone.
class ReplayRecorder final : public JournalReplay {
 public:
  struct Data {
    FrameFacts frame;
    std::vector<DataTarget> targets;
  };

  explicit ReplayRecorder(EngineReplay& replay) : replay_(replay) {}

  Result<void> on_checkpoint(Lsn lsn, const std::vector<std::string>& parts) override;
  Result<void> on_frame(const ReplayedFrame& frame) override;

  /// In LSN order, from the checkpoint on.
  const std::vector<Data>& data() const { return data_; }

 private:
  EngineReplay& replay_;
  std::vector<Data> data_;
};

/// Fills the index of a journal that was just opened: slots with a good side file from its
/// directory, the others above the checkpoint from the replay, the rest unknown and on their way
/// (SlotUpkeep::rebuild). The open slot's part below the checkpoint comes from the file a clean
/// stop left, or from its frame headers. Blocks; before the first tick only.
Result<void> recover_index(const FrameSource& source, Directory& dir,
                           const std::vector<ReplayRecorder::Data>& replayed, PlacementIndex& index,
                           SlotUpkeep& upkeep);

/// Leaves the open slot's index behind for the next start. Everything must be durable.
Result<void> write_open_slot(const Journal& journal, Directory& dir, const DenseSlot& open);

}  // namespace rialto
