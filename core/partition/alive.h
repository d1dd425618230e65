#pragma once

#include "core/model/ids.h"

#include <utility>
#include <vector>

namespace rialto {

/// Which records of one partition somebody can still ask for: those from the log start on, and
/// older ones that a queue view has not settled (stragglers). A value: computed by whoever knows
/// marks and views, handed to whoever reclaims storage.
class Alive {
 public:
  explicit Alive(Offset log_start) : log_start_(log_start) {}

  /// Adds the unsettled runs of one view that holds its messages; any order, they may overlap.
  void add_unsettled(const std::vector<OffsetRun>& runs);

  Offset log_start() const { return log_start_; }
  /// Unsettled runs below the log start: in order, disjoint, merged.
  const std::vector<OffsetRun>& stragglers() const { return stragglers_; }

  bool holds(Offset offset) const { return any_in(offset, offset); }
  bool any_in(Offset first, Offset last) const;
  bool all_in(Offset first, Offset last) const;

 private:
  Offset log_start_;
  std::vector<OffsetRun> stragglers_;
};

}  // namespace rialto
