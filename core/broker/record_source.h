#pragma once

#include "core/engine/engine.h"
#include "core/model/record.h"
#include "core/model/record_batch.h"

#include <cstdint>
#include <deque>
#include <vector>

namespace rialto {

/// Bytes of the value of a record that was found.
inline std::uint64_t body_bytes_of(const RecordRef& ref) {
  const Result<RecordView> record = view_of(ref);
  return record && record->value ? record->value->size() : 0;
}

/// Finds the record at an offset in batches that were read ahead for one reader of one
/// partition. Cheap when offsets come in order; holds at most what one read brought, and lets go
/// of each batch with its last record.
class RecordSource {
 public:
  /// A read asks for at most this much at a time.
  static constexpr std::size_t window_bytes = 256U << 10;

  enum class Found {
    yes,      ///< `out` refers to it
    absent,   ///< no record has this offset, or it cannot be decoded
    unknown,  ///< not at hand: read from this offset, then ask again
  };
  /// With `look` the record will be asked for again: its batch is kept.
  Found find(Offset offset, RecordRef& out, bool look = false);
  /// How often it was filled: who remembers the number knows whether this is still that window.
  std::uint64_t fills() const { return fills_; }
  /// Encoded size of the record that find() answered last.
  std::uint32_t found_bytes() const { return found_bytes_; }

  /// What a read from `from` brought, in order; replaces what was held. Offsets from `from` up to
  /// the first batch are known to be absent.
  void fill(Offset from, std::vector<StoredBatch> batches);
  void clear();

 private:
  bool enter(std::size_t batch);
  void leave();

  std::deque<StoredBatch> held_;
  Offset known_from_{0};
  // Cursor in held_.front(): the uncompressed batch, and where the next record starts.
  bool entered_ = false;
  bool read_nothing_ = false;
  Slice plain_;
  std::uint32_t position_ = 0;
  Offset next_offset_{0};
  std::uint32_t found_position_ = 0;  // of the record before
  std::uint64_t fills_ = 0;
  std::uint32_t found_bytes_ = 0;
};

}  // namespace rialto
