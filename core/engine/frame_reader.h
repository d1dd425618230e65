#pragma once

#include "core/engine/engine.h"
#include "core/engine/placement.h"
#include "core/journal/journal.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rialto {

/// Batches of consecutive placements, from the first on and without gaps. `error` says why it
/// stops before the last: full (nowait, not in memory), out_of_range (the slot went meanwhile) or
/// corrupt, and then `quarantined` are the offsets that cannot be read.
struct FrameReads {
  std::vector<StoredBatch> batches;
  std::optional<Error> error;
  OffsetRun quarantined{no_offset, no_offset};
};

/// What a reader of frames needs; copied into jobs of the read pool.
struct FrameSource {
  const Journal* journal = nullptr;
  std::uint32_t seed = 0;  ///< of the directory's header checksums
};

/// One read of the disk takes neighbours together, up to this many bytes.
constexpr std::size_t read_window_bytes = 256 * 1024;

/// A frame on disk: header, meta and payload.
std::uint64_t bytes_of(const FrameFacts& frame);

/// Reads frames of one partition and verifies header and payload checksums. Any thread.
FrameReads read_frames(const FrameSource& source, PartitionId partition,
                       std::span<const Placement> placements, bool nowait);

}  // namespace rialto
