#include "core/queue/due_heap.h"

#include <algorithm>
#include <utility>

namespace rialto {
namespace {

// The heap functions keep the greatest in front.
bool is_due_later(const DueHeap::Entry& a, const DueHeap::Entry& b) {
  return sooner(b, a);
}

}  // namespace

void DueHeap::push(const Entry& entry) {
  entries_.push_back(entry);
  std::push_heap(entries_.begin(), entries_.end(), is_due_later);
}

std::optional<DueHeap::Entry> DueHeap::pop_due(std::int64_t wall_ms) {
  if (next() > wall_ms || entries_.empty()) return std::nullopt;
  std::pop_heap(entries_.begin(), entries_.end(), is_due_later);
  const Entry due = entries_.back();
  entries_.pop_back();
  return due;
}

void DueHeap::restore(std::vector<Entry> entries) {
  entries_ = std::move(entries);
  std::make_heap(entries_.begin(), entries_.end(), is_due_later);
}

}  // namespace rialto
