#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/slab.h"
#include "core/model/frames/data_frame.h"
#include "core/model/frames/frame_kind.h"
#include "core/model/frames/view_frames.h"
#include "core/model/ids.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rialto {

/// Names a staged write set; later sets have greater tickets. Durable events come in this order.
using Ticket = StrongInt<struct TicketTag, std::uint64_t>;
constexpr Ticket no_ticket{0};

/// How soon a staged set has to be safe.
enum class Haste : std::uint8_t {
  lazy,     ///< settlements: may wait for company
  written,  ///< volatile targets only: no sync on their account
  durable,  ///< somebody waits
};

/// One frame of a write set. For data frames `data` says what the engine has to index; its
/// encoded form is the frame's meta.
struct StagedFrame {
  FrameKind kind = FrameKind::mark;
  std::uint16_t flags = 0;
  std::string meta;  ///< encoded; for data frames made from `data` by the caller (encode_fields)
  Slice payload;     ///< record batch, data frames only
  DataMeta data;     ///< data frames only
};

using WriteSet = std::vector<StagedFrame>;

/// A batch as stored: bytes as they came, base offset and epoch to be stamped on the way out.
struct StoredBatch {
  Offset base_offset;
  Offset last_offset;
  std::int64_t max_timestamp_ms = 0;
  Epoch epoch;
  bool amqp_written = false;
  std::int64_t wall_ms = 0;  ///< when it was stored, to a few milliseconds
  Slice batch;
};

using ReadToken = StrongInt<struct ReadTokenTag, std::uint64_t>;

struct ReadSpec {
  PartitionId partition;
  Offset from;                ///< batches that hold this offset or greater ones
  Offset below;               ///< exclusive: batches that start at or above it are left out
  std::size_t bytes_max = 0;  ///< the first batch comes even when it is larger
};

/// `ready`: batches are there (none at all when nothing is stored in the range). `pending`: they
/// come with Progress under the token. `busy`: the cold-read bound is reached, ask again later.
struct ReadOutcome {
  enum class State : std::uint8_t { ready, pending, busy } state = State::ready;
  std::vector<StoredBatch> batches;
};

/// Errc::corrupt: the batch that holds `quarantined` cannot be read, its neighbours can; go on
/// after `quarantined.last`. Batches in front of a damaged one come by themselves first.
struct CompletedRead {
  ReadToken token;
  Result<std::vector<StoredBatch>> batches;
  OffsetRun quarantined{no_offset, no_offset};
};

/// Where a look through the history goes on; at first: the oldest that is stored.
struct HistoryPosition {
  std::uint64_t at = 0;
  Epoch epoch{0};
};

/// Which journalled settlements to look for.
struct HistoryAsk {
  QueueId queue;
  HistoryPosition from;
  std::size_t runs_max = 0;  ///< about how many runs one answer may bring
};

/// Durable settlements of one queue view in the order in which they happened.
struct SettledHistory {
  struct Entry {
    std::int64_t wall_ms = 0;
    SettleEntry settled;
  };
  std::vector<Entry> entries;
  std::optional<HistoryPosition> next;  ///< nothing: these were the last
};

struct CompletedHistory {
  ReadToken token;
  Result<SettledHistory> found;
};

/// What happened since the last poll.
struct Progress {
  Ticket written = no_ticket;  ///< every set up to this one is in the page cache
  Ticket durable = no_ticket;  ///< every set up to this one survives a power cut
  std::vector<CompletedRead> reads;
  std::vector<CompletedHistory> histories;
};

/// Which partitions have records in one unit of storage (a slot).
struct StorageUnit {
  struct Held {
    PartitionId partition;
    Offset first;
    Offset last;
  };
  std::uint64_t number = 0;
  std::vector<Held> held;
};

/// The records of one partition in one unit of storage.
struct StoredRun {
  std::uint64_t unit = 0;
  Offset first;
  Offset end;  ///< where the next run begins, or after the last record
  std::uint64_t bytes = 0;
  /// Rounded up to a second. Of the unit that grows: INT64_MAX.
  std::int64_t max_timestamp_ms = 0;
};

/// Which records of a partition somebody can still ask for: those from the log start on, and
/// older ones that a queue has not settled.
struct KeptRecords {
  PartitionId partition;
  Offset first;  ///< nothing below is kept
  Offset log_start;
  Offset log_end;
  /// Whether a queue waits for one of these, which lie below the log start.
  std::function<bool(Offset first, Offset last)> any_waits_in;
};

/// What the engine finds when it opens; see replay() of each object's owner for what they do
/// with it. Meta is decoded by the caller with decode_fields.
class EngineReplay {
 public:
  virtual ~EngineReplay() = default;
  virtual Result<void> on_checkpoint(const std::vector<std::string>& parts) = 0;
  virtual Result<void> on_frame(FrameKind kind, std::uint16_t flags, Bytes meta,
                                std::int64_t wall_ms) = 0;
};

/// Where write sets become durable and batches are found again. One implementation is embedded
/// (the journal of this data directory), one is a fake that commits when a test tells it; a
/// cluster comes later. All calls from the core thread.
class Engine {
 public:
  virtual ~Engine() = default;

  /// Replays what is stored. Called once, before anything else.
  virtual Result<void> open(EngineReplay& replay) = 0;

  /// False: staging is full for this haste, nothing may be staged now (publishers wait;
  /// settlements have a reserve of their own).
  virtual bool admits(std::size_t bytes, Haste haste) const = 0;

  /// Greatest meta + payload of one frame; a larger one must not be staged. After open().
  virtual std::size_t frame_bytes_max() const = 0;

  /// Takes a write set, all or nothing, in order. Batches can be read at once (volatile queues
  /// do). A set that is lost means the process has ended.
  virtual Ticket stage(WriteSet set, Haste haste) = 0;

  /// End of tick: lets the staged sets go.
  virtual void hand_over(Instant now) = 0;
  /// The same for a caller who has nothing else to do: it may wait inside until they are durable.
  virtual void hand_over_and_wait(Instant now) { hand_over(now); }
  virtual Progress poll(Instant now) = 0;
  virtual Instant next_deadline() const = 0;

  /// Set: durability failed; nothing more will be confirmed and the process must end.
  virtual const Error* failed() const = 0;

  virtual ReadOutcome read(const ReadSpec& spec, ReadToken token) = 0;
  /// The first batch whose max timestamp is >= `timestamp_ms`; same outcomes as read().
  virtual ReadOutcome read_at_time(PartitionId partition, std::int64_t timestamp_ms,
                                   ReadToken token) = 0;

  /// Brings the batches that hold these offsets into the memory of the operating system, all of
  /// them at a time: read() hardly ever waits for one of them then. `token` completes when that is
  /// done, without batches. False: no room for a cold read, none is on disk, or it was just done.
  virtual bool warm(PartitionId partition, const std::vector<Offset>& offsets, ReadToken token) = 0;

  /// Looks for settlements as far back as there are stored frames, a part of them at a time; the
  /// answer comes with Progress. False: the cold-read bound is reached, ask again later.
  virtual bool read_history(const HistoryAsk& ask, ReadToken token) = 0;

  /// Forgets where records are that are not kept (a trim frame is durable), or the whole
  /// partition. Not remembered over a restart: their owner repeats it after open().
  virtual void trim(const KeptRecords& kept) = 0;
  virtual void drop(PartitionId partition) = 0;
  /// Where the records of a partition below `log_end` are that were not forgotten, oldest first.
  /// Empty as well while not everything about it is known.
  virtual std::vector<StoredRun> stored(PartitionId partition, Offset log_end) const = 0;

  virtual Epoch epoch() const = 0;
  virtual Ticket last_staged() const = 0;

  /// True once a slot was rolled since the last checkpoint: the broker then takes one at the
  /// next moment at which everything staged is durable and applied.
  virtual bool wants_checkpoint() const = 0;
  /// Valid at the durable ticket of the last poll(): `parts` hold the effect of every set up to
  /// it and of none after it.
  virtual void checkpoint(std::vector<std::string> parts) = 0;
  /// Closed storage units wholly below the checkpoint, oldest first, from `number` on: a few of
  /// them, and none while what they hold is being looked up (ask again at a later tick). They may
  /// name partitions that were dropped or trimmed since: their owner knows.
  virtual std::vector<StorageUnit> closed_units(std::uint64_t number) = 0;
  /// Those among the closed units below `number` of which every record was forgotten by trim()
  /// and drop().
  virtual std::vector<std::uint64_t> empty_units(std::uint64_t number) const = 0;
  /// Gives empty units back. What emptied them has to be durable.
  virtual void release_units(const std::vector<std::uint64_t>& numbers) = 0;
  /// The unit that grows.
  virtual std::uint64_t open_unit() const = 0;
  virtual std::uint64_t stored_bytes() const = 0;

  /// Blocks until poll() has something new, for a clean stop only. False: nothing will come by
  /// itself.
  virtual bool wait() { return false; }
  /// Waits until everything staged is durable and stops.
  virtual Result<void> close() = 0;
};

}  // namespace rialto
