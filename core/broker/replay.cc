#include "core/broker/broker.h"
#include "core/model/frames/codec.h"

#include <algorithm>

/// From stored frames to views, by the same functions that live operation ends in. Nothing is
/// decided here.
namespace rialto {

namespace {

Error damaged(const char* what) {
  return Error(Errc::corrupt, std::string("the ") + what +
                                  " cannot be decoded; the data was written by another version or "
                                  "is damaged");
}

}  // namespace

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
  const Arrival arrival{count,           wall_ms,          data.expiries_wall_ms,
                        data.priorities, data.cancel_keys, std::nullopt,
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

}  // namespace rialto
