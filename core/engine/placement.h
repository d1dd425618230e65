#pragma once

#include "core/model/ids.h"

#include <cstdint>

namespace rialto {

/// What the index knows of one data frame, the same for every partition that holds its batch.
struct FrameFacts {
  Lsn lsn;  ///< of the frame's header
  std::int64_t max_timestamp_ms = 0;
  std::uint32_t meta_bytes = 0;
  std::uint32_t payload_bytes = 0;
  std::int32_t last_offset_delta = 0;
  std::uint16_t flags = 0;

  friend bool operator==(const FrameFacts&, const FrameFacts&) = default;
};

/// One batch of one partition, and where it lies.
struct Placement {
  Offset base;
  FrameFacts frame;

  Offset last() const { return base + frame.last_offset_delta; }
  friend bool operator==(const Placement&, const Placement&) = default;
};

/// What one slot holds of one partition, and which rows of the slot's side file list it.
struct HeldRows {
  PartitionId partition;
  Offset first;
  Offset last;
  std::int64_t max_timestamp_ms = 0;
  std::uint32_t first_row = 0;
  std::uint32_t rows = 0;
  std::uint64_t bytes = 0;  ///< of its frames, each counted whole for every partition

  friend bool operator==(const HeldRows&, const HeldRows&) = default;
};

/// How many placements one lookup hands out; a reader comes again for more.
constexpr std::size_t placements_max = 512;

}  // namespace rialto
