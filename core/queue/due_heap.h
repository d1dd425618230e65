#pragma once

#include "core/model/ids.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rialto {

/// Offsets and the times at which they have to be looked at, soonest first; 16 bytes each.
class DueHeap {
 public:
  struct Entry {
    std::int64_t at_wall_ms = 0;
    Offset offset;

    template <class F>
    static void fields(F& f, auto& s) {
      f(s.at_wall_ms, s.offset);
    }
  };
  static constexpr std::int64_t never = INT64_MAX;

  void push(const Entry& entry);
  /// One entry whose time has come, if any: the earliest, of equal ones the lowest offset.
  std::optional<Entry> pop_due(std::int64_t wall_ms);
  /// The earliest time; `never` when it is empty.
  std::int64_t next() const { return entries_.empty() ? never : entries_.front().at_wall_ms; }

  std::size_t size() const { return entries_.size(); }
  /// In no order, for checkpoints.
  const std::vector<Entry>& entries() const { return entries_; }
  void restore(std::vector<Entry> entries);

 private:
  std::vector<Entry> entries_;
};

/// Orders entries by time, then by offset.
constexpr bool sooner(const DueHeap::Entry& a, const DueHeap::Entry& b) {
  return a.at_wall_ms != b.at_wall_ms ? a.at_wall_ms < b.at_wall_ms : a.offset < b.offset;
}

}  // namespace rialto
