#pragma once

#include "core/base/wide_hash.h"
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

/// A record that queues do not hand out before its time.
struct RecordDue {
  std::uint32_t index = 0;  ///< in the batch
  std::int64_t due_wall_ms = 0;
  std::uint32_t body_bytes = 0;  ///< where it is known: not stored

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.index, s.due_wall_ms);
  }
};

/// What one target remembers of one record, so that the message is not stored there again.
struct SeenEntry {
  enum class Kind : std::uint8_t {
    id = 0,        ///< `number` is the time (wall ms) until which it is remembered
    sequence = 1,  ///< the hash is of a producer's name, `number` its sequence
    refused = 2,   ///< the same, of a message that was not stored and may come yet; of no record
  };

  Kind kind = Kind::id;
  std::uint32_t target = 0;  ///< place among the targets
  std::uint32_t record = 0;  ///< place in the batch
  WideHash hash;
  std::int64_t number = 0;

  static constexpr std::size_t bytes = 33;  ///< that one takes in a frame

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.kind, s.target, s.record, s.hash, s.number);
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
  std::vector<RecordDue> dues;  ///< of those that are held back from queues
  std::vector<SeenEntry> seen;  ///< of records that are known by something, in their order

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.targets, s.record_count, s.last_offset_delta, s.max_timestamp_ms, s.producer_id,
      s.producer_epoch, s.base_sequence, s.priorities, s.expiries_wall_ms, s.cancel_keys, s.dues,
      s.seen);
  }
};

}  // namespace rialto
