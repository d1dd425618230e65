#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/slab.h"
#include "core/journal/file.h"
#include "core/model/frames/frame_kind.h"
#include "core/model/ids.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rialto {

struct JournalOptions {
  std::uint64_t slot_bytes = 64ULL << 20;  ///< fixed when the directory is created
  /// `always`: durable means fdatasync returned. `never`: durable means written (fsync: os).
  bool sync = true;
  std::int64_t lazy_ms = 50;                     ///< how long a group that only settles may wait
  std::uint64_t lazy_bytes = 1ULL << 20;         ///< and how large it may grow meanwhile
  std::uint64_t frame_bytes_max = 32ULL << 20;   ///< or what fits a slot, when that is less
  std::uint64_t staging_bytes_max = 8ULL << 20;  ///< staged and not yet durable
  std::uint64_t staging_reserve_bytes = 1ULL << 20;  ///< on top, for settlements only
  std::int64_t written_sync_ms = 200;                ///< how long written-only sets stay unsynced
  std::uint64_t written_sync_bytes = 8ULL << 20;     ///< and how many bytes of them
  std::int64_t mark_idle_ms = 50;                    ///< idle time before a mark frame is written
  /// An operator's word: go on past damaged frames that otherwise stop the start. Each one is
  /// named in the report.
  bool skip_damage = false;
  /// Tests and simulation: the log and the background work run inside of hand_over(), poll() and
  /// close() instead of on threads.
  bool inline_work = false;
};

/// What opening found out.
struct RecoveryReport {
  Lsn replayed_from;
  Lsn durable_known;  ///< greatest LSN proven to have been on disk
  Lsn tail;           ///< where new frames start
  std::uint64_t frames = 0;
  std::uint64_t dropped_bytes = 0;    ///< of torn or incomplete sets that were never durable
  std::vector<std::string> findings;  ///< one sentence each: damage, and what was done about it
};

/// One frame as it was read back. Views live until the visitor returns.
struct ReplayedFrame {
  FrameKind kind;
  std::uint16_t flags = 0;
  Epoch epoch;
  Lsn lsn;        ///< address of its header
  Lsn set_first;  ///< LSN of the first frame of its write set
  Lsn end;        ///< address after it
  std::int64_t wall_ms = 0;
  Bytes meta;
  /// Checked above the last known durable LSN only; below it the payload is neither read nor
  /// checked during replay and this view is empty (payload_bytes still tells its size).
  std::uint32_t payload_bytes = 0;
};

/// Receives what recovery finds, in LSN order, whole write sets only. `end` and `mark` frames are
/// not shown.
class JournalReplay {
 public:
  virtual ~JournalReplay() = default;
  /// The newest complete checkpoint: its parts, and the LSN replay goes on from. Called first,
  /// and only when there is a checkpoint.
  virtual Result<void> on_checkpoint(Lsn lsn, const std::vector<std::string>& parts) = 0;
  virtual Result<void> on_frame(const ReplayedFrame& frame) = 0;
};

/// How soon a staged set has to reach the disk.
enum class Urgency : std::uint8_t {
  lazy,     ///< settlements: may wait lazy_ms for company
  written,  ///< only volatile targets: written, no sync needed on their account
  durable,  ///< somebody waits for the sync
};

/// A frame to append. `meta` is encoded already; `payload` is shared, never copied.
struct NewFrame {
  FrameKind kind = FrameKind::mark;
  std::uint16_t flags = 0;
  std::string meta;
  Slice payload;
};

/// What the slot table knows of one slot.
struct SlotInfo {
  std::uint64_t number = 0;  ///< position in the journal: first LSN / slot_bytes
  Lsn first;
  bool sealed = false;
};

/// The append-only log of one data directory. Everything but read() belongs to the core thread.
///
/// Durable has one meaning here: `durable()` has passed a frame's end. After a failed write or
/// sync the journal is failed for good: durable() never moves again and failed() says why; the
/// process has to end and recover from the disk (never retry fsync: the pages are marked clean).
class Journal {
 public:
  virtual ~Journal() = default;

  /// Opens or creates the journal in `dir` and replays it into `replay`. Takes the directory's
  /// lock. Errors name the file, the byte and what to do.
  static Result<std::unique_ptr<Journal>> open(const JournalOptions& options, Directory& dir,
                                               const Clock& clock, JournalReplay& replay);

  /// True when a set of this many bytes fits the staging bound (or is alone) and the prepared
  /// slots. A refusal for want of a slot hurries the next one: next_deadline() is then now.
  virtual bool admits(std::uint64_t bytes, Urgency urgency) const = 0;

  /// Appends one write set of contiguous frames to the open group; its place is known at once.
  /// Returns the LSN of each frame, and in `end` the address after the last. A set never crosses
  /// a slot unless it is larger than one. The caller asked admits() before.
  struct Staged {
    std::vector<Lsn> lsns;
    Lsn end;
  };
  virtual Staged stage(std::vector<NewFrame> set, Urgency urgency) = 0;

  /// End of tick: gives the open group to the log thread when it can take one (one is being
  /// synced, small ones join the one that waits). Lazy groups wait for their time. Never blocks.
  virtual void hand_over(Instant now) = 0;
  /// The same for a caller who has nothing else to do: a group of at most alone_bytes_max is
  /// written and synced inside of the call, when the log thread has nothing and the last sync was
  /// quick (LogThread::quick_sync_us). It saves the wake-ups of two threads, which take about as
  /// long together as half a sync.
  virtual void hand_over_and_wait(Instant now) = 0;
  static constexpr std::uint64_t alone_bytes_max = 16U << 10;
  /// When hand_over wants to be called again although nothing new was staged.
  virtual Instant next_deadline() const = 0;

  virtual Lsn durable() const = 0;  ///< everything below is on disk
  virtual Lsn written() const = 0;  ///< everything below is in the page cache
  /// Next LSN to be given. A mark frame moves it without ever becoming durable by itself, so
  /// waiting is for the end of one's own last set, never for durable() == staged().
  virtual Lsn staged() const = 0;
  virtual Epoch epoch() const = 0;
  virtual const Error* failed() const = 0;

  /// Called after durable(), written() or failed() moved: from the log thread, and inside of
  /// hand_over_and_wait(). written() alone is told only when a set of Urgency::written waits for
  /// it. From the background thread too, when poll() has something to do. Set once, before the
  /// first hand_over; must only wake somebody up. May be called until the journal is destroyed,
  /// after close() too.
  virtual void on_progress(std::function<void()> wake) = 0;

  /// Copies bytes at `lsn` into `out`; any thread. The range must lie in one live slot and below
  /// written(). `nowait` gives Errc::full instead of waiting for the disk.
  virtual Result<void> read(Lsn lsn, char* out, std::size_t bytes, bool nowait) const = 0;
  /// Tells the disk that such bytes will be read soon; any thread, does not wait.
  virtual void will_need(Lsn lsn, std::uint64_t bytes) const = 0;

  /// Live slots, oldest first; the last one is open.
  virtual std::vector<SlotInfo> slots() const = 0;
  virtual std::uint64_t slot_bytes() const = 0;

  /// Writes a checkpoint holding `parts`, valid at `lsn` (<= durable()), and names it in the
  /// manifest; the previous one is kept. Runs in the background; `done` is called from poll().
  virtual void write_checkpoint(Lsn lsn, std::vector<std::string> parts,
                                std::function<void(Result<void>)> done) = 0;
  /// The LSN recovery would replay from now.
  virtual Lsn checkpoint_lsn() const = 0;

  /// Gives these slots back to the pool, but for those that reach above the checkpoint. In any
  /// order: younger ones may stay. Their LSNs can no longer be read afterwards.
  virtual void release(const std::vector<std::uint64_t>& numbers) = 0;

  /// Runs callbacks of finished background work and goes on preparing the spare slot, as far as
  /// the open one is filled. Once a tick.
  virtual void poll(Instant now) = 0;

  /// Hands over and waits until everything staged is durable, then stops the threads. A clean
  /// stop writes a checkpoint first (the caller does).
  virtual Result<void> close() = 0;

  /// True while the disk has no room for the next slot. Publishing has to stop: what is left of
  /// the prepared slots belongs to settlements (admits() keeps it for them). Ends by itself.
  virtual bool no_space() const = 0;
  /// Greatest meta + payload of one frame.
  virtual std::uint64_t frame_bytes_max() const = 0;
  virtual const RecoveryReport& report() const = 0;
  /// What header CRCs start from here; for frame.h.
  virtual std::uint32_t frame_seed() const = 0;

  /// Where side files that can be rebuilt may be kept.
  virtual Directory& directory() = 0;
};

}  // namespace rialto
