#include "core/broker/broker.h"
#include "core/broker/partitioner.h"
#include "core/catalog/names.h"

#include <algorithm>

namespace rialto {

namespace {

constexpr Bytes partition_header = "x-kafka-partition";

std::string no_such_partition(const TopicRecord& topic, Bytes asked) {
  constexpr std::size_t shown_max = 32;
  std::string shown(asked.substr(0, shown_max));
  for (char& c : shown)
    c = c >= ' ' && c <= '~' ? c : '?';  // a reply text is UTF-8
  return "invalid header '" + std::string(partition_header) + "' = '" + shown + "': topic '" +
         topic.name + "' has partitions 0 to " + std::to_string(topic.partitions.size() - 1);
}

}  // namespace

void Broker::publish(SessionId id, const Publish& message) {
  SessionState* from = session(id);
  if (!from) return;
  if (!from->failed.empty() && from->failed.contains(message.publisher)) return;
  const Result<const DestinationSet*> to = destinations_of(*from, message);
  if (!to) return fail_publisher(*from, message, to.error().code, to.error().text);
  if (message.in_transaction) return hold_publish(*from, message, **to);
  pass_on(*from, message, **to);
}

Result<const DestinationSet*> Broker::destinations_of(const SessionState& from,
                                                      const Publish& message) {
  Router* routes = from.router;
  const Route route = routes ? route_of(from, message) : Route();
  if (!route.destinations) {
    return no_such_exchange(message.exchange, from.who.vhost);
  }
  if (route.internal) {
    return Error(Errc::access_denied, "cannot publish to internal exchange '" +
                                          std::string(message.exchange) + "' in vhost '" +
                                          from.who.vhost + "'");
  }
  if (routed_.empty() || routed_.back() != routes) routed_.push_back(routes);
  return route.destinations;
}

Error Broker::too_large_for(std::size_t targets, std::size_t record_bytes) {
  return {Errc::too_large, "a message of " + std::to_string(record_bytes) + " bytes for " +
                               std::to_string(targets) +
                               " queues is larger than what storage.slot_bytes has room for"};
}

void Broker::pass_on(SessionState& from, const Publish& message, const DestinationSet& to) {
  if (message.delay) return put_off(from, message);
  if (&to != targets_for_ || targets_version_ != from.router->version()) {
    targets_version_ = from.router->version();
    find_targets(to, message, from);
    if (!targets_fault_.empty()) {
      return fail_publisher(from, message, Errc::invalid_argument, targets_fault_);
    }
  }
  const bool replied = message.exchange.empty() &&
                       (targets_.empty() || !message.more_keys.empty()) &&
                       reply_directly(from, message);
  const OutcomeRun outcome{from.id, message.publisher, message.sequence, message.sequence};
  const std::size_t record_bytes = BatchBuilder::size_of(message.record);
  if (!targets_.empty() && !fits_frame(record_bytes + letter_reserve_bytes(), targets_.size())) {
    Error refused = too_large_for(targets_.size(), record_bytes);
    return fail_publisher(from, message, refused.code, std::move(refused.text));
  }
  if (targets_.empty()) {
    if (!replied) ++flow(from, Model::queue).unroutable;
    if (!replied && message.mandatory) return_message(from, message);
    if (message.sequence != 0) tell_outcomes({outcome}, Model::queue);
    return;
  }
  if (targets_choose_ || message.identity) {
    return publish_where_wanted(from, message, record_bytes, outcome);
  }
  store(from, message, record_bytes, targets_, outcome);
}

void Broker::store(SessionState& from, const Publish& message, std::size_t record_bytes,
                   const std::vector<PartitionState*>& targets, const OutcomeRun& outcome,
                   const KnownMessage* known) {
  FlowCounters& counters = flow(from, Model::queue);
  ++counters.received;
  for (const Bytes piece : message.record.body)
    counters.received_bytes += piece.size();
  OpenBatch& batch =
      packer_.batch_for(targets, is_amqp_written(from, message), wall_.get(), record_bytes);
  if (!known) return packer_.add(batch, message.record, outcome);
  packer_.add(batch, message.record, outcome, remember(batch, *known));
}

/// Expiries and priorities of small records take as much as the records.
bool Broker::fits_frame(std::size_t record_bytes, std::size_t targets) const {
  constexpr std::size_t meta_bytes = 256;
  const std::size_t payload = std::max(record_bytes, 2 * packer_.batch_bytes());
  return payload + meta_bytes + targets * DataTarget::bytes <= frame_bytes_max_;
}

Route Broker::route_of(const SessionState& from, const Publish& message) {
  Router& routes = *from.router;
  const Route route = routes.route(message.exchange, message.routing_key);
  if (!route.by_headers && message.more_keys.empty()) return route;
  std::vector<Bytes> keys{message.routing_key};
  keys.insert(keys.end(), message.more_keys.begin(), message.more_keys.end());
  FieldTable headers;
  if (!message.headers.empty()) {
    if (auto table = decode_field_table(message.headers)) headers = std::move(*table);
  } else if (from.protocol != Protocol::amqp) {
    for (const HeaderView& h : message.record.headers)
      headers.set(std::string(h.key), FieldValue::text(std::string(h.value.value_or(Bytes()))));
  }
  return routes.route(message.exchange, RoutedMessage{keys, &headers});
}

/// Targets that have the message already or are full are left out; its publisher is told when it
/// is safe in the others.
void Broker::publish_where_wanted(SessionState& from, const Publish& message,
                                  std::size_t record_bytes, const OutcomeRun& outcome) {
  see_time();  // windows begin and end by it, and the last tick may be long ago
  std::vector<PartitionState*> targets = targets_;
  OutcomeRun told = outcome;
  const KnownMessage known = known_message(message, targets_look_at_ids_);
  const std::size_t more_bytes = bytes_to_remember(known, targets.size());
  if (!fits_frame(record_bytes + letter_reserve_bytes() + more_bytes, targets.size())) {
    Error refused = too_large_for(targets.size(), record_bytes);
    return fail_publisher(from, message, refused.code, std::move(refused.text));
  }
  Ticket wait = leave_out_repeats(targets, known);
  told.repeated = targets.empty();
  told.refused = leave_out_full(targets, message, known);
  if (told.refused) ++flow(from, Model::queue).refused;
  if (told.repeated) ++flow(from, Model::queue).repeated;
  left_out_ = left_out_ || told.refused;
  repeated_ += told.repeated ? 1 : 0;
  repeats_wait_ = std::max(repeats_wait_, wait);
  if (!targets.empty()) {
    const bool alone = wait <= ledger_.durable();
    store(from, message, record_bytes, targets, alone ? told : OutcomeRun{}, &known);
    if (alone) return;
  }
  if (told.first == 0) return;
  for (PartitionState* target : targets) {
    packer_.seal(*target);
    wait = std::max(wait, target->last_ticket);
  }
  ledger_.when_durable(wait, [this, told] { tell_outcomes({told}, Model::queue); });
}

void Broker::find_targets(const DestinationSet& set, const Publish& message,
                          const SessionState& from) {
  targets_.clear();
  targets_choose_ = false;
  targets_look_at_ids_ = false;
  targets_fault_.clear();
  targets_for_ = &set;
  const std::uint64_t channel = from.id.get() ^ (std::uint64_t{message.publisher.get()} << 20);
  const std::uint64_t sticky = message.identity ? message.identity->spread() : channel;
  for (const Destination& destination : set.list) {
    PartitionState* target = target_of(destination, message.record, sticky);
    if (!target) continue;
    targets_.push_back(target);
    targets_look_at_ids_ = targets_look_at_ids_ || target->looks_at_ids();
    targets_choose_ = targets_choose_ || targets_look_at_ids_ || target->refusing != nullptr;
  }
}

PartitionState* Broker::target_of(const Destination& destination, const RecordParts& record,
                                  std::uint64_t sticky) {
  TopicId topic = destination.topic;
  if (destination.queue != QueueId(0)) {
    const QueueView* queue = view(destination.queue);
    if (!queue) return nullptr;
    if (queue->record.partition != PartitionId(0)) return partition(queue->record.partition);
    topic = queue->record.topic;
  }
  // A topic spreads its messages: the choice is made anew for each.
  targets_for_ = nullptr;
  return choose_partition(topic, record, sticky);
}

PartitionState* Broker::choose_partition(TopicId id, const RecordParts& record,
                                         std::uint64_t sticky) {
  const TopicRecord* topic = catalog_.topic(id);
  if (!topic || topic->partitions.empty()) return nullptr;
  const auto count = topic->partitions.size();
  std::size_t index = partition_for(*topic, record, sticky);
  for (const HeaderView& h : record.headers) {
    if (h.key != partition_header) continue;
    const auto asked = partition_from_text(h.value.value_or(Bytes()), count);
    if (asked) {
      index = *asked;
    } else {
      targets_fault_ = no_such_partition(*topic, h.value.value_or(Bytes()));
    }
  }
  return partition(topic->partitions[index]);
}

std::size_t Broker::partition_for(const TopicRecord& topic, const RecordParts& record,
                                  std::uint64_t sticky) {
  const std::size_t count = topic.partitions.size();
  if (record.key) return partition_of_key(*record.key, count);
  const PartitionState* first = count > 1 ? partition(topic.partitions.front()) : nullptr;
  // What comes again has to come to where it is known.
  const WideHash id = first && first->looks_at_ids() ? own_id_of(record) : WideHash();
  return (id ? id.low : sticky) % count;
}

void Broker::fail_publisher(SessionState& from, const Publish& message, Errc code,
                            std::string text) {
  from.failed.insert(message.publisher);
  ++flow(from, Model::queue).refused;
  PublishOutcome outcome{message.publisher, message.sequence, message.sequence, code,
                         std::move(text)};
  from.events->push(SessionEvent{from.id, std::move(outcome)});
}

template <>
void handle<HearFaults>(Broker&, SessionId, HearFaults, Reply<HearFaults::Answer> reply) {
  reply(HearFaults::Answer{});
}

void Broker::return_message(SessionState& from, const Publish& message) {
  BatchBuilder one;
  one.begin(wall_.get());
  one.add(message.record);
  ReturnedMessage returned{message.publisher, std::string(message.exchange),
                           std::string(message.routing_key), one.seal()};
  from.events->push(SessionEvent{from.id, std::move(returned)});
}

void Broker::stage_batch(OpenBatch& batch, const SettleFrame& settled) {
  if (collecting_) {
    for (const SettleEntry& entry : settled.entries) {
      for (const SettledRun& run : entry.runs)
        settlements_.settled(entry.queue, entry.partition, entry.reason, run);
    }
    collecting_->push_back(sealed(batch));
    return;
  }
  // An ack that came before this publish must not be newer in the journal.
  stage_settlements(Haste::lazy);
  SealedBatch ready = sealed(batch);
  WriteSet set;
  if (!settled.entries.empty()) {
    ready.durable = true;
    set.emplace_back();
    set.back().kind = FrameKind::settle;
    set.back().meta = encode_fields(settled);
  }
  set.push_back(std::move(ready.frame));
  const Ticket ticket =
      engine_.stage(std::move(set), ready.durable ? Haste::durable : Haste::written);
  was_staged(ready, ticket);
  if (!ready.durable) return;
  ledger_.staged(ticket, now_, [this, ready = std::move(ready)] { became_durable(ready); });
}

/// Gives the batch its offsets.
SealedBatch Broker::sealed(OpenBatch& batch) {
  SealedBatch out;
  StagedFrame& frame = out.frame;
  frame.kind = FrameKind::data;
  frame.flags = batch.amqp_written ? frame_amqp_written : std::uint16_t{0};
  const std::int32_t count = batch.builder.count();
  frame.data.record_count = static_cast<std::uint32_t>(count);
  frame.data.last_offset_delta = count - 1;
  // The tick before may be long ago: nothing would live as long as it should. And who asks later
  // in this tick must not find it to be of the future.
  wall_ = clock_.wall();
  const std::int64_t wall_ms = wall_.get();
  batch.builder.set_timestamp(wall_ms);
  frame.data.max_timestamp_ms = wall_ms;
  for (const std::int64_t ttl_ms : batch.ttls_ms) {
    frame.data.expiries_wall_ms.push_back(ttl_ms < 0 ? 0 : expiry_after(wall_ms, ttl_ms));
  }
  if (!batch.ttls_ms.empty()) {
    frame.data.expiries_wall_ms.resize(static_cast<std::size_t>(count), 0);
  }
  if (!batch.dues_wall_ms.empty()) frame.data.expiries_wall_ms = batch.dues_wall_ms;
  if (!batch.cancel_keys.empty()) frame.data.cancel_keys = batch.cancel_keys;
  if (!batch.seen.empty()) frame.data.seen = batch.seen;
  if (!batch.priorities.empty()) {
    frame.data.priorities = batch.priorities;
    frame.data.priorities.resize(static_cast<std::size_t>(count), 0);
  }
  const std::uint64_t body_bytes = batch.builder.body_bytes();
  frame.payload = batch.builder.seal();
  for (PartitionState* target : batch.targets) {
    const Offset base = target->marks.stage(count);
    frame.data.targets.push_back(DataTarget{
        target->id, base, target->is_volatile ? DataTarget::is_volatile : std::uint8_t{0}});
    out.durable = out.durable || !target->is_volatile;
    out.targets.emplace_back(target->id, base);
    target->max_timestamp_ms = std::max(target->max_timestamp_ms, wall_ms);
    target->staged_body_bytes += body_bytes;
  }
  frame.meta = encode_fields(frame.data);
  out.arrival = Arrival{count,
                        wall_ms,
                        frame.data.expiries_wall_ms,
                        frame.data.priorities,
                        frame.data.cancel_keys,
                        body_bytes};
  out.outcomes = std::move(batch.outcomes);
  return out;
}

void Broker::was_staged(const SealedBatch& batch, Ticket ticket) {
  for (const auto& [id, first] : batch.targets) {
    PartitionState* target = partition(id);
    if (!target) continue;
    target->last_ticket = ticket;
    if (target->is_volatile) arrived(*target, first, batch.arrival);
  }
  if (!batch.durable) tell_outcomes(batch.outcomes, Model::queue);
}

void Broker::became_durable(const SealedBatch& batch) {
  for (const auto& [id, first] : batch.targets) {
    PartitionState* target = partition(id);
    if (target && !target->is_volatile) arrived(*target, first, batch.arrival);
  }
  if (batch.durable) tell_outcomes(batch.outcomes, Model::queue);
}

void Broker::arrived(PartitionState& partition, Offset first, const Arrival& what) {
  partition.marks.durable(first + what.count);
  partition.staged_body_bytes -= what.body_bytes.value_or(0);
  partition.staged_dues -= what.dues.size();
  enter_views(partition, first, what);
  for (QueueView* queue : partition.views)
    schedule(*queue);
  for (const auto& fetch : partition.parked)
    wake(fetch);
  partition.parked.clear();
}

void Broker::enter_views(PartitionState& partition, Offset first, const Arrival& what) {
  for (const RecordDue& due : what.dues)
    partition.held_back.push({due.due_wall_ms, first + due.index});
  for (QueueView* queue : partition.views) {
    queue->machine.arrived(partition.id, first + what.count, what.priorities);
    if (queue->bytes) queue->bytes->arrived(partition.id, first, what.body_bytes);
    for (const RecordDue& due : what.dues)
      hold_back(*queue, partition.id, first + due.index, due.due_wall_ms, due.body_bytes);
    if (!what.dues.empty()) list_deadline(*queue);
    if (queue->delayed) {
      queue->delayed->arrived(first, what.expiries, what.cancel_keys);
    } else {
      watch_expiry(*queue, partition.id, first, what);
    }
  }
}

void Broker::tell_outcomes(const std::vector<OutcomeRun>& outcomes, Model model) {
  for (const OutcomeRun& run : outcomes) {
    SessionState* s = session(run.session);
    if (!s) continue;
    if (!run.refused) flow(*s, model).confirmed += run.last - run.first + 1;
    PublishOutcome outcome{run.publisher, run.first, run.last, Errc::ok, {}, run.repeated};
    if (run.refused) outcome.result = Errc::full;
    if (run.refused) outcome.text = "a queue that the message was routed to is full";
    s->events->push(SessionEvent{run.session, std::move(outcome)});
  }
}

}  // namespace rialto
