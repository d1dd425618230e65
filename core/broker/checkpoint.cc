#include "core/broker/broker.h"
#include "core/broker/checkpoint_parts.h"

#include <algorithm>
#include <utility>

/// From views to the parts of a checkpoint, and back. What comes after it is replayed (replay.cc).
namespace rialto {

namespace {

constexpr std::size_t objects_a_part_max = 1000;
// A view that grows with what is pending is told in parts of about 1 MiB: there is never a second
// copy of it on the way to the disk or back.
constexpr std::size_t delayed_a_part_max = 1U << 16;

template <class Part>
bool decode_part(const std::string& part, Part& out) {
  return decode_fields(Bytes(part).substr(1), out);
}

Error damaged_part(const char* what) {
  return Error(Errc::corrupt, std::string("the ") + what +
                                  " in the checkpoint cannot be decoded; the data was written by "
                                  "another version or is damaged");
}

void put_partitions(const auto& partitions, std::uint64_t lsn, std::vector<std::string>& parts) {
  PartitionsPart some_partitions;
  for (const auto& [id, p] : partitions) {
    if (p->is_volatile) continue;
    PartitionImage image{id, lsn, p->marks, p->max_timestamp_ms, {}, p->held_back.entries(), {}};
    p->producers.image(image.producers);
    if (p->seen) image.seen = p->seen->image();
    some_partitions.partitions.push_back(std::move(image));
    if (some_partitions.partitions.size() < objects_a_part_max) continue;
    parts.push_back(encode_part(some_partitions));
    some_partitions.partitions.clear();
  }
  parts.push_back(encode_part(some_partitions));
}

void put_queues(const auto& queues, std::uint64_t lsn, std::vector<std::string>& parts) {
  QueuesPart some_queues;
  for (const auto& [id, queue] : queues) {
    if (queue->is_volatile) continue;
    QueuePartImage image{id, lsn, {}, {}, {}};
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
}

void put_delayed(const auto& queues, std::uint64_t lsn, std::vector<std::string>& parts) {
  for (const auto& [id, queue] : queues) {
    if (queue->is_volatile || !queue->delayed) continue;
    const auto put = [&, queue_id = id](DelayImage image) {
      parts.push_back(encode_part(DelayedPart{queue_id, lsn, std::move(image)}));
    };
    queue->delayed->images(delayed_a_part_max, put);
    // What is on its way has not arrived: a restart finds it due.
    DelayImage moving;
    for (const Move& move : queue->moves)
      moving.entries.push_back({0, move.offset});
    if (!moving.entries.empty()) put(std::move(moving));
  }
}

}  // namespace

template <>
void Broker::restore(const CatalogPart& part) {
  catalog_.restore(part.image);
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

template <>
void Broker::restore(const PartitionsPart& part) {
  for (const PartitionImage& image : part.partitions) {
    PartitionState* p = partition(image.id);
    if (!p) continue;
    p->marks = image.marks;
    p->max_timestamp_ms = image.max_timestamp_ms;
    p->producers.restore(image.producers);
    p->held_back.restore(image.dues);
    restore_seen(*p, image.seen);
  }
}

template <>
void Broker::restore(const QueuesPart& part) {
  for (const QueuePartImage& image : part.queues) {
    QueueView* queue = view(image.id);
    if (!queue) continue;
    queue->machine.restore(image.image, {now_, wall_});
    for (const QueueView::Source& source : queue->sources)
      hold_back_known(*queue, *source.state);
    if (queue->delayed) queue->delayed->add(image.delayed);
    for (const ExpiryImage& expiry : image.expiries) {
      QueueView::Source* source = queue->source(expiry.partition);
      if (!source) continue;
      source->expiry.restore(expiry.latest_wall_ms, expiry.entries);
      for (const SettledRun& run : expiry.brought_back)
        source->brought_back.add(run.first, run.last);
      queue->may_expire = true;
    }
  }
}

template <>
void Broker::restore(const OffsetsPart& part) {
  committed_.restore(part.image);
}

template <>
void Broker::restore(const BrokerPart& part) {
  next_producer_ = producer_block_end_ = part.next_producer;
  use_lease_key(part.lease_key);
  clean_epoch_ = part.clean ? part.epoch : Epoch(0);
}

template <>
void Broker::restore(const DelayedPart& part) {
  QueueView* queue = view(part.queue);
  if (queue && queue->delayed) queue->delayed->add(part.image);
}

template <class Part>
Result<void> Broker::restore_as(const std::string& part, const char* what) {
  Part in;
  if (!decode_part(part, in)) return damaged_part(what);
  restore(in);
  return {};
}

Result<void> Broker::on_checkpoint(const std::vector<std::string>& parts) {
  const auto restored = [this](const std::string& part) -> Result<void> {
    if (part.empty()) return damaged_part("empty part");
    switch (static_cast<PartKind>(part[0])) {
      case PartKind::catalog: return restore_as<CatalogPart>(part, "catalogue");
      case PartKind::partitions: return restore_as<PartitionsPart>(part, "list of partitions");
      case PartKind::queues: return restore_as<QueuesPart>(part, "list of queues");
      case PartKind::offsets: return restore_as<OffsetsPart>(part, "list of committed offsets");
      case PartKind::broker: return restore_as<BrokerPart>(part, "part of the broker");
      case PartKind::delayed: return restore_as<DelayedPart>(part, "list of delayed messages");
    }
    return damaged_part("part of an unknown kind");
  };
  for (const std::string& part : parts) {
    if (auto r = restored(part); !r) return r;
  }
  return {};
}

void Broker::use_lease_key(const std::string& key) {
  LeaseSigner::Key raw{};
  if (key.size() != raw.size()) return;
  std::copy(key.begin(), key.end(), raw.begin());
  lease_signer_.use(raw);
}

std::vector<std::string> Broker::images(bool clean) {
  const std::uint64_t lsn = engine_.last_staged().get();
  std::vector<std::string> parts;
  CatalogPart catalog{lsn, {}};
  catalog_.image(catalog.image);
  parts.push_back(encode_part(catalog));
  for (const auto& [id, partition] : partitions_)
    forget_due(*partition, wall_.get());
  put_partitions(partitions_, lsn, parts);
  put_queues(queues_, lsn, parts);
  OffsetsPart offsets{lsn, {}};
  committed_.image(offsets.image);
  parts.push_back(encode_part(offsets));
  const auto& key = lease_signer_.key();
  parts.push_back(encode_part(BrokerPart{
      lsn, producer_block_end_, std::string(key.begin(), key.end()), clean, engine_.epoch()}));
  put_delayed(queues_, lsn, parts);
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
