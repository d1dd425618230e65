#include "core/broker/batch_size.h"
#include "core/broker/broker.h"
#include "core/broker/delay.h"
#include "core/queue/delivery_state.h"

#include <algorithm>

/// Produce: batches straight into partitions.
namespace rialto {

namespace {

constexpr std::int64_t batch_bytes_default = 1'048'588;  // Kafka's max.message.bytes

/// What the topic says, else `otherwise`; a queue's topic takes what its queue takes.
std::int64_t batch_bytes_max(const TopicRecord& topic, std::int64_t otherwise) {
  if (topic.of_queue) return message_bytes_max;
  for (const TopicConfig& config : topic.configs) {
    if (config.name == "max.message.bytes") return std::strtoll(config.value.c_str(), nullptr, 10);
  }
  return otherwise;
}

}  // namespace

Error check_size(std::size_t batch_bytes, const TopicRecord& topic, std::int64_t otherwise) {
  const std::int64_t takes = batch_bytes_max(topic, otherwise);
  if (static_cast<std::int64_t>(batch_bytes) <= takes) return {};
  return {Errc::too_large, "the batch has " + std::to_string(batch_bytes) + " bytes and topic '" +
                               topic.name + "' takes " + std::to_string(takes)};
}

Result<std::vector<RecordDue>> Broker::dues_of(PartitionState& p,
                                               const std::vector<RecordDelay>& delays) {
  std::vector<RecordDue> dues;
  if (delays.empty()) return dues;
  const std::int64_t now_ms = clock_.wall().get();
  forget_due(p, now_ms);
  for (const RecordDelay& delay : delays) {
    const auto due_wall_ms = due_time(now_ms, delay.ms, delay.at_wall_ms);
    if (!due_wall_ms) {
      return Error(Errc::invalid_record,
                   "record " + std::to_string(delay.index) + " is delayed by more than ten years");
    }
    if (*due_wall_ms > now_ms) dues.push_back({delay.index, *due_wall_ms, delay.body_bytes});
  }
  const std::size_t held_back = p.held_back.size() + p.staged_dues + dues.size();
  if (held_back > PartitionState::held_back_max) {
    return Error(Errc::full, "the partition holds " +
                                 std::to_string(PartitionState::held_back_max) +
                                 " records that wait for their time, and no more");
  }
  return dues;
}

void Broker::forget_due(PartitionState& p, std::int64_t wall_ms) {
  while (p.held_back.pop_due(wall_ms))
    continue;
}

void Broker::hold_back(QueueView& queue, PartitionId id, Offset offset, std::int64_t due_wall_ms,
                       std::uint64_t body_bytes) {
  // Who reads the log sees it at once.
  if (!queue.holds || due_wall_ms <= wall_.get() || !queue.machine.is_ready(id, offset)) return;
  queue.machine.delay(id, offset, lease_until(due_wall_ms, {now_, wall_}), WaitsFor::its_time);
  if (queue.bytes) queue.bytes->taken(id, offset, body_bytes);
}

void Broker::hold_back_known(QueueView& queue, const PartitionState& partition) {
  for (const DueHeap::Entry& entry : partition.held_back.entries())
    hold_back(queue, partition.id, entry.offset, entry.at_wall_ms, 0);
}

Ticket Broker::stage_produced(PartitionState& p, const ProducePart& part, ProducedPart& out,
                              std::uint64_t& accepted) {
  const Slice& batch_bytes = part.batch;
  const Result<BatchHeader> header = decode_batch_header(batch_bytes.bytes());
  if (!header) {
    out.error = Errc::corrupt;
    return no_ticket;
  }
  if (!fits_frame(batch_bytes.size(), 1)) {
    out.error = Errc::too_large;
    out.text = "the batch is larger than what storage.slot_bytes has room for";
    return no_ticket;
  }
  const ProducerBatch batch{ProducerId(header->producer_id), ProducerEpoch(header->producer_epoch),
                            Sequence(header->base_sequence), header->record_count};
  const ProducerVerdict verdict = p.producers.check(batch);
  out.error = verdict.error;
  out.base_offset = verdict.base_offset;
  out.log_start = p.marks.log_start();
  if (verdict.error != Errc::ok) return no_ticket;
  if (verdict.duplicate) return p.last_ticket;
  const std::optional<std::uint64_t> body_bytes = counted_bytes(p, batch_bytes);
  if (is_full(p, {1, body_bytes.value_or(0)})) {
    out.error = Errc::full;
    out.text = "the queue of this topic is full";
    return no_ticket;
  }
  Result<std::vector<RecordDue>> dues = dues_of(p, part.delays);
  if (!dues) {
    out.error = dues.error().code;
    out.text = dues.error().text;
    return no_ticket;
  }
  packer_.seal(p);
  stage_settlements(Haste::lazy);
  const std::int64_t count = std::int64_t{header->last_offset_delta} + 1;
  const Offset base = p.marks.stage(count);
  p.producers.appended(batch, base, wall_);
  p.max_timestamp_ms = std::max(p.max_timestamp_ms, header->max_timestamp);
  p.staged_body_bytes += body_bytes.value_or(0);
  WriteSet set(1);
  StagedFrame& frame = set[0];
  frame.kind = FrameKind::data;
  frame.payload = batch_bytes;
  DataMeta& meta = frame.data;
  meta.targets.push_back(
      DataTarget{p.id, base, p.is_volatile ? DataTarget::is_volatile : std::uint8_t{0}});
  meta.record_count = static_cast<std::uint32_t>(header->record_count);
  meta.last_offset_delta = header->last_offset_delta;
  meta.max_timestamp_ms = header->max_timestamp;
  meta.producer_id = batch.producer;
  meta.producer_epoch = batch.epoch;
  meta.base_sequence = batch.first;
  meta.dues = *dues;
  p.staged_dues += dues->size();
  frame.meta = encode_fields(meta);
  p.last_ticket = engine_.stage(std::move(set), Haste::durable);
  const Arrival what{count, wall_.get(), {}, {}, {}, body_bytes, std::move(*dues)};
  ledger_.staged(p.last_ticket, now_, [this, id = p.id, base, what] {
    if (PartitionState* now = partition(id)) arrived(*now, base, what);
  });
  out.base_offset = base;
  accepted += header->record_count > 0 ? static_cast<std::uint64_t>(header->record_count) : 0;
  return p.last_ticket;
}

template <>
void handle<Produce>(Broker& b, SessionId id, Produce what, Reply<Produce::Answer> reply) {
  SessionState* s = b.session(id);
  if (!s) return;
  const std::string& vhost = s->who.vhost;
  auto answer = std::make_shared<Produce::Answer>(what.parts.size());
  Ticket last = no_ticket;
  FlowCounters& counters = b.flow(*s, Model::topic);
  std::uint64_t accepted = 0;
  for (std::size_t i = 0; i < what.parts.size(); ++i) {
    const ProducePart& part = what.parts[i];
    ProducedPart& out = (*answer)[i];
    PartitionState* p = b.partition(vhost, part.topic, part.partition);
    const TopicRecord* topic = b.catalog_.topic(vhost, part.topic);
    if (!p || !topic) {
      out.error = Errc::not_found;
      continue;
    }
    if (Error error = check_size(part.batch.size(), *topic, batch_bytes_default);
        error.code != Errc::ok) {
      out.error = error.code;
      out.text = std::move(error.text);
      continue;
    }
    const std::uint64_t before = accepted;
    last = std::max(last, b.stage_produced(*p, part, out, accepted));
    if (accepted != before) counters.received_bytes += part.batch.size();
  }
  for (const ProducedPart& out : *answer)
    counters.refused += out.error == Errc::ok ? 0 : 1;
  counters.received += accepted;
  auto tell = [&b, id, answer, accepted, reply] {
    if (SessionState* now = b.session(id)) b.flow(*now, Model::topic).confirmed += accepted;
    reply(std::move(*answer));
  };
  if (what.acks == 0) return reply(std::move(*answer));
  if (what.acks == 1) return b.ledger_.when_written(last, tell);
  b.ledger_.when_durable(last, tell);
}

template <>
void handle<NewProducerId>(Broker& b, SessionId, NewProducerId,
                           Reply<NewProducerId::Answer> reply) {
  constexpr std::int64_t block = 1000;
  if (b.next_producer_ == b.producer_block_end_) {
    // The block is durable before an id of it is told: a restart goes on behind it.
    b.producer_block_end_ = b.next_producer_ + block;
    b.producer_block_ticket_ =
        b.stage_frame(ProducersFrame{b.producer_block_end_}, Haste::durable, nullptr);
  }
  const ProducerId id = b.next_producer_;
  ++b.next_producer_;
  b.ledger_.when_durable(b.producer_block_ticket_, [reply, id] {
    reply(NewProducerId::Answer{id, ProducerEpoch(0)});
  });
}

}  // namespace rialto
