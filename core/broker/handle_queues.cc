#include "core/broker/broker.h"
#include "core/catalog/decide.h"
#include "core/catalog/policy_settings.h"
#include "core/model/field_table.h"

#include <algorithm>
#include <tuple>

/// Requests about queues and their messages.
namespace rialto {

namespace {

QueueDeclaration declaration_of(SessionId session, const std::string& vhost, DeclareQueue what) {
  QueueDeclaration d;
  d.session = session;
  d.vhost = vhost;
  d.name = std::move(what.name);
  d.passive = what.passive;
  d.durable = what.durable;
  d.exclusive = what.exclusive;
  d.auto_delete = what.auto_delete;
  d.arguments = std::move(what.arguments);
  return d;
}

}  // namespace

Result<QueueView*> Broker::view(SessionId id, const std::string& name) {
  const std::string& vhost = vhost_of(id);
  const Result<const QueueRecord*> found = find_queue(catalog_, vhost, name, id);
  if (found) return view((*found)->id);
  if (found.error().code != Errc::not_found || !catalog_.topic(vhost, name)) return found.error();
  // The first work-queue consumer of a topic makes the topic's own delivery state.
  const Result<CatalogFrame> adopted = decide_adopt_topic(catalog_, vhost, name);
  if (!adopted) return adopted.error();
  change(*adopted, nullptr);
  const QueueRecord* made = catalog_.queue(vhost, name);
  return made ? Result<QueueView*>(view(made->id)) : Result<QueueView*>(found.error());
}

/// Never used before: a count of this process, and a MAC over it and the time.
std::string Broker::new_name(Bytes prefix) {
  const LeaseId unique{QueueId(++last_server_name_), {}, Offset(wall_.get()), 0, {}};
  const std::string text = lease_signer_.sign(unique);
  constexpr std::size_t mac_digits = 16;
  return std::string(prefix) + text.substr(text.size() - mac_digits) +
         std::to_string(last_server_name_);
}

QueueInfo Broker::info_of(const QueueView& queue) const {
  QueueInfo info;
  info.id = queue.record.id;
  info.name = queue.record.name;
  info.durable = queue.record.durable;
  info.exclusive = queue.record.exclusive;
  info.auto_delete = queue.record.auto_delete;
  info.type = queue.record.type;
  info.arguments = arguments_of(queue.record.arguments);
  info.counts = counts_of(queue);
  info.delayed = queue.machine.waiting_count();
  info.blocked = queue.machine.blocked_count();
  if (queue.bytes) info.ready_bytes = queue.bytes->total();
  info.policy = queue.policy_name;
  info.operator_policy = queue.operator_policy_name;
  info.effective_policy = merged_definition(
      definition_of({PolicyKind::user, queue.record.vhost, queue.policy_name}),
      definition_of({PolicyKind::operators, queue.record.vhost, queue.operator_policy_name}));
  info.vhost = queue.record.vhost;
  if (const TopicRecord* topic = catalog_.topic(queue.record.topic)) info.topic = topic->name;
  return info;
}

template <>
void handle<DeclareQueue>(Broker& b, SessionId id, DeclareQueue what,
                          Reply<DeclareQueue::Answer> reply) {
  const bool nameless = what.name.empty();
  if (nameless) {
    what.name = b.new_name("amq.gen-");
  }
  QueueDeclaration command = declaration_of(id, b.vhost_of(id), std::move(what));
  command.server_named = nameless;
  b.declare(id, command, std::move(reply), std::nullopt);
}

template <>
void handle<DeleteQueue>(Broker& b, SessionId id, DeleteQueue what,
                         Reply<DeleteQueue::Answer> reply) {
  const std::string vhost = b.vhost_of(id);
  const QueueRecord* found = b.catalog_.queue(vhost, what.name);
  QueueView* before = found ? b.view(found->id) : nullptr;
  auto decide = [&b, id, vhost, what, reply] {
    const QueueRecord* record = b.catalog_.queue(vhost, what.name);
    const QueueView* queue = record ? b.attended(record->id) : nullptr;
    const QueueCounts counts = queue ? b.counts_of(*queue) : QueueCounts();
    QueueDeletion command{
        id, vhost, what.name, what.if_unused, what.if_empty, counts.consumers, counts.ready};
    const Result<CatalogFrame> frame = decide_delete_queue(b.catalog_, command);
    if (!frame) return reply(frame.error());
    if (QueueView* leaving = record ? b.view(record->id) : nullptr) b.move_dead_letters(*leaving);
    b.change(*frame, [reply, counts, existed = record != nullptr] {
      reply(DeleteQueue::Answer{counts.ready, existed});
    });
  };
  if (before) return b.ledger_.when_durable(b.barrier(*before), decide);
  decide();
}

template <>
void handle<PurgeQueue>(Broker& b, SessionId id, PurgeQueue what, Reply<PurgeQueue::Answer> reply) {
  const Result<QueueView*> found = b.view(id, what.name);
  if (!found) return reply(found.error());
  if (auto refused = (*found)->check_not_stream("queue.purge")) return reply(*refused);
  b.ledger_.when_durable(b.barrier(**found), [&b, queue_id = (*found)->record.id, reply] {
    QueueView* queue = b.attended(queue_id);
    if (!queue) return reply(PurgeQueue::Answer{});
    // What waits would be ready soon.
    b.end_waits(*queue, no_deadline);
    const std::uint64_t count = queue->machine.ready_count();
    if (queue->bytes) queue->bytes->emptied();
    for (const PurgedRuns& purged : queue->machine.purge()) {
      b.journal_settled(*queue, purged.partition, SettleReason::purged, purged.runs);
    }
    b.made_room(*queue);
    const Ticket purged = queue->is_volatile ? no_ticket : b.stage_settlements(Haste::durable);
    b.ledger_.when_durable(purged, [reply, count] { reply(PurgeQueue::Answer{count}); });
  });
}

void Broker::get_now(SessionId id, QueueId queue_id, bool no_ack, Reply<GetMessage::Answer> reply) {
  SessionState* s = session(id);
  QueueView* queue = attended(queue_id);
  if (!s || !queue) return reply(Error(Errc::not_found, "the queue was deleted"));
  touch(*queue);
  auto retry = [this, id, queue_id, no_ack, reply] { get_now(id, queue_id, no_ack, reply); };
  if (queue->reading) return queue->after_read.push_back(retry);
  for (;;) {
    const std::optional<Assignment> got = queue->machine.take(id, no_ack);
    if (!got) return reply(GetMessage::Answer{std::nullopt, 0});
    RecordRef record;
    std::uint32_t bytes = 0;
    const Located located = locate(*queue, got->partition, got->offset, record, bytes);
    if (located == Located::absent) {
      pass_over(*queue, got->partition, got->offset);
      continue;
    }
    if (located == Located::reading) {
      queue->machine.undo(*got);
      return queue->after_read.push_back(retry);
    }
    if (retire_expired(*queue, *got, record)) continue;
    if (queue->bytes) count_taken(*queue, *got, record);
    made_room(*queue);
    use(*s, *queue);
    if (no_ack && !queue->is_volatile) {
      settlements_.settled(queue_id, got->partition, SettleReason::acked,
                           {got->offset, got->offset});
    }
    FlowCounters& counters = flow(*s, Model::queue);
    ++counters.delivered;
    counters.delivered_bytes += bytes;
    if (got->redelivered) ++counters.redelivered;
    if (no_ack) ++counters.settled;
    return reply(GetMessage::Answer{delivery_of(*queue, *got, std::move(record)),
                                    queue->machine.ready_count()});
  }
}

template <>
void handle<GetMessage>(Broker& b, SessionId id, GetMessage what, Reply<GetMessage::Answer> reply) {
  const Result<QueueView*> found = b.view(id, what.queue);
  if (!found) return reply(found.error());
  if (auto refused = (*found)->check_any_taker()) return reply(*refused);
  b.ledger_.when_durable(b.barrier(**found),
                         [&b, id, queue = (*found)->record.id, no_ack = what.no_ack, reply] {
                           b.get_now(id, queue, no_ack, reply);
                         });
}

void Broker::start_consumer(SessionId id, QueueId queue_id, const Consume& what,
                            const Reply<Consume::Answer>& reply) {
  SessionState* s = session(id);
  if (!s) return;
  const auto listed = s->consumers.find(what.consumer);
  if (listed == s->consumers.end()) return reply(Consume::Answer{});  // cancelled meanwhile
  QueueView* queue = view(queue_id);
  const ConsumerSpec spec{what.no_ack, what.exclusive, what.prefetch, what.priority.value_or(0)};
  const Errc added = queue ? queue->machine.add_consumer(id, what.consumer, spec) : Errc::not_found;
  if (added != Errc::ok) {
    s->consumers.erase(listed);
    if (!queue) return reply(Error(added, "the queue was deleted"));
    return reply(Error(
        added, "queue '" + what.queue + "' in vhost '" + s->who.vhost + "' in exclusive use"));
  }
  use(*s, *queue);
  if (!what.tag.empty()) s->consumer_tags[what.consumer] = what.tag;
  list_deadline(*queue);
  if (s->held_back) queue->machine.set_session_ready(id, false);
  if (!s->shared_prefetch.empty()) queue->machine.tell_credits();
  const auto shared = s->shared_prefetch.find(group_of(what.consumer));
  if (shared != s->shared_prefetch.end() && shared->second.full) {
    queue->machine.set_consumer_ready(id, what.consumer, false);
  }
  schedule(*queue);
  reply(Consume::Answer{});
}

template <>
void handle<Consume>(Broker& b, SessionId id, Consume what, Reply<Consume::Answer> reply) {
  const Result<QueueView*> found = b.view(id, what.queue);
  if (!found) return reply(found.error());
  SessionState* s = b.session(id);
  if (!s) return;
  if (what.read_from || (*found)->record.type == QueueType::stream) {
    return b.read_log(*s, what, **found, reply);
  }
  const QueueId queue = (*found)->record.id;
  if (!s->consumers.emplace(what.consumer, queue).second) {
    return reply(Error(Errc::already_exists, "the session has such a consumer"));
  }
  // The records of a topic may be durable when the queue that shows them is not.
  b.ledger_.when_durable(
      (*found)->made, [&b, id, queue, what, reply] { b.start_consumer(id, queue, what, reply); });
}

template <>
void handle<CancelConsumer>(Broker& b, SessionId id, CancelConsumer what,
                            Reply<CancelConsumer::Answer> reply) {
  SessionState* s = b.session(id);
  if (!s) return;
  b.close_replies(*s, what.consumer);
  s->consumer_tags.erase(what.consumer);
  const auto at = s->consumers.find(what.consumer);
  if (at != s->consumers.end()) {
    QueueView* queue = b.view(at->second);
    s->consumers.erase(at);
    if (queue) {
      queue->machine.remove_consumer(id, what.consumer);
      if (queue->reader_of != QueueId(0)) {
        b.remove_reader(*queue);
        return reply(CancelConsumer::Answer{});
      }
      b.touch(*queue);
      b.schedule(*queue);
      b.delete_if_auto(*queue);
    }
  }
  reply(CancelConsumer::Answer{});
}

template <>
void handle<DescribeQueue>(Broker& b, SessionId id, DescribeQueue what,
                           Reply<DescribeQueue::Answer> reply) {
  const Result<const QueueRecord*> found = find_queue(b.catalog_, b.vhost_of(id), what.name, id);
  if (!found) return reply(found.error());
  const QueueId queue_id = (*found)->id;
  const Ticket last = std::max(b.barrier(*b.view(queue_id)), b.last_catalog_ticket_);
  b.ledger_.when_durable(last, [&b, queue_id, reply] {
    const QueueView* queue = b.attended(queue_id);
    if (!queue) return reply(Error(Errc::not_found, "the queue was deleted"));
    reply(b.info_of(*queue));
  });
}

template <>
void handle<ListQueues>(Broker& b, SessionId id, ListQueues what, Reply<ListQueues::Answer> reply) {
  b.packer_.seal_all();
  b.ledger_.when_durable(b.engine_.last_staged(),
                         [&b, vhost = b.vhost_of(id), everywhere = what.everywhere, reply] {
                           ListQueues::Answer all;
                           for (const auto& [queue_id, queue] : b.queues_) {
                             const bool hidden = queue->delayed || queue->reader_of != QueueId(0);
                             if (hidden || (!everywhere && queue->record.vhost != vhost)) continue;
                             b.attend(*queue);
                             all.push_back(b.info_of(*queue));
                           }
                           std::sort(all.begin(), all.end(), [](const auto& x, const auto& y) {
                             return std::tie(x.vhost, x.name) < std::tie(y.vhost, y.name);
                           });
                           reply(std::move(all));
                         });
}

}  // namespace rialto
