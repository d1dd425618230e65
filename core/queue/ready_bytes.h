#pragma once

#include "core/model/ids.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace rialto {

/// The body bytes of the ready messages of one queue, message by message. Nobody has to know the
/// size of a message that waits: what arrives says its bytes, who takes a message out has read it,
/// and the sizes of those that are out are kept, since they may come back.
///
/// A queue that has messages when counting begins is read once, from its floor on, while it works:
/// below the place where the count is, every change is followed; above it nothing is, for the
/// reader will find what is ready when it comes there.
class ReadyBytes {
 public:
  /// Records in [from, end) have to be counted; none: those that arrive are followed at once.
  void add_partition(PartitionId partition, Offset from, Offset end);

  /// Of the ready messages that have been counted: all of them once is_whole().
  std::uint64_t total() const { return total_; }
  bool is_whole() const { return to_count_ == 0; }

  // ---- counting
  /// Where to read on; nothing: it is whole.
  std::optional<std::pair<PartitionId, Offset>> next_to_count() const;
  /// The reader has come to `offset`; what is between was no record.
  void ready(PartitionId partition, Offset offset, std::uint64_t bytes);
  void held(PartitionId partition, Offset offset, std::uint64_t bytes);
  /// Everything below `next` has been seen. At `end`, where the next record will arrive, the
  /// partition is whole.
  void counted_to(PartitionId partition, Offset next, Offset end);
  bool has_counted(PartitionId partition, Offset offset) const;

  // ---- what happens to messages
  /// Records from `first` on; nothing: their bytes are not known, and the reader has to look.
  void arrived(PartitionId partition, Offset first, std::optional<std::uint64_t> bytes);
  /// It is ready no more, and will not come back.
  void left(PartitionId partition, Offset offset, std::uint64_t bytes);
  /// It is out.
  void taken(PartitionId partition, Offset offset, std::uint64_t bytes);
  /// It was out and is ready again; answers its bytes.
  std::uint64_t returned(PartitionId partition, Offset offset);
  /// It was out and will not come back.
  void settled(PartitionId partition, Offset first, Offset last);
  /// Nothing is ready.
  void emptied() { total_ = 0; }

 private:
  struct Counted {
    Offset to;  ///< the reader is here; no_offset: at the end
    boost::unordered_flat_map<Offset, std::uint64_t> out;

    bool has(Offset offset) const { return to == no_offset || offset < to; }
  };

  /// Null: not one of the queue's.
  Counted* find(PartitionId partition);
  void look_from(Counted& counted, Offset from);

  boost::unordered_flat_map<PartitionId, Counted> partitions_;
  std::size_t to_count_ = 0;  // partitions whose end the reader has not come to
  std::uint64_t total_ = 0;
};

}  // namespace rialto
