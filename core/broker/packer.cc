#include "core/broker/packer.h"

#include "core/broker/partition_state.h"

namespace rialto {

namespace {
// Spare builders keep their memory, so that a steady stream allocates nothing.
constexpr std::size_t spare_batches_max = 16;
}  // namespace

void OpenBatch::add(const RecordParts& record, std::span<const SeenEntry> known) {
  const auto before = static_cast<std::size_t>(builder.count());
  if (record.ttl_ms || !ttls_ms.empty()) {
    ttls_ms.resize(before, -1);
    ttls_ms.push_back(record.ttl_ms.value_or(-1));
  }
  if (record.priority != 0 || !priorities.empty()) {
    priorities.resize(before, 0);
    priorities.push_back(record.priority);
  }
  if (record.due_wall_ms != 0) dues_wall_ms.push_back(record.due_wall_ms);
  if (record.cancel_key != 0 || !cancel_keys.empty()) {
    cancel_keys.resize(before, 0);
    cancel_keys.push_back(record.cancel_key);
  }
  seen.insert(seen.end(), known.begin(), known.end());
  builder.add(record);
}

void OpenBatch::clear() {
  targets.clear();
  outcomes.clear();
  ttls_ms.clear();
  priorities.clear();
  dues_wall_ms.clear();
  cancel_keys.clear();
  seen.clear();
}

OpenBatch& Packer::batch_for(const std::vector<PartitionState*>& targets, bool amqp_written,
                             std::int64_t timestamp_ms, std::size_t record_bytes) {
  OpenBatch* open = targets.front()->open;
  const std::size_t bytes_max = std::min(batch_bytes_, targets.front()->batch_bytes_max);
  if (open && open->amqp_written == amqp_written &&
      open->size_bytes() + record_bytes <= bytes_max && open->targets == targets) {
    return *open;
  }
  for (PartitionState* target : targets)
    seal(*target);
  std::unique_ptr<OpenBatch> batch;
  if (spare_.empty()) {
    batch = std::make_unique<OpenBatch>();
  } else {
    batch = std::move(spare_.back());
    spare_.pop_back();
  }
  batch->place = open_.size();
  batch->targets = targets;
  batch->amqp_written = amqp_written;
  batch->builder.begin(timestamp_ms);
  for (PartitionState* target : targets)
    target->open = batch.get();
  open_bytes_ += batch->builder.size_bytes() + targets.size() * DataTarget::bytes;
  ++open_count_;
  open_.push_back(std::move(batch));
  return *open_.back();
}

void Packer::add(OpenBatch& batch, const RecordParts& record, const OutcomeRun& outcome,
                 std::span<const SeenEntry> known) {
  const std::size_t before = batch.size_bytes();
  batch.add(record, known);
  open_bytes_ += batch.size_bytes() - before;
  if (outcome.first == 0) return;
  OutcomeRun* last = batch.outcomes.empty() ? nullptr : &batch.outcomes.back();
  if (last && last->session == outcome.session && last->publisher == outcome.publisher &&
      last->refused == outcome.refused && last->last + 1 == outcome.first) {
    last->last = outcome.last;
  } else {
    batch.outcomes.push_back(outcome);
  }
}

void Packer::seal(PartitionState& partition) {
  if (partition.open) seal(*partition.open);
}

void Packer::seal_all() {
  for (std::size_t i = 0; i < open_.size(); ++i) {
    if (open_[i]) seal(*open_[i]);
  }
  open_.clear();
}

void Packer::seal(OpenBatch& batch) {
  std::unique_ptr<OpenBatch> sealed = std::move(open_[batch.place]);
  for (PartitionState* target : sealed->targets)
    target->open = nullptr;
  open_bytes_ -= sealed->size_bytes() + sealed->targets.size() * DataTarget::bytes;
  --open_count_;
  on_sealed_(*sealed);
  sealed->clear();
  if (spare_.size() < spare_batches_max) spare_.push_back(std::move(sealed));
}

}  // namespace rialto
