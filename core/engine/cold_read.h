#pragma once

#include "core/engine/engine.h"
#include "core/engine/frame_reader.h"
#include "core/engine/placement.h"
#include "core/engine/slot_index.h"
#include "core/journal/file.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace rialto {

/// What somebody wants to read, by offset or by time.
struct Wanted {
  ReadToken token;
  ReadSpec spec;
  std::optional<std::int64_t> at_time_ms;  ///< then one batch, the first that reaches it
  bool sequential = false;                 ///< goes on where a cold read ended: read ahead
};

/// Bytes one cold read brings at most, unless its first batch is larger.
constexpr std::size_t cold_read_bytes_max = 1024 * 1024;

/// The first of `placements` that one read may bring: below the reader's bound, at most
/// `bytes_max` (the first always comes), and nothing at or above `written`.
std::vector<Placement> cut_to(std::vector<Placement> placements, Offset below,
                              std::size_t bytes_max, Lsn written);
/// How many placements are worth looking up for it.
std::size_t placements_for(const Wanted& wanted);
/// How many bytes a cold read of `wanted` goes for.
std::size_t cold_bytes(const Wanted& wanted);

/// The placements of one run of a side file that answer `wanted`.
Result<std::vector<Placement>> look_up(const SlotIndex& index, std::uint32_t row,
                                       const Wanted& wanted, bool nowait);

/// One visit of the read pool: a lookup in a side file, frames, or first the one and then the
/// other.
struct ColdRead {
  Wanted wanted;
  FrameSource source;
  Lsn written;  ///< at the time of asking

  // A lookup, when `slot` is set. `index` is null while the file is not open.
  Directory* dir = nullptr;
  std::optional<std::uint64_t> slot;
  std::uint32_t row = 0;
  std::shared_ptr<const SlotIndex> index;

  // What to read; found by the lookup if there is one.
  std::vector<Placement> placements;

  // Results.
  std::optional<Error> lookup_error;
  bool frames_read = false;  ///< false: the placements are still to be read
  FrameReads reads;
};

/// Does the visit; waits for the disk. Touches nothing but the read itself, the journal's read()
/// and the side file.
void perform(ColdRead& read);

/// Looks up the first batch of each, which are in the order of their offsets, and tells the disk of
/// them all before it waits for one: a disk does many reads at a time. Of these nothing is kept but
/// the side files that had to be opened.
void warm(std::vector<ColdRead>& reads);

}  // namespace rialto
