#include "core/broker/broker.h"
#include "core/catalog/decide.h"

#include <algorithm>
#include <utility>

namespace rialto {

namespace {
// What is due next may be anywhere in the partition, and is read a batch at a time.
constexpr std::size_t delay_batch_bytes_max = 16U << 10;

bool volatile_id(std::uint64_t id) {
  return (id & volatile_id_bit) != 0;
}
}  // namespace

Ticket Broker::stage_frame(FrameKind kind, std::string meta, Haste haste, Then then) {
  // The journal tells things in the order in which they happened.
  stage_settlements(Haste::lazy);
  WriteSet set(1);
  set[0].kind = kind;
  set[0].meta = std::move(meta);
  const Ticket ticket = engine_.stage(std::move(set), haste);
  ledger_.staged(ticket, now_, std::move(then));
  return ticket;
}

std::vector<std::pair<std::string, std::string>> Broker::names_of_topics(
    const std::vector<TopicId>& ids) const {
  std::vector<std::pair<std::string, std::string>> names;
  for (const TopicId id : ids) {
    if (const TopicRecord* topic = catalog_.topic(id))
      names.emplace_back(topic->vhost, topic->name);
  }
  return names;
}

void Broker::change(const CatalogFrame& frame, Then then) {
  if (is_no_op(frame)) {
    // What is there already may be another session's doing and not be durable yet.
    if (then) ledger_.when_durable(last_catalog_ticket_, std::move(then));
    return;
  }
  // What was published before the change was routed before it.
  packer_.seal_all();
  if (auto names = names_of_topics(frame.removed_topics); !names.empty()) {
    then = [this, names = std::move(names), then = std::move(then)] {
      for (const auto& [vhost, topic] : names)
        committed_.remove_topic(vhost, topic);
      if (then) then();
    };
  }
  install(frame);
  route_blocked_soon();
  // Who asked for the change is answered before consumers hear that their queue is gone.
  if (!cancelled_.empty()) {
    then = [this, cancelled = std::exchange(cancelled_, {}), then = std::move(then)] {
      if (then) then();
      for (const auto& [id, consumer] : cancelled) {
        SessionState* s = session(id);
        if (s) s->events->push(SessionEvent{id, CancelledEvent{consumer}});
      }
    };
  }
  if (needs_journal(frame)) {
    last_catalog_ticket_ = stage_frame(frame, Haste::durable, std::move(then));
    for (const QueueRecord& queue : frame.queues) {
      if (!volatile_id(queue.id.get())) view(queue.id)->made = last_catalog_ticket_;
    }
  } else if (then) {
    soon_.push_back(std::move(then));
  }
}

void Broker::install(const CatalogFrame& frame) {
  targets_for_ = nullptr;
  for (const BindingId id : frame.removed_bindings) {
    for (auto& [vhost, router] : routers_)
      router.remove_binding(id);
  }
  for (const ExchangeId id : frame.removed_exchanges) {
    for (auto& [vhost, router] : routers_)
      router.remove_exchange(id);
  }
  for (const QueueId id : frame.removed_queues) {
    for (auto& [vhost, router] : routers_)
      router.remove_queue(id);
    remove_queue_view(id);
  }
  for (const TopicId id : frame.removed_topics) {
    for (auto& [vhost, router] : routers_)
      router.remove_topic(id);
    if (const TopicRecord* topic = catalog_.topic(id)) {
      for (const PartitionId p : topic->partitions)
        remove_partition(p);
    }
  }
  for (const std::string& vhost : frame.removed_vhosts) {
    std::erase(routed_, &router(vhost));
    routers_.erase(vhost);
  }
  catalog_.apply(frame);
  for (const TopicRecord& topic : frame.topics)
    add_topic(topic);
  for (const QueueRecord& queue : frame.queues)
    add_queue(queue);
  for (const ExchangeRecord& exchange : frame.exchanges)
    add_exchange(exchange);
  for (const BindingRecord& binding : frame.bindings) {
    const ExchangeRecord* source = catalog_.exchange(binding.source);
    if (source) router(source->vhost).add_binding(binding);
  }
  std::vector<PolicyName> changed = frame.removed_policies;
  for (const PolicyRecord& policy : frame.policies)
    changed.push_back(policy.id);
  if (!changed.empty()) policies_changed(changed);
}

void Broker::add_topic(const TopicRecord& topic) {
  router(topic.vhost).add_topic(topic);
  std::int32_t index = 0;
  for (const PartitionId id : topic.partitions) {
    auto& state = partitions_[id];
    if (!state) state = std::make_unique<PartitionState>();
    state->id = id;
    state->index = PartitionIndex(index++);
    state->topic = topic.id;
    state->keep = topic.keep;
    state->is_volatile = volatile_id(id.get());
  }
}

void Broker::add_queue(const QueueRecord& queue) {
  const bool delays = queue.type == QueueType::delay;
  if (!delays) router(queue.vhost).add_queue(queue);
  auto& slot = queues_[queue.id];
  if (slot) {
    slot->record = queue;
    slot->policy = policy_now(*slot);
    keep_byte_count(*slot);
    return;
  }
  slot = std::make_unique<QueueView>();
  slot->record = queue;
  slot->policy = policy_now(*slot);
  slot->last_used = now_;
  if (delays) slot->delayed = std::make_unique<DelayIndex>();
  if (slot->policy.max_priority) slot->machine.use_priorities(*slot->policy.max_priority);
  slot->is_volatile = volatile_id(queue.id.get());
  if (slot->policy.single_active_consumer) {
    slot->machine.choose_one_consumer(queue.type == QueueType::quorum);
  }
  slot->holds = queue.type != QueueType::stream;
  show_partitions(*slot);
  follow_limits(*slot);
  keep_byte_count(*slot);
  list_deadline(*slot);
}

void Broker::show_partitions(QueueView& queue) {
  const QueueRecord& record = queue.record;
  if (const TopicRecord* source = catalog_.topic(record.source)) {
    const auto log = std::make_shared<const std::string>(source->name);
    for (std::size_t i = 0; i < source->partitions.size(); ++i) {
      const Offset start = i < record.starts.size() ? record.starts[i] : Offset(0);
      show(queue, *partition(source->partitions[i]), start, log);
    }
  }
  if (record.partition != PartitionId(0)) {
    auto& state = partitions_[record.partition];
    if (!state) state = std::make_unique<PartitionState>();
    state->id = record.partition;
    state->is_volatile = volatile_id(record.partition.get());
    if (queue.delayed) state->batch_bytes_max = delay_batch_bytes_max;
    show(queue, *state, Offset(0), nullptr);
    state->deduplicating = &queue;
  } else if (const TopicRecord* topic = catalog_.topic(record.topic)) {
    for (const PartitionId id : topic->partitions) {
      show(queue, *partition(id), Offset(0), nullptr);
      partition(id)->deduplicating = &queue;
    }
  }
}

void Broker::show(QueueView& queue, PartitionState& partition, Offset start,
                  std::shared_ptr<const std::string> log) {
  // A trim on its way has decided already what this queue will not see.
  const Offset from = std::max(start, partition.stored_from());
  queue.machine.add_partition(partition.id, partition.index, from,
                              std::max(from, partition.marks.high_watermark()));
  queue.sources.emplace_back();
  QueueView::Source& source = queue.sources.back();
  source.state = &partition;
  source.log = std::move(log);
  if (queue.policy.message_ttl_ms) {  // what is there already expires in its order
    source.expiry.restore(0, {});
    queue.may_expire = true;
  }
  partition.views.push_back(&queue);
  hold_back_known(queue, partition);
}

void Broker::remove_queue_view(QueueId id) {
  auto at = queues_.find(id);
  if (at == queues_.end()) return;
  if (at->second->readers != 0) {
    std::vector<QueueId> readers;
    for (const auto& [reader, other] : queues_) {
      if (other->reader_of == id) readers.push_back(reader);
    }
    for (const QueueId reader : readers)
      remove_queue_view(reader);
    at = queues_.find(id);
  }
  const std::unique_ptr<QueueView> queue = std::move(at->second);
  queues_.erase(at);
  queue->machine.consumers().for_each([&](const Consumers::Consumer& consumer) {
    SessionState* s = session(consumer.session);
    if (!s) return;
    s->consumers.erase(consumer.id);
    s->consumer_tags.erase(consumer.id);
    cancelled_.emplace_back(consumer.session, consumer.id);
  });
  for (const SessionId user : queue->users) {
    if (SessionState* s = session(user)) s->queues.erase(id);
  }
  if (SessionState* owner = session(catalog_.owner(id))) std::erase(owner->exclusive, id);
  list_deadline(*queue, no_deadline);
  blocked_queues_.erase(id);
  for (const QueueView::Source& source : queue->sources) {
    std::erase(source.state->views, queue.get());
    if (source.state->refusing == queue.get()) source.state->refusing = nullptr;
    if (source.state->deduplicating == queue.get()) source.state->deduplicating = nullptr;
  }
  for (const auto& pull : queue->waiting_pulls) {
    soon_.push_back([this, pull] { pull_now(pull); });
  }
  for (const auto& waiting : queue->after_read)
    soon_.push_back(waiting);
  for (const auto& waiting : queue->after_moves)
    soon_.push_back(waiting);
  if (queue->record.partition != PartitionId(0) && queue->record.topic == TopicId(0)) {
    remove_partition(queue->record.partition);
  }
}

void Broker::remove_partition(PartitionId id) {
  const auto at = partitions_.find(id);
  if (at == partitions_.end()) return;
  packer_.seal(*at->second);
  for (const auto& fetch : at->second->parked)
    wake(fetch);
  for (QueueView* queue : at->second->views) {
    std::erase_if(queue->sources, [&](const auto& s) { return s.state->id == id; });
    // A subscription stays, with what it has of its own.
    queue->machine.trimmed(id, at->second->marks.log_end());
  }
  if (at->second->seen) seen_ids_ -= at->second->seen->id_count();
  engine_.drop(id);
  partitions_.erase(id);
}

void Broker::delete_queue(const QueueRecord& queue) {
  // What was rejected before still has somewhere to go.
  if (QueueView* leaving = view(queue.id)) move_dead_letters(*leaving);
  change(removal_of(catalog_, queue), nullptr);
}

void Broker::delete_if_auto(QueueView& queue) {
  if (!queue.record.auto_delete || !queue.machine.ever_consumed()) return;
  if (queue.machine.consumer_count() == 0) delete_queue(QueueRecord(queue.record));
}

}  // namespace rialto
