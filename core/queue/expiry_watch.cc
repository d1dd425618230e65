#include "core/queue/expiry_watch.h"

#include <algorithm>
#include <utility>

namespace rialto {
namespace {

bool later(const ExpiryWatch::Entry& a, const ExpiryWatch::Entry& b) {
  return a.at_wall_ms > b.at_wall_ms;
}

}  // namespace

void ExpiryWatch::arrived(Offset first, Offset end, Offset floor, std::int64_t expires_at,
                          const std::vector<std::int64_t>& each, bool in_order) {
  if (!in_order) {
    latest_ = never_expires;
  } else if (floor >= first) {
    latest_ = 0;
  } else if (!active_) {
    latest_ = never_expires;  // nothing that came before was looked at
  }
  active_ = true;
  if (each.empty() && expires_at >= latest_) {
    latest_ = expires_at;
    return;
  }
  for (Offset offset = first; offset < end; ++offset) {
    const auto place = static_cast<std::size_t>(offset - first);
    const std::int64_t own = place < each.size() && each[place] != 0 ? each[place] : expires_at;
    const std::int64_t at = std::min(own, expires_at);
    if (at >= latest_) {
      latest_ = at;
    } else {
      look_at(offset, at);
    }
  }
}

void ExpiryWatch::look_at(Offset offset, std::int64_t at_wall_ms) {
  if (entries_.size() >= entries_max) return;
  entries_.push_back({at_wall_ms, offset});
  std::push_heap(entries_.begin(), entries_.end(), later);
}

std::optional<ExpiryWatch::Entry> ExpiryWatch::pop_due(std::int64_t wall_ms) {
  if (entries_.empty() || entries_.front().at_wall_ms > wall_ms) return std::nullopt;
  std::pop_heap(entries_.begin(), entries_.end(), later);
  const Entry due = entries_.back();
  entries_.pop_back();
  return due;
}

std::int64_t ExpiryWatch::next() const {
  const std::int64_t head = head_ == no_offset ? never_expires : head_expires_at_;
  return entries_.empty() ? head : std::min(head, entries_.front().at_wall_ms);
}

void ExpiryWatch::restore(std::int64_t latest, std::vector<Entry> entries) {
  active_ = true;
  latest_ = latest;
  entries_ = std::move(entries);
  std::make_heap(entries_.begin(), entries_.end(), later);
}

}  // namespace rialto
