#include "core/broker/broker.h"

#include <algorithm>

namespace rialto {

void Broker::settle(SessionId id, const SettleRun& run) {
  SessionState* s = session(id);
  QueueView* queue = view(run.queue);
  if (!s || !queue) return;
  SettleHow how = SettleHow::ack;
  SettleReason reason = SettleReason::acked;
  // Who reads a log has nothing to give back.
  switch (queue->reader_of == QueueId(0) ? run.how : Settlement::ack) {
    case Settlement::ack: break;
    case Settlement::reject:
      how = queue->policy.dead_letter_exchange ? SettleHow::move : SettleHow::reject;
      reason = SettleReason::rejected;
      break;
    case Settlement::failed: how = SettleHow::requeue; break;
    case Settlement::requeue:
      how = queue->policy.retry.counts_returns ? SettleHow::requeue : SettleHow::hand_back;
      break;
  }
  outcome_.clear();
  queue->machine.settle(id, run.partition, run.first, run.last, how, outcome_);
  if (queue->bytes) count_settled(*queue, run.partition, outcome_);
  FlowCounters& counters = flow(*s, Model::queue);
  for (const SettledRun& settled : outcome_.settled) {
    counters.settled += static_cast<std::uint64_t>(settled.last - settled.first + 1);
  }
  counters.settled += outcome_.moving.size();
  for (const Offset offset : outcome_.moving)
    queue->moves.push_back({run.partition, offset, reason});
  journal_settled(*queue, run.partition, reason, outcome_.settled);
  journal_returned(*queue, outcome_.returned, run.how == Settlement::failed);
  schedule(*queue);
}

void Broker::journal_settled(QueueView& queue, PartitionId partition, SettleReason reason,
                             const std::vector<SettledRun>& runs) {
  if (queue.is_volatile) return;
  for (const SettledRun& run : runs) {
    settlements_.settled(queue.record.id, partition, reason, run);
  }
}

void Broker::journal_returned(QueueView& queue, const std::vector<Returned>& returned,
                              bool failed) {
  look_again(queue, returned);
  const auto& limit = queue.policy.delivery_limit;
  bool waits = false;
  for (const Returned& r : returned) {
    const std::uint64_t bytes = queue.bytes ? queue.bytes->returned(r.partition, r.offset) : 0;
    const bool leaves = limit && r.deliveries > *limit;
    const std::int64_t wait_ms = leaves ? 0 : queue.policy.retry.wait_ms(r.deliveries, failed);
    CountEntry count{queue.record.id, r.partition, r.offset, r.deliveries};
    if (wait_ms != 0) {
      // Wall time is cut to milliseconds: none is early after a restart.
      count.ready_at_wall_ms = wall_.get() + wait_ms + 1;
      queue.machine.delay(r.partition, r.offset,
                          {after_ms(now_, wait_ms), WallMs(count.ready_at_wall_ms)});
      if (queue.bytes) queue.bytes->taken(r.partition, r.offset, bytes);
      waits = true;
    }
    // Of what leaves too: a checkpoint may be taken before its move is staged, and tells what was
    // journalled.
    if (!queue.is_volatile) settlements_.returned(count);
    if (leaves) retire(queue, r.partition, r.offset, SettleReason::delivery_limit, bytes);
  }
  if (waits) list_deadline(queue);
}

void Broker::end_waits(QueueView& queue, Instant now) {
  const std::vector<Returned> ready = queue.machine.end_waits(now);
  if (ready.empty()) return;
  look_again(queue, ready);
  for (const Returned& r : ready) {
    if (queue.bytes) queue.bytes->returned(r.partition, r.offset);
  }
  schedule(queue);
}

/// A lease that ended: a restart must not bring it back.
void Broker::journal_lease_over(QueueView& queue, const std::vector<Returned>& returned) {
  if (queue.is_volatile) return;
  for (const Returned& r : returned) {
    settlements_.lease_changed(queue.record.id, LeaseEntry{r.partition, r.offset, r.deliveries, 0});
  }
}

Ticket Broker::stage_settlements(Haste haste) {
  Ticket last = no_ticket;
  if (settlements_.empty()) return last;
  for (WriteSet& set : settlements_.take()) {
    last = engine_.stage(std::move(set), haste);
    ledger_.staged(last, now_, nullptr);
  }
  return last;
}

Ticket Broker::barrier(PartitionState& partition) {
  packer_.seal(partition);
  return partition.is_volatile ? no_ticket : partition.last_ticket;
}

Ticket Broker::barrier(QueueView& queue) {
  Ticket last = queue.made;
  for (const QueueView::Source& source : queue.sources)
    last = std::max(last, barrier(*source.state));
  return last;
}

QueueCounts Broker::counts_of(const QueueView& queue) const {
  return QueueCounts{queue.machine.ready_count(), queue.machine.unacked_count(),
                     static_cast<std::uint32_t>(queue.machine.consumer_count()) + queue.readers};
}

}  // namespace rialto
