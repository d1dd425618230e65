#include "core/broker/broker.h"
#include "core/broker/checkpoint_parts.h"
#include "core/model/frames/codec.h"

#include <algorithm>

/// From stored bytes to views: checkpoint parts first, then frames, by the same functions that
/// live operation ends in. Nothing is decided here.
namespace rialto {

namespace {

constexpr std::size_t objects_a_part_max = 1000;

Error damaged(const char* what) {
  return Error(Errc::corrupt, std::string("the ") + what +
                                  " cannot be decoded; the data was written by another version or "
                                  "is damaged");
}

template <class Part>
bool decode_part(const std::string& part, Part& out) {
  return decode_fields(Bytes(part).substr(1), out);
}

}  // namespace

Result<void> Broker::on_checkpoint(const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    if (part.empty()) return damaged("checkpoint");
    switch (static_cast<PartKind>(part[0])) {
      case PartKind::catalog: {
        CatalogPart in;
        if (!decode_part(part, in)) return damaged("catalogue in the checkpoint");
        restore(in.image);
        break;
      }
      case PartKind::partitions: {
        PartitionsPart in;
        if (!decode_part(part, in)) return damaged("partitions in the checkpoint");
        for (const PartitionImage& image : in.partitions) {
          PartitionState* p = partition(image.id);
          if (!p) continue;
          p->marks = image.marks;
          p->max_timestamp_ms = image.max_timestamp_ms;
          p->producers.restore(image.producers);
          p->held_back.restore(image.dues);
          restore_seen(*p, image.seen);
        }
        break;
      }
      case PartKind::queues: {
        QueuesPart in;
        if (!decode_part(part, in)) return damaged("queues in the checkpoint");
        for (const QueuePartImage& image : in.queues) {
          QueueView* queue = view(image.id);
          if (!queue) continue;
          queue->machine.restore(image.image, {now_, wall_});
          for (const QueueView::Source& source : queue->sources)
            hold_back_known(*queue, *source.state);
          if (queue->delayed) queue->delayed->restore(image.delayed);
          for (const ExpiryImage& expiry : image.expiries) {
            QueueView::Source* source = queue->source(expiry.partition);
            if (!source) continue;
            source->expiry.restore(expiry.latest_wall_ms, expiry.entries);
            for (const SettledRun& run : expiry.brought_back)
              source->brought_back.add(run.first, run.last);
            queue->may_expire = true;
          }
        }
        break;
      }
      case PartKind::offsets: {
        OffsetsPart in;
        if (!decode_part(part, in)) return damaged("committed offsets in the checkpoint");
        committed_.restore(in.image);
        break;
      }
      case PartKind::broker: {
        BrokerPart in;
        if (!decode_part(part, in)) return damaged("broker part of the checkpoint");
        next_producer_ = producer_block_end_ = in.next_producer;
        use_lease_key(in.lease_key);
        clean_epoch_ = in.clean ? in.epoch : Epoch(0);
        break;
      }
    }
  }
  return {};
}

void Broker::restore(const CatalogImage& image) {
  catalog_.restore(image);
  for (const auto& [id, topic] : catalog_.topics())
    add_topic(topic);
  for (const auto& [id, queue] : catalog_.queues())
    add_queue(queue);
  for (const auto& [id, exchange] : catalog_.exchanges())
    add_exchange(exchange);
  for (const auto& [id, binding] : catalog_.bindings()) {
    const ExchangeRecord* source = catalog_.exchange(binding.source);
    if (source) router(source->vhost).add_binding(binding);
  }
}

void Broker::use_lease_key(const std::string& key) {
  LeaseSigner::Key raw{};
  if (key.size() != raw.size()) return;
  std::copy(key.begin(), key.end(), raw.begin());
  lease_signer_.use(raw);
}

template <class Frame>
Result<void> Broker::replay_as(Bytes meta) {
  Frame frame;
  if (!decode_fields(meta, frame)) return damaged("journal frame");
  replay(frame);
  return {};
}

Result<void> Broker::on_frame(FrameKind kind, std::uint16_t, Bytes meta, std::int64_t wall_ms) {
  if (kind == FrameKind::end || kind == FrameKind::mark) return {};
  clean_epoch_ = Epoch(0);
  switch (kind) {
    case FrameKind::end:
    case FrameKind::mark: return {};
    case FrameKind::data: {
      DataMeta data;
      if (!decode_fields(meta, data)) return damaged("meta of a data frame");
      replay(data, wall_ms);
      return {};
    }
    case FrameKind::settle: return replay_as<SettleFrame>(meta);
    case FrameKind::catalog: return replay_as<CatalogFrame>(meta);
    case FrameKind::trim: return replay_as<TrimFrame>(meta);
    case FrameKind::lease: return replay_as<LeaseFrame>(meta);
    case FrameKind::offsets: return replay_as<OffsetsFrame>(meta);
    case FrameKind::producers: return replay_as<ProducersFrame>(meta);
    case FrameKind::counts: return replay_as<CountsFrame>(meta);
    case FrameKind::secret: return replay_as<SecretFrame>(meta);
    case FrameKind::unsettle: return replay_as<UnsettleFrame>(meta);
  }
  return Error(Errc::corrupt, "a journal frame is of an unknown kind; a newer version wrote it");
}

void Broker::replay(const DataMeta& data, std::int64_t wall_ms) {
  const std::int64_t count = std::int64_t{data.last_offset_delta} + 1;
  const ProducerBatch batch{data.producer_id, data.producer_epoch, data.base_sequence,
                            static_cast<std::int32_t>(data.record_count)};
  const Arrival arrival{count,           data.max_timestamp_ms, data.expiries_wall_ms,
                        data.priorities, data.cancel_keys,      std::nullopt,
                        data.dues};
  for (const DataTarget& target : data.targets) {
    if ((target.flags & DataTarget::is_volatile) != 0) continue;
    PartitionState* p = partition(target.partition);
    if (!p) continue;  // its queue or topic was deleted before the batch was staged
    p->marks.replayed(target.base_offset + count);
    p->producers.appended(batch, target.base_offset, WallMs(wall_ms));
    p->max_timestamp_ms = std::max(p->max_timestamp_ms, data.max_timestamp_ms);
    enter_views(*p, target.base_offset, arrival);
  }
  replay_seen(data);
}

void Broker::replay(const CatalogFrame& frame) {
  for (const auto& [vhost, topic] : names_of_topics(frame.removed_topics))
    committed_.remove_topic(vhost, topic);
  install(frame);
}

void Broker::replay(const SettleFrame& frame) {
  for (const SettleEntry& entry : frame.entries) {
    QueueView* queue = view(entry.queue);
    if (!queue) continue;
    for (const SettledRun& run : entry.runs) {
      queue->machine.replay_settled(entry.partition, run.first, run.last);
    }
  }
}

void Broker::replay(const UnsettleFrame& frame) {
  bring_back(frame);
}

void Broker::replay(const TrimFrame& frame) {
  trim(frame);
}

void Broker::replay(const LeaseFrame& frame) {
  QueueView* queue = view(frame.queue);
  if (!queue) return;
  for (const LeaseEntry& entry : frame.entries) {
    queue->machine.replay_lease(entry, {now_, wall_});
  }
}

void Broker::replay(const CountsFrame& frame) {
  for (const CountEntry& entry : frame.entries) {
    QueueView* queue = view(entry.queue);
    if (!queue) continue;
    queue->machine.replay_count(entry.partition, entry.offset, entry.deliveries);
    queue->machine.replay_blocked(entry.partition, entry.offset, entry.blocked);
    if (entry.ready_at_wall_ms == 0) continue;
    queue->machine.replay_wait(entry.partition, entry.offset,
                               lease_until(entry.ready_at_wall_ms, {now_, wall_}));
  }
}

void Broker::replay(const OffsetsFrame& frame) {
  committed_.apply(frame);
}

void Broker::replay(const ProducersFrame& frame) {
  next_producer_ = producer_block_end_ = frame.next;
}

void Broker::replay(const SecretFrame& frame) {
  use_lease_key(frame.key);
}

std::vector<std::string> Broker::images(bool clean) {
  const std::uint64_t lsn = engine_.last_staged().get();
  std::vector<std::string> parts;
  CatalogPart catalog{lsn, {}};
  catalog_.image(catalog.image);
  parts.push_back(encode_part(catalog));
  PartitionsPart some_partitions;
  for (const auto& [id, p] : partitions_) {
    if (p->is_volatile) continue;
    forget_due(*p, wall_.get());
    PartitionImage image{id, lsn, p->marks, p->max_timestamp_ms, {}, p->held_back.entries(), {}};
    p->producers.image(image.producers);
    if (p->seen) image.seen = p->seen->image();
    some_partitions.partitions.push_back(std::move(image));
    if (some_partitions.partitions.size() < objects_a_part_max) continue;
    parts.push_back(encode_part(some_partitions));
    some_partitions.partitions.clear();
  }
  parts.push_back(encode_part(some_partitions));
  QueuesPart some_queues;
  for (const auto& [id, queue] : queues_) {
    if (queue->is_volatile) continue;
    QueuePartImage image{id, lsn, {}, {}, {}};
    if (queue->delayed) image.delayed = delay_image(*queue);
    queue->machine.image(image.image);
    for (const QueueView::Source& source : queue->sources) {
      if (!source.expiry.active()) continue;
      image.expiries.push_back(
          {source.state->id, source.expiry.latest(), source.expiry.entries(), {}});
      source.brought_back.for_each([&](const OffsetRun& run) {
        image.expiries.back().brought_back.push_back({run.first, run.last});
      });
      // Their time may have come while they were out.
      for (const Offset offset : queue->machine.ready_after_restart(source.state->id))
        image.expiries.back().entries.push_back({0, offset});
    }
    some_queues.queues.push_back(std::move(image));
    if (some_queues.queues.size() < objects_a_part_max) continue;
    parts.push_back(encode_part(some_queues));
    some_queues.queues.clear();
  }
  parts.push_back(encode_part(some_queues));
  OffsetsPart offsets{lsn, {}};
  committed_.image(offsets.image);
  parts.push_back(encode_part(offsets));
  const auto& key = lease_signer_.key();
  parts.push_back(encode_part(BrokerPart{
      lsn, producer_block_end_, std::string(key.begin(), key.end()), clean, engine_.epoch()}));
  return parts;
}

/// Everything staged has to be durable and applied, so that append side and view side agree and
/// one LSN holds for all.
void Broker::checkpoint_if_due() {
  if (!quiescing_) {
    if (!engine_.wants_checkpoint()) return;
    packer_.seal_all();
    stage_promptly();
    quiescing_ = true;
  }
  if (!ledger_.all_durable()) return;
  engine_.checkpoint(images(false));
  quiescing_ = false;
  resumed_ = true;
  std::vector<Then> calls;
  calls.swap(held_calls_);
  for (const Then& call : calls)
    call();
}

/// Settlements alone would wait for company; somebody waits for them.
void Broker::stage_promptly() {
  if (ledger_.all_durable() && settlements_.empty()) return;
  if (stage_settlements(Haste::durable) == no_ticket) {
    stage_frame(SettleFrame(), Haste::durable, nullptr);
  }
}

Result<void> Broker::close() {
  packer_.seal_all();
  stage_promptly();
  // What becomes durable now is still applied, and goes into the last image.
  do {
    engine_.hand_over(clock_.now());
    collect(clock_.now());
    if (engine_.failed()) return *engine_.failed();
  } while (!ledger_.all_durable() && engine_.wait());
  if (ledger_.all_durable()) engine_.checkpoint(images(true));
  return engine_.close();
}

}  // namespace rialto
