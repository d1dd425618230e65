#include "core/broker/delay.h"

#include "core/broker/broker.h"
#include "core/catalog/decide.h"
#include "core/model/record_batch.h"
#include "core/queue/delayed_message.h"

#include <algorithm>

/// Messages that enter their queues later. Until then each is a record of its vhost's delay
/// partition; when its time comes, the copies in its queues and the end of its wait are one write
/// set.
namespace rialto {

namespace {
// So many are on their way at a time.
constexpr std::size_t firing_max = 2048;
// What finds no room is tried again after as long as it has been due, within these.
constexpr std::int64_t fire_again_ms_min = 1000;
constexpr std::int64_t fire_again_ms_max = 60'000;
// What comes due within so long of the last that fired waits for it: each firing costs a commit and
// a wake-up of its consumers, and 16 messages a ms would otherwise cost a thousand of them a
// second.
constexpr std::int64_t fire_together_ms = 2;
// Fewer are read one by one.
constexpr std::size_t warmed_min = 4;
// A wall clock that is set is noticed so much later.
constexpr std::int64_t clock_check_ms = 1000;
}  // namespace

QueueView& Broker::delays_of(const std::string& vhost) {
  if (!catalog_.delay_queue(vhost)) change(creation_of_delay_queue(catalog_, vhost), nullptr);
  return *view(catalog_.delay_queue(vhost)->id);
}

Result<PutOff> Broker::put_off(SessionState& from, const Publish& message,
                               const OutcomeRun& outcome) {
  const auto put = put_off(
      from, message, 0, [&](PartitionState& to, const Publish& later, const KnownMessage& known) {
        store(from, later, BatchBuilder::size_of(later.record), {&to}, outcome, &known);
      });
  if (put && put->repeated) ++flow(from, Model::queue).repeated;
  return put;
}

Error Broker::refusal_of_delay(SessionState& from, const Publish& message, std::size_t coming) {
  const auto put = put_off(from, message, coming, [](auto&...) {});
  return put ? Error() : put.error();
}

template <class Store>
Result<PutOff> Broker::put_off(SessionState& from, const Publish& message, std::size_t coming,
                               Store&& store_later) {
  see_time();
  QueueView& delays = delays_of(from.who.vhost);
  PartitionState& partition = *delays.sources.front().state;
  const auto open = static_cast<std::int64_t>(partition.open ? partition.open->builder.count() : 0);
  const Offset offset = partition.marks.log_end() + open;
  const auto staged = static_cast<std::size_t>(offset - partition.marks.high_watermark());
  const KnownMessage known = known_message(message, false);
  if (const auto place = place_of(partition, known)) {
    return PutOff{&partition, place->offset, 0, true};
  }
  if (delays.delayed->size() + staged + coming >= DelayIndex::pending_max) {
    note_refused(partition, known);
    return Error(Errc::full, "vhost '" + from.who.vhost + "' holds " +
                                 std::to_string(DelayIndex::pending_max) +
                                 " delayed messages, and no more");
  }
  const Delay& delay = *message.delay;
  // Not the time of the tick: it began before the message came.
  const auto due_wall_ms = due_time(clock_.wall().get(), delay.ms, delay.at_wall_ms);
  if (!due_wall_ms) {
    return Error(Errc::invalid_argument, "a message is delayed by ten years at most");
  }
  DelayNote note;
  note.due_wall_ms = std::max<std::int64_t>(*due_wall_ms, 1);
  note.exchange = message.exchange;
  note.routing_keys.emplace_back(message.routing_key);
  for (const Bytes key : message.more_keys)
    note.routing_keys.emplace_back(key);
  note.cancel_key = delay.cancel_key;
  const std::string encoded = encode_fields(note);
  std::vector<HeaderView> headers(message.record.headers.begin(), message.record.headers.end());
  headers.push_back({DelayNote::header, encoded});

  Publish later = message;
  later.record.headers = headers;
  later.record.ttl_ms.reset();
  later.record.priority = 0;
  later.record.due_wall_ms = note.due_wall_ms;
  later.record.cancel_key = hash_of_cancel_key(note.cancel_key);
  const std::size_t record_bytes = BatchBuilder::size_of(later.record);
  if (!fits_frame(record_bytes + letter_reserve_bytes() + bytes_to_remember(known, 1), 1)) {
    return Error(Errc::too_large, "a delayed message of " + std::to_string(record_bytes) +
                                      " bytes is larger than what storage.slot_bytes has room for");
  }
  store_later(partition, later, known);
  return PutOff{&partition, offset, note.due_wall_ms};
}

void Broker::put_off(SessionState& from, const Publish& message) {
  OutcomeRun outcome{from.id, message.publisher, message.sequence, message.sequence};
  const Result<PutOff> put = put_off(from, message, outcome);
  if (put && put->repeated) {
    const Ticket wait = ticket_of(*put->partition, put->offset);
    repeats_wait_ = std::max(repeats_wait_, wait);
    outcome.repeated = true;
    ++repeated_;
    if (message.sequence == 0) return;
    return ledger_.when_durable(wait, [this, outcome] { tell_outcomes({outcome}, Model::queue); });
  }
  if (put) return;
  if (put.error().code != Errc::full) {
    return fail_publisher(from, message, put.error().code, put.error().text);
  }
  ++flow(from, Model::queue).refused;
  left_out_ = true;
  outcome.refused = true;
  if (message.sequence != 0) tell_outcomes({outcome}, Model::queue);
}

Instant Broker::fires_next_at(const QueueView& delays) const {
  const std::int64_t due_wall_ms = delays.delayed->next();
  if (due_wall_ms == DueHeap::never) return no_deadline;
  const std::int64_t wait_ms =
      std::clamp<std::int64_t>(due_wall_ms - wall_.get(), 0, clock_check_ms);
  return std::max(delays.fires_from, after_ms(now_, wait_ms));
}

void Broker::fire_due(QueueView& delays) {
  const PartitionId id = delays.sources.front().state->id;
  while (now_ >= delays.fires_from && delays.moves.size() < firing_max) {
    const auto due = delays.delayed->pop_due(wall_.get());
    if (!due) {
      if (!delays.moves.empty()) delays.fires_from = after_ms(now_, fire_together_ms);
      break;
    }
    if (!delays.machine.is_ready(id, due->offset)) continue;
    delays.machine.move(id, due->offset);
    delays.moves.push_back({id, due->offset, SettleReason::fired});
  }
  move_dead_letters(delays);
  list_deadline(delays);
}

/// What is due lies anywhere in the log. Read one by one, each message would wait for the disk by
/// itself, and be a commit by itself.
void Broker::warm_moves(QueueView& queue, std::size_t from) {
  if (!queue.delayed || queue.moves.size() < from + warmed_min) return;
  std::vector<Offset> offsets;
  for (std::size_t i = from; i < queue.moves.size(); ++i)
    offsets.push_back(queue.moves[i].offset);
  const ReadToken token(++last_read_token_);
  queue.warming = engine_.warm(queue.moves[from].partition, offsets, token);
  if (!queue.warming) return;
  reads_.emplace(token, [this, id = queue.record.id](auto&&, auto&&) {
    QueueView* delays = view(id);
    if (!delays) return;
    delays->warming = false;
    schedule(*delays);
  });
}

/// False: no queue is bound any more.
bool Broker::add_fired(QueueView& delays, const Move& move, const StoredRecord& stored,
                       OpenBatch& batch, SettleFrame& settled) {
  const auto note = delay_note_of(stored.record);
  if (!note) return false;
  const DelayedMessage message(stored.record, stored.amqp_written);
  const std::vector<Bytes> keys(note->routing_keys.begin(), note->routing_keys.end());
  const std::uint64_t sticky = ++sticky_;
  Copy copy{message.parts(), {}, stored.amqp_written, {}};
  for (const Destination& destination : destinations_of(delays.record.vhost, note->exchange,
                                                        RoutedMessage{keys, &message.headers()})) {
    PartitionState* target = target_of(destination, copy.record, sticky);
    if (!target) continue;
    if (target->looks_at_ids()) {
      // It comes to its queues now: who has had one like it since does not want it.
      copy.known.own = own_id_of(copy.record);
      if (place_of(*target, copy.known)) continue;
    }
    if (!has_room(*target, body_bytes_of(copy.record), batch)) {
      // It was confirmed: it is pending again.
      const std::int64_t wait_ms =
          std::clamp(wall_.get() - note->due_wall_ms, fire_again_ms_min, fire_again_ms_max);
      delays.machine.stay(move.partition, move.offset);
      delays.delayed->fire_again(move.offset, wall_.get() + wait_ms);
      return true;
    }
    copy.targets.push_back(target);
  }
  delays.delayed->forget_key(hash_of_cancel_key(note->cancel_key), move.offset);
  return add_copy(delays, move, copy, batch, settled);
}

}  // namespace rialto
