#pragma once

#include "core/engine/engine.h"
#include "core/model/frames/catalog_frame.h"
#include "core/model/frames/data_frame.h"
#include "core/model/ids.h"
#include "core/partition/marks.h"
#include "core/partition/producer_states.h"
#include "core/partition/seen_messages.h"
#include "core/queue/due_heap.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace rialto {

struct OpenBatch;
struct ParkedFetch;
struct QueueView;

/// Records that came together, whatever partitions they went to.
struct Arrival {
  std::int64_t count = 0;
  std::int64_t wall_ms = 0;
  std::vector<std::int64_t> expiries;           ///< one a record (0: never), or none at all
  std::vector<std::uint8_t> priorities;         ///< the same
  std::vector<std::uint64_t> cancel_keys = {};  ///< the same, in a delay partition
  std::optional<std::uint64_t> body_bytes = std::nullopt;  ///< of all of them, where it is known
  std::vector<RecordDue> dues = {};                        ///< of those that are held back
};

/// One partition as the broker drives it.
struct PartitionState {
  PartitionId id;
  PartitionIndex index{0};
  TopicId topic;  ///< 0: hidden
  Keep keep = Keep::none;
  bool is_volatile = false;
  PartitionMarks marks;
  ProducerStates producers;
  OpenBatch* open = nullptr;               ///< in the packer
  std::size_t batch_bytes_max = SIZE_MAX;  ///< beyond the packer's own bound
  std::int64_t max_timestamp_ms = -1;      ///< greatest of its records
  Ticket last_ticket = no_ticket;          ///< of the last write set that holds something for it
  std::vector<QueueView*> views;           ///< queue views over it
  QueueView* refusing = nullptr;           ///< one that refuses messages when it is full
  QueueView* deduplicating = nullptr;      ///< one whose policy says what is known of messages
  std::unique_ptr<SeenMessages> seen;      ///< null: nothing is
  std::vector<std::shared_ptr<ParkedFetch>> parked;  ///< fetches that wait for it to grow
  /// So many records of a partition may be held back from queues; beyond it producing such records
  /// is refused.
  static constexpr std::size_t held_back_max = 1U << 16;
  DueHeap held_back;                    ///< records that queues do not hand out before that time
  std::size_t staged_dues = 0;          ///< of such records that are not visible yet
  std::uint64_t staged_body_bytes = 0;  ///< of what is not visible yet, where they are known
  Offset trimming_to{0};                ///< a staged trim makes this the log start

  /// Where the log will start: what is in front may be gone before it is read.
  Offset stored_from() const { return std::max(marks.log_start(), trimming_to); }
  /// Messages are known by what they say themselves too.
  bool looks_at_ids() const;
  std::int64_t dedup_window_ms() const;
};

}  // namespace rialto
