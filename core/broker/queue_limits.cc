#include "core/broker/broker.h"
#include "core/model/record_batch.h"
#include "core/queue/dead_letter.h"

/// How long a queue may be, and what happens to a message that it has no room for.
namespace rialto {

namespace {
// One queue lets go of at most so many messages in a tick, then the others have their turn.
constexpr std::size_t dropped_a_tick_max = 2048;
}  // namespace

/// What does not fit goes from the head, once the consumers have taken what they can.
void Broker::drop_overflow(QueueView& queue) {
  const QueuePolicy& policy = queue.policy;
  if (policy.overflow != Overflow::drop_head || queue.machine.can_deliver()) return;
  if (queue.machine.blocked_count() != 0) return;
  std::size_t dropped = 0;
  while (is_over(queue)) {
    if (dropped++ == dropped_a_tick_max) return schedule(queue);
    const auto [partition, offset] = *queue.machine.head();
    std::uint64_t body_bytes = 0;
    if (queue.bytes) {
      if (queue.reading) return;
      RecordRef record;
      std::uint32_t bytes = 0;
      switch (locate(queue, partition, offset, record, bytes, ReadFor::a_look)) {
        case Located::reading: return;
        case Located::absent: pass_over(queue, partition, offset); continue;
        case Located::yes: body_bytes = body_bytes_of(record); break;
      }
    }
    retire(queue, partition, offset, SettleReason::maxlen, body_bytes);
  }
}

bool Broker::is_over(QueueView& queue) const {
  const QueuePolicy& policy = queue.policy;
  const std::uint64_t ready = queue.machine.ready_count();
  if (policy.max_length && ready > *policy.max_length) return true;
  if (ready == 0 || !queue.bytes || queue.bytes->total() <= *policy.max_length_bytes) return false;
  // To drop what has not been counted would not make the count smaller.
  const auto head = *queue.machine.head();
  return queue.bytes->has_counted(head.first, head.second);
}

/// True: the queue of this partition refuses so much more.
bool Broker::is_full(const PartitionState& partition, const Amount& more) const {
  const QueueView* queue = partition.refusing;
  return queue && lacks_room(*queue, {more.messages + queue->machine.blocked_count(),
                                      more.body_bytes + queue->blocked.bytes()});
}

/// What is staged and not visible yet counts, since it will be there; what waits to be counted for
/// the first time does not.
bool Broker::lacks_room(const QueueView& queue, const Amount& more) const {
  if (!queue.refuses_publish()) return false;
  std::uint64_t length = queue.machine.ready_count() + more.messages;
  std::uint64_t bytes = more.body_bytes + (queue.bytes ? queue.bytes->total() : 0);
  for (const QueueView::Source& source : queue.sources) {
    const PartitionState& p = *source.state;
    length += static_cast<std::uint64_t>(p.marks.log_end() - p.marks.high_watermark());
    bytes += p.staged_body_bytes;
    if (!p.open) continue;
    length += static_cast<std::uint64_t>(p.open->builder.count());
    bytes += p.open->builder.body_bytes();
  }
  const QueuePolicy& policy = queue.policy;
  return (policy.max_length && length > *policy.max_length) ||
         (policy.max_length_bytes && bytes > *policy.max_length_bytes);
}

void Broker::follow_limits(QueueView& queue) {
  targets_for_ = nullptr;
  for (const QueueView::Source& source : queue.sources) {
    QueueView*& refusing = source.state->refusing;
    // What comes to a log by another name is not refused by who reads it.
    if (queue.refuses_publish() && !source.log) {
      refusing = &queue;
    } else if (refusing == &queue) {
      refusing = nullptr;
    }
  }
}

/// Takes those that are full out of `targets`. True: there was one.
bool Broker::leave_out_full(std::vector<PartitionState*>& targets, const Publish& message,
                            const KnownMessage& known) {
  const std::size_t before = targets.size();
  for (std::size_t i = 0; i < targets.size();) {
    if (!is_full(*targets[i], {1, body_bytes_of(message.record)})) {
      ++i;
      continue;
    }
    QueueView& queue = *targets[i]->refusing;
    note_refused(*targets[i], known);
    targets.erase(targets.begin() + static_cast<std::ptrdiff_t>(i));
    if (queue.policy.overflow == Overflow::reject_publish_dlx) publish_overflow(queue, message);
  }
  return targets.size() != before;
}

/// A refused message becomes a dead letter of the queue that it never was in.
void Broker::publish_overflow(const QueueView& queue, const Publish& message) {
  const SettleReason reason = SettleReason::maxlen;
  if (!queue.policy.dead_letter_exchange) return;
  BatchBuilder one;
  one.begin(wall_.get());
  one.add(message.record);
  const Slice batch = one.seal();
  const auto at = record_at(batch.bytes(), batch_header_bytes, Offset(0));
  if (!at) return;
  const DeadLetter letter(at->record, true, death_in(queue, reason));
  const auto targets = targets_of(queue, letter, Move{{}, {}, reason}, OpenBatch()).targets;
  if (targets.empty()) return;
  const RecordParts parts = letter.parts();
  OpenBatch& open = packer_.batch_for(targets, true, wall_.get(), BatchBuilder::size_of(parts));
  packer_.add(open, parts, OutcomeRun{});
}

}  // namespace rialto
