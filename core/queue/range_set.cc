#include "core/queue/range_set.h"

#include "core/base/check.h"

#include <algorithm>
#include <utility>

namespace rialto {
namespace {

constexpr std::size_t spare_nodes_max = 16;

std::uint64_t overlap(Offset first, Offset last, Offset run_first, Offset run_last) {
  const Offset from = std::max(first, run_first);
  const Offset to = std::min(last, run_last);
  return length(from, to);
}

}  // namespace

RangeSet::Runs::iterator RangeSet::erase(Runs::iterator run) {
  const auto next = std::next(run);
  auto node = runs_.extract(run);
  if (spare_.size() < spare_nodes_max) spare_.push_back(std::move(node));
  return next;
}

void RangeSet::insert(Offset first, Offset last) {
  if (spare_.empty()) {
    runs_.emplace(first, last);
    return;
  }
  auto node = std::move(spare_.back());
  spare_.pop_back();
  node.key() = first;
  node.mapped() = last;
  runs_.insert(std::move(node));
}

std::uint64_t RangeSet::add(Offset first, Offset last) {
  if (last < first) return 0;
  auto it = runs_.upper_bound(first);
  auto target = runs_.end();
  Offset end = last;
  std::uint64_t added = length(first, last);
  if (it != runs_.begin()) {
    const auto before = std::prev(it);
    if (before->second + 1 >= first) {
      added -= overlap(first, last, before->first, before->second);
      end = std::max(end, before->second);
      target = before;
    }
  }
  while (it != runs_.end() && it->first <= end + 1) {
    added -= overlap(first, last, it->first, it->second);
    end = std::max(end, it->second);
    if (target != runs_.end()) {
      it = erase(it);
      continue;
    }
    const auto next = std::next(it);
    auto node = runs_.extract(it);
    node.key() = first;
    target = runs_.insert(next, std::move(node));
    it = next;
  }
  if (target == runs_.end()) {
    insert(first, end);
  } else {
    target->second = end;
  }
  size_ += added;
  return added;
}

std::uint64_t RangeSet::remove(Offset first, Offset last) {
  if (last < first || runs_.empty()) return 0;
  auto it = runs_.upper_bound(first);
  if (it != runs_.begin() && std::prev(it)->second >= first) --it;
  std::uint64_t removed = 0;
  while (it != runs_.end() && it->first <= last) {
    const Offset run_first = it->first;
    const Offset run_last = it->second;
    removed += overlap(first, last, run_first, run_last);
    if (run_first < first) {
      it->second = first - 1;
      ++it;
    } else {
      it = erase(it);
    }
    if (run_last > last) {
      insert(last + 1, run_last);
      break;
    }
  }
  size_ -= removed;
  return removed;
}

void RangeSet::clear() {
  runs_.clear();
  size_ = 0;
}

bool RangeSet::contains(Offset offset) const {
  return run_at(offset).has_value();
}

std::optional<OffsetRun> RangeSet::run_at(Offset offset) const {
  if (runs_.empty()) return std::nullopt;
  auto it = runs_.upper_bound(offset);
  if (it == runs_.begin()) return std::nullopt;
  --it;
  if (it->second < offset) return std::nullopt;
  return OffsetRun{it->first, it->second};
}

std::uint64_t RangeSet::count_in(Offset first, Offset last) const {
  if (last < first || runs_.empty()) return 0;
  auto it = runs_.upper_bound(first);
  if (it != runs_.begin()) --it;
  std::uint64_t count = 0;
  for (; it != runs_.end() && it->first <= last; ++it) {
    count += overlap(first, last, it->first, it->second);
  }
  return count;
}

Offset RangeSet::next_absent(Offset from) const {
  const auto run = run_at(from);
  return run ? run->last + 1 : from;
}

std::vector<OffsetRun> RangeSet::runs_in(Offset first, Offset last) const {
  std::vector<OffsetRun> out;
  auto it = runs_.upper_bound(first);
  if (it != runs_.begin()) --it;
  for (; it != runs_.end() && it->first <= last; ++it) {
    if (it->second < first) continue;
    out.push_back({std::max(first, it->first), std::min(last, it->second)});
  }
  return out;
}

std::vector<OffsetRun> RangeSet::gaps(Offset first, Offset last) const {
  std::vector<OffsetRun> out;
  auto it = runs_.upper_bound(first);
  if (it != runs_.begin()) --it;
  Offset from = first;
  for (; it != runs_.end() && it->first <= last; ++it) {
    if (it->second < from) continue;
    if (it->first > from) out.push_back({from, it->first - 1});
    from = it->second + 1;
  }
  if (from <= last) out.push_back({from, last});
  return out;
}

std::uint64_t SettledRanges::add(Offset first, Offset last) {
  first = std::max(first, floor_);
  if (last < first) return 0;
  if (first > floor_) return above_.add(first, last);
  std::uint64_t added = length(first, last);
  if (!above_.empty()) {
    added -= above_.remove(first, last);
  }
  floor_ = last + 1;
  raise_floor();
  return added;
}

void SettledRanges::remove(Offset first, Offset last) {
  if (last >= floor_) {
    const Offset from = std::max(first, floor_);
    RIALTO_CHECK(above_.remove(from, last) == length(from, last),
                 "only what is settled is taken back");
  }
  if (first >= floor_) return;
  if (last < floor_ - 1) above_.add(last + 1, floor_ - 1);
  floor_ = first;
}

std::vector<OffsetRun> SettledRanges::runs_in(Offset first, Offset last) const {
  std::vector<OffsetRun> out;
  if (first < floor_ && first <= last) out.push_back({first, std::min(last, floor_ - 1)});
  for (const OffsetRun& run : above_.runs_in(std::max(first, floor_), last))
    out.push_back(run);
  return out;
}

std::uint64_t SettledRanges::count_in(Offset first, Offset last) const {
  if (last < first) return 0;
  return (first < floor_ ? length(first, std::min(last, floor_ - 1)) : 0) +
         above_.count_in(first, last);
}

Offset SettledRanges::next_unsettled(Offset from) const {
  from = std::max(from, floor_);
  return above_.empty() ? from : above_.next_absent(from);
}

void SettledRanges::raise_floor() {
  if (above_.empty()) return;
  const OffsetRun run = above_.front();
  if (run.first != floor_) return;
  floor_ = run.last + 1;
  above_.remove(run.first, run.last);
}

}  // namespace rialto
