#pragma once

#include "core/model/frames/frame_kind.h"
#include "core/model/ids.h"

#include <cstdint>
#include <vector>

namespace rialto {

/// One partition that holds the batch, and where in it the batch starts.
struct DataTarget {
  PartitionId partition;
  Offset base_offset;
  std::uint8_t flags = 0;

  /// Recovery skips a volatile target: its queue is gone with the process.
  static constexpr std::uint8_t is_volatile = 1;
  static constexpr std::size_t bytes = 17;  ///< that one takes in a frame

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.partition, s.base_offset, s.flags);
  }
};

/// Meta of a data frame; its payload is the record batch.
struct DataMeta {
  static constexpr FrameKind kind = FrameKind::data;

  std::vector<DataTarget> targets;
  std::uint32_t record_count = 0;
  std::int32_t last_offset_delta = 0;
  std::int64_t max_timestamp_ms = 0;
  ProducerId producer_id = no_producer;
  ProducerEpoch producer_epoch{-1};
  Sequence base_sequence{-1};
  std::vector<std::uint8_t> priorities;        ///< one a record, or none at all
  std::vector<std::int64_t> expiries_wall_ms;  ///< one a record (0 = never), or none at all
  /// In a delay partition, where expiries are the times of delivery: hashes of the keys that the
  /// records can be cancelled by (0 = none), one a record or none at all.
  std::vector<std::uint64_t> cancel_keys;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.targets, s.record_count, s.last_offset_delta, s.max_timestamp_ms, s.producer_id,
      s.producer_epoch, s.base_sequence, s.priorities, s.expiries_wall_ms, s.cancel_keys);
  }
};

}  // namespace rialto
