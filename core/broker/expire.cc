#include "core/broker/broker.h"
#include "core/broker/delay.h"
#include "core/model/delay_fields.h"
#include "core/model/message_properties.h"
#include "core/model/record_batch.h"

#include <algorithm>

/// What goes because its time is over: messages, leases, unused queues.
namespace rialto {

namespace {

// One queue lets go of at most so many messages in a tick, then the others have their turn.
constexpr std::size_t retired_a_tick_max = 2048;

/// When the message expires, and when it would if it had a time to live of zero.
struct Expiry {
  std::int64_t at_wall_ms = never_expires;
  std::int64_t arrived_wall_ms = 0;
};

/// Where Kafka's clients held a record back, that is when it was due. Their timestamps are theirs:
/// a record that is older than its time to live has been in the queue for no longer than others.
std::int64_t arrival_of(const RecordView& record, const RecordRef& ref) {
  if (ref.amqp_written || ref.stored_wall_ms == 0) return record.timestamp_ms;
  delay_field::Asked asked;
  for_each_header(record, [&](const HeaderView& h) {
    asked.read(h.key, h.value.value_or(Bytes()));
    return true;
  });
  if (!asked.any()) return ref.stored_wall_ms;
  const auto due = due_time(ref.stored_wall_ms, asked.delay_ms, asked.deliver_at_ms);
  return std::max(ref.stored_wall_ms, due.value_or(0));
}

Expiry expiry_of(const QueuePolicy& policy, const RecordRef& ref) {
  Expiry out;
  if (!policy.message_ttl_ms && !ref.amqp_written) return out;
  const Result<RecordView> record = view_of(ref);
  if (!record) return out;
  out.arrived_wall_ms = arrival_of(*record, ref);
  if (policy.message_ttl_ms) {
    out.at_wall_ms = expiry_after(out.arrived_wall_ms, *policy.message_ttl_ms);
  }
  if (!ref.amqp_written) return out;
  const auto blob = find_header(*record, amqp_header::properties);
  Properties properties;
  if (!blob || !split_properties(*blob, properties)) return out;
  if (!properties.has(Property::expiration)) return out;
  if (const auto ttl_ms = expiration_ms(properties.value(Property::expiration))) {
    out.at_wall_ms = std::min(out.at_wall_ms, expiry_after(record->timestamp_ms, *ttl_ms));
  }
  return out;
}

}  // namespace

RecordSource* QueueView::Source::of(ReadOrder order) {
  if (order == ReadOrder::delivery) return &records;
  if (!aside) aside = std::make_unique<RecordSource>();
  return aside.get();
}

Instant QueueView::ends_unused_at() const {
  const bool in_use = machine.consumer_count() != 0 || readers != 0 || !waiting_pulls.empty();
  if (!policy.expires_ms || in_use) return no_deadline;
  return after_ms(last_used, *policy.expires_ms);
}

void Broker::watch_expiry(QueueView& queue, PartitionId id, Offset first, const Arrival& what) {
  if (!queue.may_expire && what.expiries.empty()) return;
  QueueView::Source* source = queue.source(id);
  if (!source) return;
  const auto& ttl_ms = queue.policy.message_ttl_ms;
  const std::int64_t expires_at = ttl_ms ? expiry_after(what.wall_ms, *ttl_ms) : never_expires;
  source->expiry.arrived(first, first + what.count, queue.machine.floor(id), expires_at,
                         what.expiries, !queue.policy.max_priority);
  queue.may_expire = true;
}

/// The time of these may have come while they were out.
void Broker::look_again(QueueView& queue, const std::vector<Returned>& returned) {
  if (!queue.may_expire) return;
  for (const Returned& r : returned) {
    QueueView::Source* source = queue.source(r.partition);
    if (source && source->expiry.active()) source->expiry.look_at(r.offset, 0);
  }
}

/// True: the message that was taken has expired, and leaves the queue instead.
bool Broker::retire_expired(QueueView& queue, const Assignment& got, const RecordRef& record) {
  if (!queue.may_expire) return false;
  const Expiry expiry = expiry_of(queue.policy, record);
  if (expiry.at_wall_ms > wall_.get()) return false;
  if (queue.source(got.partition)->brought_back.contains(got.offset)) return false;
  // A time to live of zero means: only for a consumer that waits.
  const bool waited_for = got.consumer != ConsumerId(0) && !got.redelivered;
  if (waited_for && expiry.at_wall_ms == expiry.arrived_wall_ms) return false;
  queue.machine.undo(got);
  retire(queue, got.partition, got.offset, SettleReason::expired, body_bytes_of(record));
  return true;
}

void Broker::expire_messages(QueueView& queue) {
  if (!queue.machine.may_wait()) return list_deadline(queue);
  std::size_t budget = retired_a_tick_max;
  for (QueueView::Source& source : queue.sources) {
    if (!source.expiry.active()) continue;
    if (expire_entries(queue, source, budget)) expire_head(queue, source, budget);
  }
  if (budget == 0) schedule(queue);
  list_deadline(queue);
}

/// False: a read has to come first.
bool Broker::expire_entries(QueueView& queue, QueueView::Source& source, std::size_t& budget) {
  const PartitionId id = source.state->id;
  while (budget != 0) {
    if (queue.reading) return false;
    const auto due = source.expiry.pop_due(wall_.get());
    if (!due) break;
    if (!queue.machine.is_ready(id, due->offset)) continue;
    if (source.brought_back.contains(due->offset)) continue;
    RecordRef record;
    std::uint32_t bytes = 0;
    switch (locate(queue, id, due->offset, record, bytes, ReadFor::aside)) {
      case Located::reading: source.expiry.look_at(due->offset, due->at_wall_ms); return false;
      case Located::absent: pass_over(queue, id, due->offset); continue;
      case Located::yes: break;
    }
    const std::int64_t at = expiry_of(queue.policy, record).at_wall_ms;
    if (at <= wall_.get()) {
      retire(queue, id, due->offset, SettleReason::expired, body_bytes_of(record));
      --budget;
    } else if (at != never_expires) {
      source.expiry.look_at(due->offset, at);
    }
  }
  return true;
}

void Broker::expire_head(QueueView& queue, QueueView::Source& source, std::size_t& budget) {
  const PartitionId id = source.state->id;
  while (budget != 0) {
    const std::optional<Offset> head = queue.machine.first_ready(id);
    if (!head) return source.expiry.head_is(no_offset, never_expires);
    if (source.brought_back.contains(*head)) return source.expiry.head_is(*head, never_expires);
    if (!source.expiry.knows_head(*head)) {
      if (queue.reading) return;
      RecordRef record;
      std::uint32_t bytes = 0;
      switch (locate(queue, id, *head, record, bytes, ReadFor::a_look)) {
        case Located::reading: return;
        case Located::absent: pass_over(queue, id, *head); continue;
        case Located::yes: break;
      }
      source.expiry.head_is(*head, expiry_of(queue.policy, record).at_wall_ms);
      source.head_body_bytes = body_bytes_of(record);
    }
    if (source.expiry.head_expires_at() > wall_.get()) return;
    retire(queue, id, *head, SettleReason::expired, source.head_body_bytes);
    --budget;
  }
}

// ---- deadlines ------------------------------------------------------------------------------

void Broker::touch(QueueView& queue) {
  if (!queue.policy.expires_ms) return;
  queue.last_used = now_;
  list_deadline(queue);
}

void Broker::list_deadline(QueueView& queue) {
  Instant next = queue.machine.next_deadline();
  // What waits for a read is looked at when it is over.
  if (queue.may_expire && !queue.reading && queue.machine.may_wait()) {
    for (const QueueView::Source& source : queue.sources) {
      const std::int64_t at = source.expiry.active() ? source.expiry.next() : never_expires;
      if (at != never_expires) next = std::min(next, after_ms(now_, at - wall_.get()));
    }
  }
  if (queue.delayed && !queue.reading && queue.moves.empty()) {
    next = std::min(next, fires_next_at(queue));
  }
  list_deadline(queue, std::min(next, queue.ends_unused_at()));
}

void Broker::expire_due(Instant now) {
  while (!queue_deadlines_.empty() && queue_deadlines_.begin()->first <= now) {
    QueueView& queue = *view(queue_deadlines_.begin()->second);
    list_deadline(queue, no_deadline);
    if (queue.ends_unused_at() <= now) {
      if (!quiescing_) {
        delete_queue(QueueRecord(queue.record));
        continue;
      }
      queue.last_used = after_ms(now, 1 - *queue.policy.expires_ms);
    }
    expire_leases(queue, now);
    end_waits(queue, now);
    list_deadline(queue);
    if (queue.deadline > now) continue;
    // A message is due. It is looked at in this tick, which lists the queue anew.
    list_deadline(queue, no_deadline);
    schedule(queue);
  }
}

}  // namespace rialto
