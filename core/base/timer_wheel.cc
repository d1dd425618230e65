#include "core/base/timer_wheel.h"

#include "core/base/check.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace rialto {

namespace {

constexpr std::uint64_t tick_max =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / ns_per_ms);

/// The first tick whose start is not before the deadline: rounding up is what "never early" is.
std::uint64_t tick_at_or_after(Instant t) {
  if (t.get() <= 0) return 0;
  const auto ns = static_cast<std::uint64_t>(t.get());
  return std::min(tick_max, (ns + ns_per_ms - 1) / ns_per_ms);
}

std::uint64_t tick_before(Instant t) {
  return t.get() <= 0 ? 0 : static_cast<std::uint64_t>(t.get()) / ns_per_ms;
}

}  // namespace

TimerWheel::TimerWheel() {
  static_assert(tick_max >> (level_bits * levels) == 0);
}

// A timer lives on the level of the highest digit (base 64) in which its tick differs from the
// current one. So a lower level is always earlier than a higher one, no level wraps round, and a
// timer moves down at most once a level.
std::uint32_t TimerWheel::slot_of(Tick tick) const {
  const Tick different = (tick ^ current_) | (slots_a_level - 1);
  const auto level = (static_cast<unsigned>(std::bit_width(different)) - 1) / level_bits;
  const auto digit = static_cast<std::uint32_t>(tick >> (level * level_bits)) % slots_a_level;
  return level * slots_a_level + digit;
}

TimerId TimerWheel::add(Instant deadline, std::uint64_t payload) {
  if (free_ == nil) {
    RIALTO_CHECK(nodes_.size() < nil, "timers are counted in 32 bit");
    nodes_.emplace_back();
    free_ = static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  const std::uint32_t index = free_;
  Node& node = nodes_[index];
  free_ = node.next;
  ++node.generation;
  node.payload = payload;
  node.tick = std::max({tick_at_or_after(deadline), current_, earliest_});
  link(index, slot_of(node.tick));
  ++count_;
  return TimerId(std::uint64_t{node.generation} << 32 | index);
}

bool TimerWheel::cancel(TimerId id) {
  const auto index = static_cast<std::uint32_t>(id.get());
  const auto generation = static_cast<std::uint32_t>(id.get() >> 32);
  if (index >= nodes_.size()) return false;
  if (nodes_[index].slot == nil || nodes_[index].generation != generation) return false;
  unlink(index);
  free_node(index);
  return true;
}

Instant TimerWheel::next_deadline() const {
  const auto place = earliest();
  if (!place) return no_deadline;
  return Instant(static_cast<std::int64_t>(place->start) * ns_per_ms);
}

void TimerWheel::begin(Instant now) {
  target_ = tick_before(now);
  earliest_ = target_ + 1;
}

std::optional<std::uint64_t> TimerWheel::pop_due() {
  while (slots_[firing_slot].head == nil) {
    const auto place = earliest();
    if (!place || place->start > target_) {
      current_ = std::max(current_, target_);
      earliest_ = 0;
      return std::nullopt;
    }
    current_ = place->start;
    spread(place->slot);
  }
  const std::uint32_t index = slots_[firing_slot].head;
  unlink(index);
  return free_node(index);
}

/// Empties a slot that has been reached: its timers are due, or belong to lower levels now.
void TimerWheel::spread(std::uint32_t slot) {
  const bool due = slot < slots_a_level;
  while (slots_[slot].head != nil) {
    const std::uint32_t index = slots_[slot].head;
    unlink(index);
    link(index, due ? firing_slot : slot_of(nodes_[index].tick));
  }
}

std::optional<TimerWheel::Place> TimerWheel::earliest() const {
  for (unsigned level = 0; level < levels; ++level) {
    if (occupied_[level] == 0) continue;
    const auto digit = static_cast<std::uint32_t>(std::countr_zero(occupied_[level]));
    const unsigned shift = level * level_bits;
    const Tick above = current_ >> (shift + level_bits) << (shift + level_bits);
    return Place{level * slots_a_level + digit, above | Tick{digit} << shift};
  }
  return std::nullopt;
}

void TimerWheel::link(std::uint32_t index, std::uint32_t slot) {
  Node& node = nodes_[index];
  List& list = slots_[slot];
  node.slot = slot;
  node.next = nil;
  node.previous = list.tail;
  (list.tail == nil ? list.head : nodes_[list.tail].next) = index;
  list.tail = index;
  if (slot != firing_slot) occupied_[slot / slots_a_level] |= 1ULL << slot % slots_a_level;
}

void TimerWheel::unlink(std::uint32_t index) {
  const Node& node = nodes_[index];
  List& list = slots_[node.slot];
  (node.previous == nil ? list.head : nodes_[node.previous].next) = node.next;
  (node.next == nil ? list.tail : nodes_[node.next].previous) = node.previous;
  if (list.head == nil && node.slot != firing_slot) {
    occupied_[node.slot / slots_a_level] &= ~(1ULL << node.slot % slots_a_level);
  }
}

std::uint64_t TimerWheel::free_node(std::uint32_t index) {
  Node& node = nodes_[index];
  node.slot = nil;
  node.next = free_;
  free_ = index;
  --count_;
  return node.payload;
}

}  // namespace rialto
