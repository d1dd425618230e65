#include "core/broker/broker.h"

#include <algorithm>

namespace rialto {

namespace {
// One queue delivers at most so many messages in a tick, then the others have their turn.
constexpr std::size_t deliveries_a_tick_max = 2048;
// What a delivery costs beside its record: method, header, bookkeeping at the peer's side.
constexpr std::uint32_t delivery_overhead_bytes = 64;
// After a read that failed for another reason than damage: the message keeps its place meanwhile.
constexpr std::int64_t read_retry_ms = 100;
}  // namespace

void Broker::read(const ReadAsk& ask, ReadDone then) {
  const ReadToken token(++last_read_token_);
  ReadOutcome outcome = ask.at_time_ms
                            ? engine_.read_at_time(ask.spec.partition, *ask.at_time_ms, token)
                            : engine_.read(ask.spec, token);
  switch (outcome.state) {
    case ReadOutcome::State::ready: return then(std::move(outcome.batches), {no_offset, no_offset});
    case ReadOutcome::State::pending: reads_.emplace(token, std::move(then)); return;
    case ReadOutcome::State::busy: busy_reads_.emplace_back(ask, std::move(then)); return;
  }
}

Broker::Located Broker::locate(QueueView& queue, PartitionId id, Offset offset, RecordRef& out,
                               std::uint32_t& bytes, ReadFor why) {
  QueueView::Source* source = queue.source(id);
  const PartitionState* state = partition(id);
  if (!source || !state) return Located::absent;
  const ReadOrder order = why == ReadFor::aside ? ReadOrder::aside : ReadOrder::delivery;
  for (int attempt = 0; attempt < 2; ++attempt) {
    RecordSource& records = *source->of(order);
    const RecordSource::Found found = records.find(offset, out, why == ReadFor::a_look);
    bytes = records.found_bytes();
    if (found == RecordSource::Found::yes) return Located::yes;
    if (found == RecordSource::Found::absent || attempt == 1) return Located::absent;
    queue.reading = true;
    // The next one that is due is hardly ever near: one batch is enough.
    const std::uint32_t bytes_max = queue.delayed ? 1 : RecordSource::window_bytes;
    const ReadSpec spec{id, offset, state->marks.high_watermark(), bytes_max};
    read({spec, std::nullopt},
         [this, queue_id = queue.record.id, id, offset, order](
             Result<std::vector<StoredBatch>> batches, const OffsetRun& quarantined) {
           batches_came(Window{queue_id, id, order}, offset, std::move(batches), quarantined);
         });
    if (queue.reading) return Located::reading;
  }
  return Located::absent;
}

void Broker::batches_came(Window window, Offset offset, Result<std::vector<StoredBatch>> batches,
                          const OffsetRun& quarantined) {
  QueueView* queue = view(window.queue);
  if (!queue) return;
  QueueView::Source* source = queue->source(window.partition);
  const bool damaged = !batches && batches.error().code == Errc::corrupt;
  if (!batches && !damaged) {
    timers_.at(after_ms(now_, read_retry_ms), [this, queue_id = window.queue] {
      if (QueueView* again = view(queue_id)) reading_over(*again);
    });
    return;
  }
  if (damaged && quarantined.first != no_offset) {
    const QueueCounts before = counts_of(*queue);
    queue->machine.skip(window.partition, quarantined.first, quarantined.last);
    const QueueCounts after = counts_of(*queue);
    stats_.unreadable += before.ready + before.unacked - after.ready - after.unacked;
    // Nobody knows how large they were.
    if (queue->bytes) start_byte_count(*queue);
  }
  if (source) {
    RecordSource& records = *source->of(window.order);
    records.fill(offset, batches ? std::move(*batches) : std::vector<StoredBatch>());
    window.fill = records.fills();
    windows_.push_back(window);
  }
  reading_over(*queue);
}

void Broker::reading_over(QueueView& queue) {
  queue.reading = false;
  schedule(queue);
  std::vector<Then> waiting;
  waiting.swap(queue.after_read);
  for (Then& then : waiting)
    soon_.push_back(std::move(then));
}

void Broker::pass_over(QueueView& queue, PartitionId partition, Offset offset) {
  queue.machine.skip(partition, offset, offset);
  ++stats_.unreadable;
}

void Broker::deliver_all() {
  give_all_shared_credit();
  std::vector<QueueId> listed;
  listed.swap(to_deliver_);
  for (const QueueId id : listed) {
    QueueView* queue = view(id);
    if (!queue) continue;
    queue->listed = false;
    attend(*queue);
    if (queue->machine.has_credited()) schedule(*queue);
    while (!queue->waiting_pulls.empty() && queue->machine.can_take() && !queue->reading) {
      const std::shared_ptr<ParkedPull> pull = queue->waiting_pulls.front();
      pull_now(pull);
    }
  }
}

void Broker::attend(QueueView& queue) {
  if (queue.delayed) return fire_due(queue);
  if (deliver(queue)) schedule(queue);
  if (queue.may_expire) expire_messages(queue);
  if (queue.bytes) count_bytes(queue);
  if (queue.policy.limits_length()) drop_overflow(queue);
  if (!queue.moves.empty()) move_dead_letters(queue);
  if (!queue.room_awaited_by.empty()) wake_blocked(queue);
}

QueueView* Broker::attended(QueueId id) {
  QueueView* queue = view(id);
  if (queue) attend(*queue);
  return queue;
}

bool Broker::deliver(QueueView& queue) {
  for (std::size_t n = 0; n < deliveries_a_tick_max; ++n) {
    if (queue.reading || !queue.machine.can_deliver()) return false;
    const std::optional<Assignment> to = queue.machine.next();
    if (!to) return false;
    if (queue.machine.tells_credits()) count_held(*to);
    RecordRef record;
    std::uint32_t bytes = 0;
    switch (locate(queue, to->partition, to->offset, record, bytes)) {
      case Located::yes:
        if (retire_expired(queue, *to, record)) break;
        if (queue.bytes) count_taken(queue, *to, record);
        emit(queue, *to, std::move(record), bytes);
        break;
      case Located::absent: pass_over(queue, to->partition, to->offset); break;
      case Located::reading: queue.machine.undo(*to); return false;
    }
  }
  return queue.machine.can_deliver();
}

Delivery Broker::delivery_of(QueueView& queue, const Assignment& to, RecordRef record) {
  Delivery d;
  d.queue = queue.record.id;
  d.partition = to.partition;
  d.index = to.index;
  d.record = std::move(record);
  d.redelivered = to.redelivered;
  d.delivery_count = to.deliveries;
  d.shows_offset = queue.reader_of != QueueId(0);
  if (d.shows_offset || queue.record.source != TopicId(0)) d.log = queue.source(to.partition)->log;
  d.shows_count = queue.policy.delivery_limit || queue.record.type == QueueType::quorum;
  return d;
}

void Broker::emit(QueueView& queue, const Assignment& to, RecordRef record, std::uint32_t bytes) {
  SessionState* s = session(to.session);
  if (!s) return;
  if (to.no_ack && !queue.is_volatile) {
    settlements_.settled(queue.record.id, to.partition, SettleReason::acked,
                         {to.offset, to.offset});
  }
  FlowCounters& counters = flow(*s, Model::queue);
  ++counters.delivered;
  counters.delivered_bytes += bytes;
  if (to.redelivered) ++counters.redelivered;
  if (to.no_ack) ++counters.settled;
  Delivery delivery = delivery_of(queue, to, std::move(record));
  delivery.cost_bytes = bytes + delivery_overhead_bytes;
  s->unsent_bytes += delivery.cost_bytes;
  s->events->push(SessionEvent{to.session, DeliveryEvent{to.consumer, std::move(delivery)}});
  if (s->unsent_bytes >= SessionState::unsent_bytes_max && !s->held_back) hold_back(*s, true);
}

void Broker::hold_back(SessionState& s, bool back) {
  s.held_back = back;
  for (const QueueId id : s.queues) {
    QueueView* queue = view(id);
    if (!queue) continue;
    queue->machine.set_session_ready(s.id, !back);
    if (!back) schedule(*queue);
  }
}

void Broker::drained(SessionId id, std::uint32_t cost_bytes) {
  SessionState* s = session(id);
  if (!s) return;
  s->unsent_bytes -= std::min<std::uint64_t>(cost_bytes, s->unsent_bytes);
  if (s->held_back && s->unsent_bytes < SessionState::unsent_bytes_max / 2) hold_back(*s, false);
}

}  // namespace rialto
