#include "adapters/amqp/unacked.h"

namespace rialto::amqp {

void Unacked::add(const Entry& entry) {
  RIALTO_CHECK(entries_.empty() || entries_.back().tag < entry.tag, "delivery tags ascend");
  entries_.push_back(entry);
  ++outstanding_;
}

std::size_t Unacked::find(std::uint64_t tag) const {
  if (!entries_.empty() && entries_.front().tag == tag) return 0;
  std::size_t low = 0;
  std::size_t high = entries_.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (entries_[middle].tag < tag) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < entries_.size() && entries_[low].tag == tag ? low : entries_.size();
}

bool Unacked::holds(std::uint64_t tag) const {
  const std::size_t i = find(tag);
  return i < entries_.size() && !entries_[i].settled;
}

std::optional<Unacked::Entry> Unacked::take(std::uint64_t tag) {
  const std::size_t i = find(tag);
  if (i == entries_.size() || entries_[i].settled) return std::nullopt;
  const Entry entry = entries_[i];
  entries_[i].settled = true;
  --outstanding_;
  while (!entries_.empty() && entries_.front().settled)
    entries_.pop_front();
  if (entries_.size() > 2 * outstanding_ + settled_max) compact();
  return entry;
}

/// One message that is never settled must not keep all that came after it.
void Unacked::compact() {
  for (std::size_t n = entries_.size(); n > 0; --n) {
    const Entry entry = entries_.front();
    entries_.pop_front();
    if (!entry.settled) entries_.push_back(entry);
  }
}

}  // namespace rialto::amqp
