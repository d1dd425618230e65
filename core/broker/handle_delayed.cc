#include "core/broker/broker.h"
#include "core/catalog/names.h"
#include "core/model/record_batch.h"
#include "core/queue/delayed_message.h"

#include <algorithm>
#include <utility>

/// Requests about messages that wait for their time.
namespace rialto {

namespace {

constexpr std::uint32_t listed_max = 1000;

Error not_pending() {
  return {Errc::not_found, "no such delayed message: it has fired, was cancelled or never was"};
}

std::optional<DelayedInfo> delayed_info(const RecordRef& ref) {
  const Result<RecordView> record = view_of(ref);
  auto note = record ? delay_note_of(*record) : std::nullopt;
  if (!note) return std::nullopt;
  return DelayedInfo{ref.offset,
                     note->due_wall_ms,
                     std::move(note->exchange),
                     std::move(note->routing_keys),
                     std::move(note->cancel_key),
                     ref};
}

}  // namespace

template <>
void handle<PublishDelayed>(Broker& b, SessionId id, PublishDelayed what,
                            Reply<PublishDelayed::Answer> reply) {
  SessionState* s = b.session(id);
  if (!s) return;
  std::vector<HeaderView> headers;
  for (const auto& [name, value] : what.headers)
    headers.push_back({name, Bytes(value)});
  const Bytes body = what.body;
  Publish message;
  message.exchange = what.exchange;
  message.routing_key = what.routing_key;
  if (what.key) message.record.key = *what.key;
  message.record.body = {&body, 1};
  message.record.headers = headers;
  if (what.identity) message.identity = what.identity;
  message.delay = what.delay.view();
  const Result<const DestinationSet*> to = b.destinations_of(*s, message);
  if (!to) return reply(to.error());
  if (what.exchange.empty() && (*to)->list.empty()) {
    return reply(no_such_queue(what.routing_key, s->who.vhost));
  }
  const Result<PutOff> put = b.put_off(*s, message, OutcomeRun{});
  if (!put) return reply(put.error());
  b.packer_.seal(*put->partition);
  b.ledger_.when_durable(
      put->partition->last_ticket,
      [reply, answer = PublishDelayed::Answer{put->offset, put->due_wall_ms, put->repeated}] {
        reply(answer);
      });
}

void Broker::look_up(const std::shared_ptr<DelayedLookup>& lookup) {
  QueueView* delays = view(lookup->queue);
  while (delays && lookup->done < lookup->wanted.size()) {
    if (delays->reading) {
      return delays->after_read.push_back([this, lookup] { look_up(lookup); });
    }
    const PartitionId id = delays->sources.front().state->id;
    const Offset offset = lookup->wanted[lookup->done].offset;
    RecordRef record;
    std::uint32_t bytes = 0;
    if (delays->machine.is_ready(id, offset)) {
      const Located at = locate(*delays, id, offset, record, bytes, ReadFor::aside);
      if (at == Located::reading) continue;
      if (auto info = at == Located::yes ? delayed_info(record) : std::nullopt) {
        // What found no room is listed under the time at which it is tried again.
        info->due_wall_ms = std::max(info->due_wall_ms, lookup->wanted[lookup->done].at_wall_ms);
        lookup->found.push_back(std::move(*info));
      }
    }
    ++lookup->done;
  }
  lookup->then(lookup->found);
}

template <>
void handle<ListDelayed>(Broker& b, SessionId id, ListDelayed what,
                         Reply<ListDelayed::Answer> reply) {
  const QueueRecord* record = b.catalog_.delay_queue(b.vhost_of(id));
  if (!record) return reply(ListDelayed::Answer{});
  QueueView& delays = *b.view(record->id);
  b.ledger_.when_durable(b.barrier(delays), [&b, queue_id = record->id, what, reply] {
    QueueView* queue = b.view(queue_id);
    if (!queue) return reply(ListDelayed::Answer{});
    const PartitionId partition = queue->sources.front().state->id;
    auto lookup = std::make_shared<DelayedLookup>();
    lookup->queue = queue_id;
    lookup->wanted = queue->delayed->soonest(
        {what.after_due_wall_ms, what.after_id}, std::min(what.max, listed_max),
        [&](Offset offset) { return queue->machine.is_ready(partition, offset); });
    lookup->then = [reply, pending = queue->machine.ready_count()](auto& found) {
      reply(ListDelayed::Answer{pending, std::move(found)});
    };
    b.look_up(lookup);
  });
}

template <>
void handle<DescribeDelayed>(Broker& b, SessionId id, DescribeDelayed what,
                             Reply<DescribeDelayed::Answer> reply) {
  const QueueRecord* record = b.catalog_.delay_queue(b.vhost_of(id));
  if (!record) return reply(not_pending());
  auto lookup = std::make_shared<DelayedLookup>();
  lookup->queue = record->id;
  lookup->wanted.push_back({0, what.id});
  lookup->then = [reply](auto& found) {
    if (found.empty()) return reply(not_pending());
    reply(std::move(found.front()));
  };
  b.ledger_.when_durable(b.barrier(*b.view(record->id)), [&b, lookup] { b.look_up(lookup); });
}

template <>
void handle<CancelDelayed>(Broker& b, SessionId id, CancelDelayed what,
                           Reply<CancelDelayed::Answer> reply) {
  const QueueRecord* record = b.catalog_.delay_queue(b.vhost_of(id));
  if (!record) return reply(not_pending());
  b.ledger_.when_durable(b.barrier(*b.view(record->id)), [&b, queue_id = record->id, what, reply] {
    QueueView* queue = b.view(queue_id);
    if (!queue) return reply(not_pending());
    auto lookup = std::make_shared<DelayedLookup>();
    lookup->queue = queue_id;
    if (what.id) {
      lookup->wanted.push_back({0, *what.id});
    } else {
      for (const Offset o : queue->delayed->with_key(hash_of_cancel_key(what.cancel_key)))
        lookup->wanted.push_back({0, o});
    }
    lookup->then = [&b, queue_id, what, reply](auto& found) {
      // Two keys may share a hash.
      if (!what.id) {
        std::erase_if(found, [&](const auto& info) { return info.cancel_key != what.cancel_key; });
      }
      QueueView* now = b.view(queue_id);
      if (!now) return reply(not_pending());
      b.cancel(*now, found, reply);
    };
    b.look_up(lookup);
  });
}

/// Those that have not fired since they were looked up.
void Broker::cancel(QueueView& delays, const std::vector<DelayedInfo>& chosen,
                    Reply<CancelDelayed::Answer> reply) {
  const PartitionId id = delays.sources.front().state->id;
  const auto is_pending = [&](Offset offset) { return delays.machine.is_ready(id, offset); };
  std::vector<SettledRun> settled;
  bool compact = false;
  for (const DelayedInfo& info : chosen) {
    if (!is_pending(info.id)) continue;
    delays.machine.drop(id, info.id);
    delays.delayed->forget_key(hash_of_cancel_key(info.cancel_key), info.id);
    compact = delays.delayed->cancelled() || compact;
    settled.push_back({info.id, info.id});
  }
  if (settled.empty()) return reply(not_pending());
  if (compact) delays.delayed->compact(is_pending);
  journal_settled(delays, id, SettleReason::cancelled, settled);
  ledger_.when_durable(stage_settlements(Haste::durable),
                       [reply, count = settled.size()] { reply(CancelDelayed::Answer{count}); });
}

}  // namespace rialto
