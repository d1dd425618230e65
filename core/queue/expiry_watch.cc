#include "core/queue/expiry_watch.h"

#include <algorithm>
#include <utility>

namespace rialto {

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

void ExpiryWatch::retime(std::int64_t latest) {
  active_ = true;
  latest_ = latest;
  head_is(no_offset, never_expires);
}

void ExpiryWatch::look_at(Offset offset, std::int64_t at_wall_ms) {
  if (due_.size() < entries_max) due_.push({at_wall_ms, offset});
}

std::int64_t ExpiryWatch::next() const {
  const std::int64_t head = head_ == no_offset ? never_expires : head_expires_at_;
  return std::min(head, due_.next());
}

void ExpiryWatch::restore(std::int64_t latest, std::vector<Entry> entries) {
  active_ = true;
  latest_ = latest;
  due_.restore(std::move(entries));
}

}  // namespace rialto
