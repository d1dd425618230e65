#include "core/queue/lease_deadlines.h"

#include <algorithm>

namespace rialto {
namespace {

bool ends_later(const LeaseDeadlines::Entry& a, const LeaseDeadlines::Entry& b) {
  return a.deadline > b.deadline;
}

}  // namespace

void LeaseDeadlines::add(const Entry& entry) {
  heap_.push_back(entry);
  std::push_heap(heap_.begin(), heap_.end(), ends_later);
}

std::optional<LeaseDeadlines::Entry> LeaseDeadlines::pop_due(Instant now) {
  if (next() > now || heap_.empty()) return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end(), ends_later);
  const Entry entry = heap_.back();
  heap_.pop_back();
  return entry;
}

void LeaseDeadlines::rebuild() {
  std::make_heap(heap_.begin(), heap_.end(), ends_later);
}

}  // namespace rialto
