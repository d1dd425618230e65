#pragma once

#include "core/engine/engine.h"

#include <cstddef>
#include <deque>
#include <vector>

namespace rialto {

/// Batches that a cold read brought beyond what was asked for, kept for the reader that goes on
/// where it stopped. Also how a sequential reader is known: it asks for the offset at which the
/// last cold read of the partition ended.
///
/// Bounded twice, oldest first out: `cold_cache_bytes_max` of batches, `windows_max` readers.
class ColdWindows {
 public:
  static constexpr std::size_t windows_max = 256;

  explicit ColdWindows(std::size_t cold_cache_bytes_max) : bytes_max_(cold_cache_bytes_max) {}

  /// A cold read of `partition` ended in front of `next`, and `rest` follows from there on.
  void keep(PartitionId partition, Offset next, std::vector<StoredBatch> rest);
  /// What is kept for a reader that comes at `spec.from`, as far as its limits allow.
  std::vector<StoredBatch> take(const ReadSpec& spec);
  /// True when a cold read ended exactly in front of `from`.
  bool sequential(PartitionId partition, Offset from) const;
  void drop(PartitionId partition);

  std::size_t bytes() const { return bytes_; }

 private:
  struct Window {
    PartitionId partition;
    Offset next;
    std::vector<StoredBatch> rest;
    std::size_t bytes = 0;
  };

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::deque<Window> windows_;
};

/// Cuts `batches` to what a reader asked for and gives back what is left over.
std::vector<StoredBatch> split_off(std::vector<StoredBatch>& batches, const ReadSpec& spec);

}  // namespace rialto
