#pragma once

#include "core/base/slab.h"
#include "core/model/frames/data_frame.h"
#include "core/model/ids.h"
#include "core/model/record_batch.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace rialto {

struct PartitionState;

/// Consecutive publishes of one publisher inside one batch.
struct OutcomeRun {
  SessionId session;
  PublisherId publisher;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool refused = false;   ///< by a queue that is full; the others have it
  bool repeated = false;  ///< all of its queues had it before
};

/// A batch that is still growing: every record in it goes to every target.
struct OpenBatch {
  std::size_t place = 0;  ///< among the open ones
  std::vector<PartitionState*> targets;
  bool amqp_written = false;
  BatchBuilder builder;
  std::vector<OutcomeRun> outcomes;
  std::vector<std::int64_t> ttls_ms;       ///< one a record (-1: none), or none at all
  std::vector<std::uint8_t> priorities;    ///< the same
  std::vector<std::int64_t> dues_wall_ms;  ///< the same, in a delay partition
  std::vector<std::uint64_t> cancel_keys;  ///< the same
  std::vector<SeenEntry> seen;             ///< by what targets know some of the records

  /// `known` is what its targets remember it by.
  void add(const RecordParts& record, std::span<const SeenEntry> known = {});
  std::size_t size_bytes() const { return builder.size_bytes() + seen.size() * SeenEntry::bytes; }
  /// Forgets what it was for, once sealed.
  void clear();
};

/// Packs messages of one tick into batches by identical destination set. A batch is sealed when
/// one of its targets receives something through another set, when it is large enough, and at
/// the end of the tick; so the order within each partition is the order of arrival.
class Packer {
 public:
  /// A batch is sealed before it grows beyond this; one larger message is a batch by itself. As
  /// much as one read of a cold queue brings, and as one socket gives in a tick.
  static constexpr std::size_t batch_bytes_max = 256U << 10;

  /// `on_sealed` stages the batch; it must not add to the packer.
  explicit Packer(std::function<void(OpenBatch&)> on_sealed) : on_sealed_(std::move(on_sealed)) {}

  /// A frame has room for so much: batches stay well below it.
  void fit_into(std::size_t frame_bytes_max) {
    batch_bytes_ = std::min(batch_bytes_max, frame_bytes_max / 4);
  }
  std::size_t batch_bytes() const { return batch_bytes_; }

  /// The batch that the next record, for exactly these targets and of at most `record_bytes`,
  /// goes into.
  OpenBatch& batch_for(const std::vector<PartitionState*>& targets, bool amqp_written,
                       std::int64_t timestamp_ms, std::size_t record_bytes);
  void add(OpenBatch& batch, const RecordParts& record, const OutcomeRun& outcome,
           std::span<const SeenEntry> known = {});

  /// Seals what is open for this partition: something else is about to be appended to it.
  void seal(PartitionState& partition);
  void seal_all();

  bool empty() const { return open_count_ == 0; }
  std::size_t open_bytes() const { return open_bytes_; }

 private:
  void seal(OpenBatch& batch);

  std::function<void(OpenBatch&)> on_sealed_;
  std::vector<std::unique_ptr<OpenBatch>> open_;  // in order of opening; null: sealed since
  std::size_t open_count_ = 0;
  std::vector<std::unique_ptr<OpenBatch>> spare_;
  std::size_t open_bytes_ = 0;
  std::size_t batch_bytes_ = batch_bytes_max;
};

}  // namespace rialto
