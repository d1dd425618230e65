#pragma once

#include "core/model/ids.h"
#include "core/queue/range_set.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace rialto {

/// Ready offsets of one partition by priority, highest first, each level in its own order. One
/// byte for each unsettled message, and runs of offsets a level: only for queues with priorities.
class PriorityOrder {
 public:
  /// Higher priorities count as `highest`. Offsets from `base` on have those in `known`, then 0.
  PriorityOrder(std::uint8_t highest, Offset base, std::vector<std::uint8_t> known);

  /// Records [first, first + count) have these priorities; missing ones are 0.
  void arrived(Offset first, std::uint64_t count, const std::vector<std::uint8_t>& priorities);
  void enter(Offset offset) { levels_[of(offset)].add(offset, offset); }
  /// Those of [first, last] that are ready are so no more.
  void leave(Offset first, Offset last);
  /// Whose turn it is.
  std::optional<Offset> front() const;
  /// Nothing below `floor` is asked for any more.
  void forget_below(Offset floor);
  std::vector<std::uint8_t> known_from(Offset floor) const;

 private:
  std::uint8_t of(Offset offset) const;

  std::uint8_t highest_;
  Offset base_;
  std::vector<std::uint8_t> priorities_;
  std::map<std::uint8_t, RangeSet, std::greater<>> levels_;
};

}  // namespace rialto
