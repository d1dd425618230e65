#include "core/partition/producer_states.h"

#include <algorithm>
#include <limits>

namespace rialto {
namespace {

/// Sequences count 0 ... INT_MAX and start over.
Sequence advanced(Sequence from, std::int64_t by) {
  constexpr std::int64_t period = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;
  return Sequence(static_cast<std::int32_t>((from.get() + by) % period));
}

}  // namespace

Sequence ProducerBatch::last() const {
  return advanced(first, count - 1);
}

void ProducerStates::State::push(const Kept& batch) {
  if (used == batches_kept) {
    std::move(batches + 1, batches + batches_kept, batches);
    --used;
  }
  batches[used++] = batch;
}

ProducerVerdict ProducerStates::check(const ProducerBatch& batch) const {
  if (batch.producer.get() < 0) return {};
  const auto found = producers_.find(batch.producer);
  if (found == producers_.end()) return {};
  const State& state = found->second;
  if (batch.epoch < state.epoch) return {Errc::fenced};
  if (batch.epoch > state.epoch) {
    return {batch.first == Sequence(0) ? Errc::ok : Errc::out_of_order_sequence};
  }
  for (std::size_t i = 0; i < state.used; ++i) {
    const Kept& kept = state.batches[i];
    if (kept.first == batch.first && kept.last == batch.last()) {
      return {Errc::ok, true, kept.base_offset, kept.last_offset};
    }
  }
  const Sequence expected = advanced(state.batches[state.used - 1].last, 1);
  return {batch.first == expected ? Errc::ok : Errc::out_of_order_sequence};
}

void ProducerStates::appended(const ProducerBatch& batch, Offset base_offset, WallMs wall) {
  if (batch.producer.get() < 0) return;
  State& state = producers_[batch.producer];
  if (state.epoch != batch.epoch) {
    state.used = 0;
    state.epoch = batch.epoch;
  }
  state.last_append = wall;
  state.push({batch.first, batch.last(), base_offset, base_offset + (batch.count - 1)});
}

std::size_t ProducerStates::expire(WallMs before) {
  return boost::unordered::erase_if(
      producers_, [&](const auto& producer) { return producer.second.last_append < before; });
}

void ProducerStates::image(ProducerStatesImage& out) const {
  out.producers.clear();
  for (const auto& [id, state] : producers_) {
    ProducerImage& one = out.producers.emplace_back();
    one.producer = id;
    one.epoch = state.epoch;
    one.last_wall_ms = state.last_append.get();
    for (std::size_t i = 0; i < state.used; ++i) {
      const Kept& kept = state.batches[i];
      one.batches.push_back({kept.first, kept.last, kept.base_offset, kept.last_offset});
    }
  }
  std::sort(out.producers.begin(), out.producers.end(),
            [](const auto& a, const auto& b) { return a.producer < b.producer; });
}

void ProducerStates::restore(const ProducerStatesImage& image) {
  producers_.clear();
  for (const ProducerImage& one : image.producers) {
    // A producer is known by its batches; without one it would be a stranger anyway.
    if (one.batches.empty()) continue;
    State& state = producers_[one.producer];
    state.epoch = one.epoch;
    state.last_append = WallMs(one.last_wall_ms);
    for (const auto& b : one.batches)
      state.push({b.first, b.last, b.base_offset, b.last_offset});
  }
}

}  // namespace rialto
