#pragma once

#include "core/engine/placement.h"
#include "core/model/frames/data_frame.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

namespace rialto {

/// The dense index of one slot: every batch of every partition in it. A frame's facts are kept
/// once and a target costs 12 bytes, at most 15 with what is reserved: less than the 17 it takes
/// in the frame's own target list. So the slot's size bounds its index, whatever is stored
/// (dense_bytes_max); a slot of 64 MiB full of 1 KiB messages stored one by one takes 2.5 MiB.
///
/// Single thread while it grows; read-only from any thread after that.
class DenseSlot {
 public:
  static constexpr std::size_t dense_bytes_max(std::uint64_t slot_bytes) { return slot_bytes; }

  explicit DenseSlot(std::uint64_t number) : number_(number) {}

  std::uint64_t number() const { return number_; }

  /// Adds a frame of this slot under its targets; volatile ones only when asked. False, and
  /// nothing is added, when a target's offsets do not lie above what the table holds.
  bool add(const FrameFacts& frame, const std::vector<DataTarget>& targets, bool with_volatile);
  void drop(PartitionId partition) { partitions_.erase(partition); }

  /// Something in the slot could not be read: there may be more than this table has.
  void note_hole() { whole_ = false; }
  bool whole() const { return whole_; }

  /// Batches of `partition` from the first that reaches `from` on, at most `count_max`.
  std::vector<Placement> find(PartitionId partition, Offset from, std::size_t count_max) const;
  /// The first batch that reaches `from` and whose max timestamp is >= `timestamp_ms`.
  std::optional<Placement> at_time(PartitionId partition, Offset from,
                                   std::int64_t timestamp_ms) const;
  /// Lowest offset held of `partition`, no_offset when there is none.
  Offset first_of(PartitionId partition) const;
  Offset last_of(PartitionId partition) const;
  std::uint64_t bytes_of(PartitionId partition) const;

  /// The directory of the slot, by partition; rows are numbered in that order.
  std::vector<HeldRows> held() const;

  /// Memory taken by rows and frames, without the map's own nodes.
  std::size_t bytes() const;

 private:
  /// 12 bytes: the base offset is split so that no padding comes between.
  struct Row {
    std::uint32_t base_low;
    std::uint32_t base_high;
    std::uint32_t frame;

    Offset base() const {
      return Offset(static_cast<std::int64_t>(std::uint64_t{base_high} << 32 | base_low));
    }
  };
  /// Running maxima let a search by time skip whole runs of rows.
  static constexpr std::size_t rows_per_maximum = 64;
  struct Rows {
    std::vector<Row> rows;
    std::vector<std::int64_t> running_max_ms;  ///< at the end of each run of rows_per_maximum
    std::int64_t max_timestamp_ms = INT64_MIN;
    std::uint64_t bytes = 0;  ///< of their frames
  };

  Placement placement(const Row& row) const { return {row.base(), frames_[row.frame]}; }
  std::size_t first_reaching(const Rows& held, Offset from) const;

  std::uint64_t number_;
  bool whole_ = true;
  std::deque<FrameFacts> frames_;  // grows without moving
  std::unordered_map<PartitionId, Rows> partitions_;
};

}  // namespace rialto
