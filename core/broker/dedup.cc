#include "core/broker/broker.h"
#include "core/model/message_properties.h"

#include <algorithm>

/// Messages that come again. Each partition remembers by what it knows the messages it has; one
/// that is known is confirmed when the first is safe, and not stored again.
namespace rialto {

namespace {

constexpr std::int64_t producer_idle_ms_max = 7LL * 24 * 3600 * 1000;
constexpr std::size_t expired_a_sweep = 16U << 10;

/// By what this partition knows it.
WideHash id_at(const PartitionState& p, const KnownMessage& message) {
  if (message.said.id) return message.said.id;
  return p.looks_at_ids() ? message.own : WideHash();
}

}  // namespace

bool PartitionState::looks_at_ids() const {
  return deduplicating && deduplicating->policy.deduplicates;
}

std::int64_t PartitionState::dedup_window_ms() const {
  if (!deduplicating) return dedup_window_ms_default;
  return deduplicating->policy.dedup_window_ms.value_or(dedup_window_ms_default);
}

KnownMessage Broker::known_message(const Publish& message, bool looks_at_ids) {
  KnownMessage out;
  if (message.identity) out.said = *message.identity;
  if (!out.said.id && looks_at_ids) out.own = own_id_of(message.record);
  return out;
}

/// At most, in a frame.
std::size_t Broker::bytes_to_remember(const KnownMessage& message, std::size_t targets) {
  const std::size_t of_producer = message.said.producer ? 1 + SeenMessages::refused_max : 0;
  return targets * (1 + of_producer) * SeenEntry::bytes;
}

std::optional<SeenMessages::Place> Broker::place_of(const PartitionState& p,
                                                    const KnownMessage& message) const {
  if (!p.seen) return std::nullopt;
  if (const WideHash id = id_at(p, message)) {
    if (const auto place = p.seen->with_id(id, wall_)) return place;
  }
  const MessageIdentity& said = message.said;
  return said.producer ? p.seen->with_sequence(said.producer, said.sequence) : std::nullopt;
}

/// What is to become durable before somebody relies on the record at this offset.
Ticket Broker::ticket_of(PartitionState& p, Offset offset) {
  if (offset >= p.marks.log_end()) packer_.seal(p);
  return offset < p.marks.high_watermark() ? no_ticket : p.last_ticket;
}

/// Takes those that have the message out of `targets`; what its publisher has to wait for.
Ticket Broker::leave_out_repeats(std::vector<PartitionState*>& targets,
                                 const KnownMessage& message) {
  Ticket wait = no_ticket;
  std::erase_if(targets, [&](PartitionState* target) {
    const auto place = place_of(*target, message);
    if (!place) return false;
    wait = std::max(wait, ticket_of(*target, place->offset));
    return true;
  });
  return wait;
}

SeenMessages& Broker::seen_in(PartitionState& p) {
  if (!p.seen) {
    p.seen = std::make_unique<SeenMessages>();
    remembering_.push_back(p.id);
  }
  return *p.seen;
}

/// Live and at replay alike.
void Broker::note_seen(PartitionState& p, const SeenEntry& entry, Offset base, WallMs wall) {
  SeenMessages& seen = seen_in(p);
  const std::size_t before = seen.id_count();
  if (entry.kind == SeenEntry::Kind::id && seen_ids_ >= SeenMessages::ids_in_all_max) {
    seen.forget_oldest_id();
    ++stats_.dedup_forgotten;
  }
  stats_.dedup_forgotten += seen.apply(entry, base, wall);
  seen_ids_ = seen_ids_ + seen.id_count() - before;
}

/// The next record of this batch is the message: its targets remember it, and so will its frame.
std::span<const SeenEntry> Broker::remember(const OpenBatch& batch, const KnownMessage& message) {
  seen_scratch_.clear();
  const auto record = static_cast<std::uint32_t>(batch.builder.count());
  for (std::uint32_t i = 0; i < batch.targets.size(); ++i) {
    PartitionState& p = *batch.targets[i];
    // What is packed for it already comes before.
    const bool behind = p.open && p.open != &batch;
    const Offset base = p.marks.log_end() + std::int64_t{behind ? p.open->builder.count() : 0};
    if (const WideHash id = id_at(p, message)) {
      const std::int64_t until = wall_.get() + p.dedup_window_ms();
      seen_scratch_.push_back({SeenEntry::Kind::id, i, record, id, until});
      note_seen(p, seen_scratch_.back(), base, wall_);
    }
    const MessageIdentity& said = message.said;
    if (!said.producer) continue;
    for (const std::int64_t sequence : seen_in(p).take_unwritten(said.producer)) {
      seen_scratch_.push_back({SeenEntry::Kind::refused, i, 0, said.producer, sequence});
    }
    seen_scratch_.push_back({SeenEntry::Kind::sequence, i, record, said.producer, said.sequence});
    note_seen(p, seen_scratch_.back(), base, wall_);
  }
  return seen_scratch_;
}

/// It was not stored here, and is not known here when it comes again.
void Broker::note_refused(PartitionState& p, const KnownMessage& message) {
  const MessageIdentity& said = message.said;
  if (said.producer) seen_in(p).refused(said.producer, said.sequence, wall_);
}

void Broker::replay_seen(const DataMeta& data) {
  for (const SeenEntry& entry : data.seen) {
    if (entry.target >= data.targets.size()) continue;
    const DataTarget& target = data.targets[entry.target];
    PartitionState* p = partition(target.partition);
    if (!p || (target.flags & DataTarget::is_volatile) != 0) continue;
    note_seen(*p, entry, target.base_offset, WallMs(data.max_timestamp_ms));
  }
}

void Broker::restore_seen(PartitionState& p, const SeenImage& image) {
  if (image.ids.empty() && image.producers.empty()) return;
  seen_in(p).restore(image);
  seen_ids_ += p.seen->id_count();
}

/// What is over is forgotten although nothing comes; a bounded part of it at a time.
void Broker::forget_seen() {
  std::erase_if(remembering_, [&](PartitionId id) {
    PartitionState* p = partition(id);
    if (!p || !p->seen) return true;
    const std::size_t before = p->seen->id_count();
    p->seen->expire_ids(wall_, expired_a_sweep);
    seen_ids_ -= before - p->seen->id_count();
    p->seen->expire_producers(WallMs(wall_.get() - producer_idle_ms_max));
    if (!p->seen->empty()) return false;
    p->seen.reset();
    return true;
  });
}

}  // namespace rialto
