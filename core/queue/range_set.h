#pragma once

#include "core/model/ids.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace rialto {

/// Offsets in [first, last]; 0 when there are none.
inline std::uint64_t length(Offset first, Offset last) {
  return last < first ? 0 : static_cast<std::uint64_t>(last - first) + 1;
}

/// A set of offsets kept as ordered, disjoint, merged runs. O(log runs) an operation whatever the
/// number of offsets; nodes of runs that merged are reused, so a steady workload does not allocate.
class RangeSet {
 public:
  /// Adds [first, last]; answers how many of them were new.
  std::uint64_t add(Offset first, Offset last);
  /// Removes [first, last]; answers how many of them were there.
  std::uint64_t remove(Offset first, Offset last);
  void clear();

  bool empty() const { return runs_.empty(); }
  bool contains(Offset offset) const;
  /// Offsets in the set. O(1).
  std::uint64_t size() const { return size_; }
  /// Runs they form. O(1).
  std::size_t run_count() const { return runs_.size(); }
  /// How many of [first, last] are in the set; O(log runs + runs touched).
  std::uint64_t count_in(Offset first, Offset last) const;

  /// The lowest run; the set is not empty.
  OffsetRun front() const { return {runs_.begin()->first, runs_.begin()->second}; }
  /// The run that holds `offset`, if any.
  std::optional<OffsetRun> run_at(Offset offset) const;
  /// The lowest offset >= `from` that is not in the set.
  Offset next_absent(Offset from) const;
  /// The parts of [first, last] that are in the set, in order.
  std::vector<OffsetRun> runs_in(Offset first, Offset last) const;
  /// The parts of [first, last] that are not in the set, in order.
  std::vector<OffsetRun> gaps(Offset first, Offset last) const;

  /// Calls fn(OffsetRun) for each run in order.
  template <class F>
  void for_each(F&& fn) const {
    for (const auto& [first, last] : runs_)
      fn(OffsetRun{first, last});
  }

 private:
  using Runs = std::map<Offset, Offset>;  // first -> last, inclusive

  Runs::iterator erase(Runs::iterator run);
  void insert(Offset first, Offset last);

  Runs runs_;
  std::vector<Runs::node_type> spare_;
  std::uint64_t size_ = 0;
};

/// What is settled of one partition: everything below `floor()`, and runs above it. In-order
/// settlement only moves the floor.
class SettledRanges {
 public:
  explicit SettledRanges(Offset floor = Offset(0)) : floor_(floor) {}

  /// The lowest offset that is not settled.
  Offset floor() const { return floor_; }
  const RangeSet& above() const { return above_; }

  bool contains(Offset offset) const { return offset < floor_ || above_.contains(offset); }
  /// Answers how many of [first, last] were not settled before.
  std::uint64_t add(Offset first, Offset last);
  /// Takes [first, last] back; all of them were settled.
  void remove(Offset first, Offset last);
  void remove(Offset offset) { remove(offset, offset); }
  /// The parts of [first, last] that are settled, in order.
  std::vector<OffsetRun> runs_in(Offset first, Offset last) const;
  std::uint64_t count_in(Offset first, Offset last) const;
  /// The lowest offset >= `from` that is not settled.
  Offset next_unsettled(Offset from) const;

 private:
  void raise_floor();

  Offset floor_;
  RangeSet above_;
};

}  // namespace rialto
