#include "core/broker/broker.h"
#include "core/model/record_batch.h"

#include <algorithm>
#include <utility>

/// How many body bytes are ready, for queues that limit them. What arrives and what is taken is
/// counted as it passes; what was there before is read once, a window a tick.
namespace rialto {

namespace {
// After a read that failed for another reason than damage.
constexpr std::int64_t count_retry_ms = 100;
}  // namespace

/// As the policy says. Not before everything is replayed: replay knows no sizes.
void Broker::keep_byte_count(QueueView& queue) {
  if (!open_ || !queue.policy.max_length_bytes) return queue.bytes.reset();
  if (!queue.bytes) start_byte_count(queue);
}

void Broker::start_byte_count(QueueView& queue) {
  queue.bytes = std::make_unique<ReadyBytes>();
  for (const QueueView::Source& source : queue.sources) {
    const PartitionId id = source.state->id;
    queue.bytes->add_partition(id, queue.machine.floor(id), source.state->marks.high_watermark());
  }
  schedule(queue);
}

void Broker::count_bytes(QueueView& queue) {
  const auto next = queue.bytes->next_to_count();
  if (!next || queue.counting) return;
  const auto [id, from] = *next;
  const PartitionState* p = partition(id);
  if (!p) return;
  queue.counting = true;
  const ReadSpec spec{id, from, p->marks.high_watermark(), RecordSource::window_bytes};
  read({spec, std::nullopt},
       [this, queue_id = queue.record.id, spec](Result<std::vector<StoredBatch>> batches,
                                                const OffsetRun& quarantined) {
         bytes_read(queue_id, spec, std::move(batches), quarantined);
       });
}

namespace {

/// Adds the records of a batch from `from` on that are ready or out.
void count_batch(QueueView& queue, PartitionId id, Offset from, const StoredBatch& stored) {
  const Result<Slice> plain = uncompressed_batch(stored.batch);
  if (!plain) return;
  std::uint32_t position = batch_header_bytes;
  while (position < plain->size()) {
    const Result<RecordAt> at = record_at(plain->bytes(), position, stored.base_offset);
    if (!at) return;
    position = at->next;
    const Offset offset = at->record.offset;
    if (offset < from) continue;
    const std::uint64_t bytes = at->record.value.value_or(Bytes()).size();
    if (queue.machine.is_ready(id, offset)) {
      queue.bytes->ready(id, offset, bytes);
    } else if (queue.machine.is_out(id, offset)) {
      queue.bytes->held(id, offset, bytes);
    }
  }
}

}  // namespace

void Broker::bytes_read(QueueId queue_id, const ReadSpec& spec,
                        Result<std::vector<StoredBatch>> batches, const OffsetRun& quarantined) {
  QueueView* queue = view(queue_id);
  if (!queue) return;
  if (!batches && batches.error().code != Errc::corrupt) {
    timers_.at(after_ms(now_, count_retry_ms), [this, queue_id] {
      QueueView* again = view(queue_id);
      if (!again) return;
      again->counting = false;
      schedule(*again);
    });
    return;
  }
  queue->counting = false;
  schedule(*queue);
  const auto place = std::pair(spec.partition, spec.from);
  if (!queue->bytes || queue->bytes->next_to_count() != place) return;  // counted anew meanwhile
  const PartitionState* p = partition(spec.partition);
  if (!p) return;
  Offset next = spec.below;  // when nothing was there
  if (!batches) {
    next = quarantined.first == no_offset ? spec.from + 1 : quarantined.last + 1;
  } else if (!batches->empty()) {
    for (const StoredBatch& stored : *batches)
      count_batch(*queue, spec.partition, spec.from, stored);
    next = batches->back().last_offset + 1;
  }
  queue->bytes->counted_to(spec.partition, next, p->marks.high_watermark());
}

std::optional<std::uint64_t> Broker::counted_bytes(const PartitionState& p,
                                                   const Slice& batch) const {
  const bool counted = std::any_of(p.views.begin(), p.views.end(),
                                   [](const QueueView* q) { return q->bytes != nullptr; });
  if (!counted) return std::nullopt;
  const Result<std::uint64_t> bytes = body_bytes_of(batch);
  return bytes ? std::optional(*bytes) : std::nullopt;
}

void Broker::count_taken(QueueView& queue, const Assignment& to, const RecordRef& record) {
  const std::uint64_t bytes = body_bytes_of(record);
  if (to.no_ack) {
    queue.bytes->left(to.partition, to.offset, bytes);
  } else {
    queue.bytes->taken(to.partition, to.offset, bytes);
  }
}

void Broker::count_settled(QueueView& queue, PartitionId partition, const SettleOutcome& outcome) {
  for (const SettledRun& run : outcome.settled)
    queue.bytes->settled(partition, run.first, run.last);
  for (const Offset offset : outcome.moving)
    queue.bytes->settled(partition, offset, offset);
}

}  // namespace rialto
