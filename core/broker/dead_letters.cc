#include "core/broker/broker.h"
#include "core/queue/dead_letter.h"

#include <algorithm>
#include <iterator>

/// Messages that leave a queue for another one. A copy and the settlement of its source are one
/// write set: a power cut finds the message in one of the two queues.
namespace rialto {

namespace {

// One queue moves at most so many messages in a tick, then the others have their turn.
constexpr std::size_t moves_a_tick_max = 2048;
// What a dead letter needs beside its record.
constexpr std::size_t letter_bytes = 1024;
// So much goes in the write set of a transaction, the rest after it.
constexpr std::size_t collected_letter_bytes_max = 4U << 20;

}  // namespace

/// A ready message leaves the queue, to its dead-letter exchange if there is one.
void Broker::retire(QueueView& queue, PartitionId id, Offset offset, SettleReason reason,
                    std::uint64_t body_bytes) {
  if (queue.bytes) queue.bytes->left(id, offset, body_bytes);
  const bool drops = reason == SettleReason::delivery_limit && queue.policy.retry.drops;
  if (queue.policy.dead_letter_exchange && !drops) {
    queue.machine.move(id, offset);
    queue.moves.push_back({id, offset, reason});
    return;
  }
  queue.machine.drop(id, offset);
  journal_settled(queue, id, reason, {{offset, offset}});
}

bool Broker::admits_move() const {
  if (collecting_ && collected_letter_bytes_ > collected_letter_bytes_max) return false;
  return !quiescing_ && engine_.admits(packer_.batch_bytes() + letter_bytes, Haste::durable);
}

void Broker::move_dead_letters(QueueView& queue) {
  if (queue.moves.empty() || queue.reading || queue.warming) return;
  OpenBatch batch;
  SettleFrame settled;
  std::size_t done = 0;
  bool waits = false;
  const std::uint64_t blocked_before = queue.machine.blocked_count();
  while (done < queue.moves.size() && done < moves_a_tick_max) {
    waits = !admits_move();
    if (waits) break;
    const Move move = queue.moves[done];
    RecordRef record;
    std::uint32_t bytes = 0;
    const Located at = locate(queue, move.partition, move.offset, record, bytes, ReadFor::aside);
    if (at == Located::reading) {
      warm_moves(queue, done + 1);
      break;
    }
    ++done;
    if (at == Located::absent) ++stats_.unreadable;
    if (at == Located::absent || !add_letter(queue, move, record, batch, settled)) {
      queue.machine.moved(move.partition, move.offset);
      journal_settled(queue, move.partition, move.reason, {{move.offset, move.offset}});
    }
  }
  stage_letters(batch, settled);
  queue.moves.erase(queue.moves.begin(), queue.moves.begin() + static_cast<std::ptrdiff_t>(done));
  if (queue.machine.blocked_count() < blocked_before) unblocked(queue);
  if (queue.moves.empty()) {
    std::move(queue.after_moves.begin(), queue.after_moves.end(), std::back_inserter(soon_));
    queue.after_moves.clear();
  }
  if (queue.moves.empty() || queue.reading) return;
  if (waits) {
    waiting_moves_.push_back(queue.record.id);
  } else {
    schedule(queue);
  }
}

/// False: nobody takes it.
bool Broker::add_letter(QueueView& queue, const Move& move, const RecordRef& record,
                        OpenBatch& batch, SettleFrame& settled) {
  const Result<RecordView> source = view_of(record);
  if (!source) return false;
  if (move.reason == SettleReason::redriven) {
    return add_redriven(queue, move, {*source, record.amqp_written}, batch, settled);
  }
  if (queue.delayed) {
    return add_fired(queue, move, {*source, record.amqp_written}, batch, settled);
  }
  // A policy that has been cleared since may have named the exchange.
  if (!queue.policy.dead_letter_exchange) return false;
  const DeadLetter letter(*source, record.amqp_written, death_in(queue, move.reason));
  LetterTargets to = targets_of(queue, letter, move, batch);
  const DeadLetterStrategy strategy = queue.policy.dead_letter_strategy;
  Move blocked = move;
  blocked.body_bytes = body_bytes_of(record);
  if (to.full && strategy != DeadLetterStrategy::at_most_once) {
    block(queue, blocked, to.full->record.id);
    return true;
  }
  const bool nowhere = to.targets.empty() && !to.full && !to.cycles;
  if (nowhere && strategy == DeadLetterStrategy::at_least_once) {
    block(queue, blocked, BlockedLetters::unbound);
    return true;
  }
  return add_copy(queue, move, {letter.parts(), std::move(to.targets), true, {}}, batch, settled);
}

/// False: nobody takes it.
bool Broker::add_copy(QueueView& queue, const Move& move, const Copy& copy, OpenBatch& batch,
                      SettleFrame& settled) {
  const auto& [record, targets, amqp_written, known] = copy;
  const std::size_t record_bytes =
      BatchBuilder::size_of(record) + bytes_to_remember(known, targets.size());
  // After hundreds of hops its history may be larger than any frame.
  if (targets.empty() || !fits_frame(record_bytes, targets.size())) return false;
  const std::size_t size = batch.size_bytes() + record_bytes;
  if (batch.targets != targets || batch.amqp_written != amqp_written ||
      size > packer_.batch_bytes()) {
    stage_letters(batch, settled);
    batch.targets = targets;
    batch.amqp_written = amqp_written;
    batch.builder.begin(wall_.get());
  }
  batch.add(record, remember(batch, known));
  queue.machine.moved(move.partition, move.offset);
  if (queue.is_volatile) return true;
  auto& entries = settled.entries;
  const bool goes_on = !entries.empty() && entries.back().partition == move.partition &&
                       entries.back().reason == move.reason;
  if (!goes_on) entries.push_back({queue.record.id, move.partition, move.reason, {}});
  auto& runs = entries.back().runs;
  if (!runs.empty() && runs.back().last + 1 == move.offset) {
    runs.back().last = move.offset;
  } else {
    runs.push_back({move.offset, move.offset});
  }
  return true;
}

void Broker::stage_letters(OpenBatch& batch, SettleFrame& settled) {
  if (batch.targets.empty()) return;
  collected_letter_bytes_ += batch.builder.size_bytes();
  for (PartitionState* target : batch.targets)
    packer_.seal(*target);
  stage_batch(batch, settled);
  batch.clear();
  settled.entries.clear();
}

Death Broker::death_in(const QueueView& queue, SettleReason reason) const {
  Death death;
  death.queue = queue.record.name;
  death.reason = reason;
  death.wall_ms = wall_.get();
  death.exchange = *queue.policy.dead_letter_exchange;
  if (queue.policy.dead_letter_routing_key) {
    death.routing_key = *queue.policy.dead_letter_routing_key;
  }
  return death;
}

/// No queue twice, and none that would send it round.
Broker::LetterTargets Broker::targets_of(const QueueView& queue, const DeadLetter& letter,
                                         const Move& move, const OpenBatch& batch) {
  const std::vector<Bytes> keys(letter.routing_keys().begin(), letter.routing_keys().end());
  const RecordParts record = letter.parts();
  const std::uint64_t sticky = ++sticky_;
  LetterTargets out;
  for (const Destination& destination :
       destinations_of(queue.record.vhost, *queue.policy.dead_letter_exchange,
                       RoutedMessage{keys, &letter.headers()})) {
    const QueueRecord* to = catalog_.queue(destination.queue);
    if (to && move.reason != SettleReason::rejected && letter.cycles_to(to->name)) {
      out.cycles = true;
      continue;
    }
    PartitionState* target = target_of(destination, record, sticky);
    if (!target) continue;
    const QueueView* refusing = target->refusing;
    // Who died before it goes first.
    const bool is_behind =
        refusing && move.turn == 0 && queue.blocked.wait_for(refusing->record.id);
    if (is_behind || !has_room(*target, body_bytes_of(record), batch)) {
      out.full = refusing;
    } else {
      out.targets.push_back(target);
    }
  }
  return out;
}

bool Broker::has_room(const PartitionState& target, std::uint64_t body_bytes,
                      const OpenBatch& batch) const {
  if (!target.refusing) return true;
  Amount more{1, body_bytes};
  const auto& to = batch.targets;
  if (std::find(to.begin(), to.end(), &target) != to.end()) {
    more.messages += static_cast<std::uint64_t>(batch.builder.count());
    more.body_bytes += batch.builder.body_bytes();
  }
  return !lacks_room(*target.refusing, more);
}

/// Where a message that no client sends goes now; nowhere when the exchange is gone.
std::span<const Destination> Broker::destinations_of(const std::string& vhost, Bytes exchange,
                                                     const RoutedMessage& message) {
  Router& routes = router(vhost);
  if (routed_.empty() || routed_.back() != &routes) routed_.push_back(&routes);
  const Route route = routes.route(exchange, message);
  if (!route.destinations) return {};
  return route.destinations->list;
}

}  // namespace rialto
