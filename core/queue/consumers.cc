#include "core/queue/consumers.h"

#include "core/base/check.h"

#include <algorithm>

namespace rialto {

Errc Consumers::add(SessionId session, ConsumerId id, const ConsumerSpec& spec) {
  if (by_key_.contains(Key{session, id})) return Errc::already_exists;
  if (exclusive_ || (spec.exclusive && (count() != 0 || chooses_one_))) return Errc::in_use;

  Slot slot = 0;
  if (free_.empty()) {
    slot = static_cast<Slot>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Session& owner = sessions_[session];
  owner.slots.push_back(slot);
  Level& level = levels_[spec.priority];
  ++level.consumers;

  Entry& entry = slots_[slot];
  entry = Entry{};
  entry.consumer = Consumer{session, id, spec, 0};
  entry.level = &level;
  entry.session_ready = owner.ready;
  entry.since = ++last_since_;
  entry.place = parked_.insert(parked_.end(), slot);
  by_key_.emplace(Key{session, id}, slot);
  exclusive_ = spec.exclusive;
  if (chooses_one_) {
    entry.chosen = false;
    candidates_.emplace(rank_of(entry), slot);
    elect();
  }
  place(entry);
  return Errc::ok;
}

bool Consumers::is_active(const Consumer& consumer) const {
  const auto found = by_key_.find(Key{consumer.session, consumer.id});
  return found != by_key_.end() && slots_[found->second].chosen;
}

bool Consumers::remove(SessionId session, ConsumerId id) {
  const auto found = by_key_.find(Key{session, id});
  if (found == by_key_.end()) return false;
  const Slot slot = found->second;
  const auto owner = sessions_.find(session);
  std::erase(owner->second.slots, slot);
  if (owner->second.slots.empty() && owner->second.ready) sessions_.erase(owner);
  drop(slot);
  return true;
}

std::size_t Consumers::remove_session(SessionId session) {
  const auto owner = sessions_.find(session);
  if (owner == sessions_.end()) return 0;
  const std::vector<Slot> slots = std::move(owner->second.slots);
  sessions_.erase(owner);
  for (const Slot slot : slots)
    drop(slot);
  return slots.size();
}

void Consumers::drop(Slot slot) {
  Entry& entry = slots_[slot];
  by_key_.erase(Key{entry.consumer.session, entry.consumer.id});
  if (entry.in_line) {
    --ready_count_;
    entry.level->line.erase(entry.place);
  } else {
    parked_.erase(entry.place);
  }
  if (--entry.level->consumers == 0) levels_.erase(entry.consumer.spec.priority);
  if (entry.consumer.spec.exclusive) exclusive_ = false;
  if (chooses_one_) candidates_.erase(rank_of(entry));
  entry = Entry{};
  free_.push_back(slot);
  if (slot == active_) active_ = no_slot;
  if (chooses_one_) elect();
}

void Consumers::choose_one(bool takeover) {
  RIALTO_CHECK(count() == 0, "before the first consumer");
  chooses_one_ = true;
  takeover_ = takeover;
}

Consumers::Rank Consumers::rank_of(const Entry& entry) const {
  return {-std::int64_t{entry.consumer.spec.priority}, entry.since};
}

/// Makes the best one active, if it is not the turn of another: that one goes on to the end, or
/// (takeover) until it holds nothing that a successor could overtake.
void Consumers::elect() {
  if (candidates_.empty()) return;
  Slot best = candidates_.begin()->second;
  if (active_ != no_slot) {
    const Consumer& active = slots_[active_].consumer;
    if (!takeover_ || slots_[best].consumer.spec.priority <= active.spec.priority) best = active_;
    if (best != active_) set_chosen(active_, false);
    if (best != active_ && active.unacked != 0) return;
  }
  active_ = best;
  set_chosen(active_, true);
}

void Consumers::set_chosen(Slot slot, bool chosen) {
  slots_[slot].chosen = chosen;
  place(slots_[slot]);
}

void Consumers::set_consumer_ready(SessionId session, ConsumerId id, bool ready) {
  const auto found = by_key_.find(Key{session, id});
  if (found == by_key_.end()) return;
  slots_[found->second].ready = ready;
  place(slots_[found->second]);
}

void Consumers::set_session_ready(SessionId session, bool ready) {
  const auto owner = sessions_.find(session);
  if (owner == sessions_.end()) {
    if (!ready) sessions_[session].ready = false;
    return;
  }
  owner->second.ready = ready;
  for (const Slot slot : owner->second.slots) {
    slots_[slot].session_ready = ready;
    place(slots_[slot]);
  }
  if (ready && owner->second.slots.empty()) sessions_.erase(owner);
}

Consumers::Slot Consumers::next() const {
  for (const auto& [priority, level] : levels_) {
    if (!level.line.empty()) return level.line.front();
  }
  RIALTO_CHECK(false, "somebody is ready");
  return 0;
}

void Consumers::delivered(Slot slot) {
  Entry& entry = slots_[slot];
  if (!entry.consumer.spec.no_ack) ++entry.consumer.unacked;
  RIALTO_CHECK(entry.in_line, "only who is in line gets a message");
  Line& line = entry.level->line;
  line.splice(line.end(), line, entry.place);
  place(entry);
}

void Consumers::credit(Slot slot, SessionId session, ConsumerId id) {
  if (slot >= slots_.size()) return;
  Entry& entry = slots_[slot];
  // The slot may have a new tenant; consumer ids are never used twice.
  if (entry.level == nullptr || entry.consumer.session != session || entry.consumer.id != id) {
    return;
  }
  --entry.consumer.unacked;
  place(entry);
  if (slot == active_ && !entry.chosen) elect();
}

bool Consumers::can_take(const Entry& entry) {
  const ConsumerSpec& spec = entry.consumer.spec;
  if (!entry.session_ready || !entry.chosen || !entry.ready) return false;
  return spec.no_ack || spec.prefetch == 0 || entry.consumer.unacked < spec.prefetch;
}

/// Moves a consumer between its line (at the end) and the parked ones when that has changed.
void Consumers::place(Entry& entry) {
  const bool belongs = can_take(entry);
  if (belongs == entry.in_line) return;
  Line& line = entry.level->line;
  if (belongs) {
    line.splice(line.end(), parked_, entry.place);
    ++ready_count_;
  } else {
    parked_.splice(parked_.end(), line, entry.place);
    --ready_count_;
  }
  entry.in_line = belongs;
}

}  // namespace rialto
