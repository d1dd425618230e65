#include "core/queue/priority_order.h"

#include <algorithm>
#include <utility>

namespace rialto {

PriorityOrder::PriorityOrder(std::uint8_t highest, Offset base, std::vector<std::uint8_t> known)
    : highest_(highest), base_(base), priorities_(std::move(known)) {}

std::uint8_t PriorityOrder::of(Offset offset) const {
  if (offset < base_) return 0;
  const auto at = static_cast<std::size_t>(offset - base_);
  return at < priorities_.size() ? std::min(priorities_[at], highest_) : std::uint8_t{0};
}

void PriorityOrder::arrived(Offset first, std::uint64_t count,
                            const std::vector<std::uint8_t>& priorities) {
  if (first < base_) return;
  const auto at = static_cast<std::size_t>(first - base_);
  priorities_.resize(at, 0);
  priorities_.insert(priorities_.end(), priorities.begin(), priorities.end());
  priorities_.resize(at + count, 0);
}

void PriorityOrder::leave(Offset first, Offset last) {
  for (auto level = levels_.begin(); level != levels_.end();) {
    level->second.remove(first, last);
    level = level->second.empty() ? levels_.erase(level) : std::next(level);
  }
}

std::optional<Offset> PriorityOrder::front() const {
  if (levels_.empty()) return std::nullopt;
  return levels_.begin()->second.front().first;
}

void PriorityOrder::forget_below(Offset floor) {
  if (floor <= base_) return;
  const auto gone = std::min(static_cast<std::size_t>(floor - base_), priorities_.size());
  // Moving what is left pays off when it is less than what goes.
  if (gone < priorities_.size() - gone) return;
  priorities_.erase(priorities_.begin(), priorities_.begin() + static_cast<std::ptrdiff_t>(gone));
  base_ = floor;
}

std::vector<std::uint8_t> PriorityOrder::known_from(Offset floor) const {
  if (floor < base_) return priorities_;
  const auto gone = std::min(static_cast<std::size_t>(floor - base_), priorities_.size());
  return {priorities_.begin() + static_cast<std::ptrdiff_t>(gone), priorities_.end()};
}

}  // namespace rialto
