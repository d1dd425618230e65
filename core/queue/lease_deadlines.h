#pragma once

#include "core/base/clock.h"
#include "core/model/ids.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace rialto {

/// The deadlines of leases, or the ends of waits, soonest first. Entries of leases that ended or
/// were extended stay in until their time or until they are most of the heap; the caller checks
/// what comes out.
class LeaseDeadlines {
 public:
  struct Entry {
    Instant deadline;
    PartitionId partition;
    Offset offset;
    std::uint32_t attempt = 0;
  };

  void add(const Entry& entry);
  /// One entry that is due at `now`, if any.
  std::optional<Entry> pop_due(Instant now);
  Instant next() const { return heap_.empty() ? no_deadline : heap_.front().deadline; }

  /// Drops entries that `current(const Entry&)` does not know any more, when there are more than
  /// twice as many as `leases`.
  template <class F>
  void tidy(std::size_t leases, F&& current) {
    if (heap_.size() <= 2 * leases + slack) return;
    std::erase_if(heap_, [&](const Entry& e) { return !current(e); });
    rebuild();
  }

 private:
  static constexpr std::size_t slack = 64;

  void rebuild();

  std::vector<Entry> heap_;
};

}  // namespace rialto
