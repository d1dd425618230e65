#pragma once

#include "core/base/slab.h"
#include "core/journal/frame.h"
#include "core/journal/log_thread.h"
#include "core/journal/slot_table.h"

#include <cstdint>
#include <string>
#include <vector>

namespace rialto {

/// Encoded frames on their way to the log thread: filled by the core thread, sealed once at
/// hand-over, then read-only. Headers, meta and short payloads lie in one buffer, so that many
/// small frames are one piece of the write; long payloads stay where they are.
class CommitGroup {
 public:
  CommitGroup(std::uint64_t slot_bytes, std::size_t buffer_bytes) : slot_bytes_(slot_bytes) {
    buffer_.reserve(buffer_bytes);
  }

  bool empty() const { return runs_.empty(); }
  std::uint64_t bytes() const { return bytes_; }
  std::size_t buffer_bytes() const { return buffer_.size(); }
  /// Greatest slot the group writes to. It must not be empty.
  std::uint64_t last_slot() const { return runs_.back().first.get() / slot_bytes_; }

  /// Appends a frame at header.lsn, which is the end of the one before or starts a slot.
  void add(const FrameHeader& header, Bytes meta, Slice payload);
  /// The log goes on in the next slot.
  void end_slot();

  /// Stamps and closes every header.
  void seal(Lsn durable, WallMs wall, std::uint32_t seed);
  /// The writes, valid as long as the group. Every slot must be in the table.
  std::vector<LogWrite> writes(const SlotTable& slots) const;

 private:
  /// Part of the buffer, or a payload of its own.
  struct Piece {
    std::size_t from = 0;
    std::size_t bytes = 0;
    Slice slice;
  };
  /// Contiguous frames in one slot.
  struct Run {
    Lsn first;
    Lsn end;
    std::vector<Piece> pieces;
  };

  void cover_buffer(Run& run, std::size_t from);

  std::uint64_t slot_bytes_;
  std::string buffer_;
  std::vector<std::size_t> headers_;  ///< places in buffer_
  std::vector<Run> runs_;
  std::uint64_t bytes_ = 0;
};

}  // namespace rialto
