#include "core/partition/alive.h"

#include <algorithm>

namespace rialto {

void Alive::add_unsettled(const std::vector<OffsetRun>& runs) {
  for (const OffsetRun& run : runs) {
    const Offset last = std::min(run.last, log_start_ - 1);
    if (run.first <= last) stragglers_.push_back({run.first, last});
  }
  std::sort(stragglers_.begin(), stragglers_.end(),
            [](const OffsetRun& a, const OffsetRun& b) { return a.first < b.first; });
  std::vector<OffsetRun> merged;
  for (const OffsetRun& run : stragglers_) {
    if (!merged.empty() && run.first <= merged.back().last + 1) {
      merged.back().last = std::max(merged.back().last, run.last);
    } else {
      merged.push_back(run);
    }
  }
  stragglers_ = std::move(merged);
}

bool Alive::any_in(Offset first, Offset last) const {
  if (last < first) return false;
  if (last >= log_start_) return true;
  const auto run = std::lower_bound(stragglers_.begin(), stragglers_.end(), first,
                                    [](const OffsetRun& r, Offset o) { return r.last < o; });
  return run != stragglers_.end() && run->first <= last;
}

bool Alive::all_in(Offset first, Offset last) const {
  last = std::min(last, log_start_ - 1);
  if (last < first) return true;
  return std::any_of(stragglers_.begin(), stragglers_.end(),
                     [&](const OffsetRun& run) { return run.first <= first && run.last >= last; });
}

}  // namespace rialto
