#include "core/partition/seen_messages.h"

#include <algorithm>

namespace rialto {

std::optional<SeenMessages::Place> SeenMessages::with_id(const WideHash& id, WallMs now) const {
  const auto at = numbers_.find(id);
  if (at == numbers_.end()) return std::nullopt;
  const SeenImage::Id& found = ids_[static_cast<std::size_t>(at->second - first_number_)];
  if (found.until_wall_ms <= now.get()) return std::nullopt;
  return Place{found.offset};
}

std::optional<SeenMessages::Place> SeenMessages::with_sequence(const WideHash& name,
                                                               std::int64_t sequence) const {
  const auto at = producers_.find(name);
  if (at == producers_.end() || sequence > at->second.highest) return std::nullopt;
  const auto& refused = at->second.refused;
  const bool may_come = std::any_of(refused.begin(), refused.end(),
                                    [&](const Refused& r) { return r.sequence == sequence; });
  if (may_come) return std::nullopt;
  return Place{at->second.last, sequence == at->second.highest};
}

std::size_t SeenMessages::apply(const SeenEntry& entry, Offset base, WallMs now) {
  const Offset offset = base + std::int64_t{entry.record};
  switch (entry.kind) {
    case SeenEntry::Kind::id: return store_id({entry.hash, entry.number, offset}, now);
    case SeenEntry::Kind::sequence: store_sequence(entry.hash, entry.number, offset, now); break;
    case SeenEntry::Kind::refused:
      refused(entry.hash, entry.number, now);
      take_unwritten(entry.hash);
      break;
  }
  return 0;
}

std::size_t SeenMessages::store_id(const SeenImage::Id& id, WallMs now) {
  // Each that comes lets go of more than one, so that those of a burst go soon after it.
  constexpr std::size_t expired_a_store = 4;
  expire_ids(now, expired_a_store);
  numbers_[id.hash] = first_number_ + ids_.size();
  ids_.push_back(id);
  if (ids_.size() <= ids_max) return 0;
  forget_oldest_id();
  return 1;
}

void SeenMessages::forget_oldest_id() {
  if (ids_.empty()) return;
  const auto at = numbers_.find(ids_.front().hash);
  if (at != numbers_.end() && at->second == first_number_) numbers_.erase(at);
  ids_.pop_front();
  ++first_number_;
}

void SeenMessages::expire_ids(WallMs now, std::size_t max) {
  for (std::size_t i = 0; i < max && !ids_.empty(); ++i) {
    if (ids_.front().until_wall_ms > now.get()) return;
    forget_oldest_id();
  }
}

SeenMessages::Producer& SeenMessages::producer(const WideHash& name, WallMs now) {
  const auto at = producers_.find(name);
  if (at != producers_.end()) return at->second;
  if (producers_.size() >= producers_max) forget_silent();
  Producer& made = producers_[name];
  made.last_stored = now;
  return made;
}

/// A quarter of them at once, so that one costs little.
void SeenMessages::forget_silent() {
  std::vector<WallMs> times;
  times.reserve(producers_.size());
  for (const auto& [name, state] : producers_)
    times.push_back(state.last_stored);
  const auto quarter = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 4);
  std::nth_element(times.begin(), quarter, times.end());
  std::size_t left = times.size() / 4 + 1;
  boost::unordered::erase_if(producers_, [&, last = *quarter](const auto& entry) {
    if (left == 0 || entry.second.last_stored > last) return false;
    --left;
    return true;
  });
}

void SeenMessages::store_sequence(const WideHash& name, std::int64_t sequence, Offset offset,
                                  WallMs now) {
  Producer& state = producer(name, now);
  state.last_stored = now;
  std::erase_if(state.refused, [&](const Refused& r) { return r.sequence == sequence; });
  if (sequence <= state.highest) return;
  state.highest = sequence;
  state.last = offset;
}

void SeenMessages::refused(const WideHash& name, std::int64_t sequence, WallMs now) {
  Producer& state = producer(name, now);
  const bool known = std::any_of(state.refused.begin(), state.refused.end(),
                                 [&](const Refused& r) { return r.sequence == sequence; });
  if (known) return;
  state.refused.push_back({sequence, false});
  if (state.refused.size() > refused_max) state.refused.erase(state.refused.begin());
}

std::vector<std::int64_t> SeenMessages::take_unwritten(const WideHash& name) {
  std::vector<std::int64_t> out;
  const auto at = producers_.find(name);
  if (at == producers_.end()) return out;
  for (Refused& r : at->second.refused) {
    if (!r.written) out.push_back(r.sequence);
    r.written = true;
  }
  return out;
}

void SeenMessages::expire_producers(WallMs before) {
  boost::unordered::erase_if(producers_,
                             [&](const auto& entry) { return entry.second.last_stored < before; });
}

SeenImage SeenMessages::image() const {
  SeenImage out;
  out.ids.assign(ids_.begin(), ids_.end());
  for (const auto& [name, state] : producers_) {
    SeenImage::Producer producer{name, state.highest, state.last, state.last_stored.get(), {}};
    for (const Refused& r : state.refused)
      producer.refused.push_back(r.sequence);
    out.producers.push_back(std::move(producer));
  }
  return out;
}

void SeenMessages::restore(const SeenImage& image) {
  ids_.clear();
  numbers_.clear();
  producers_.clear();
  first_number_ = 0;
  for (const SeenImage::Id& id : image.ids) {
    numbers_[id.hash] = ids_.size();
    ids_.push_back(id);
  }
  for (const SeenImage::Producer& producer : image.producers) {
    Producer& state = producers_[producer.name];
    state.highest = producer.highest;
    state.last = producer.last;
    state.last_stored = WallMs(producer.wall_ms);
    for (const std::int64_t sequence : producer.refused)
      state.refused.push_back({sequence, true});
  }
}

}  // namespace rialto
