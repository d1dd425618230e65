#pragma once

#include "core/engine/engine.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rialto {

/// An engine in memory that does what a test tells it: a set becomes written when it is handed
/// over, and durable when the test says commit(). Nothing happens by itself, so every order of
/// events that a disk could produce can be written down as a script.
///
///   broker.tick(); fake.commit(1); broker.tick();  // the first set is durable, the second not
class FakeEngine final : public Engine {
 public:
  /// One staged write set, as it came.
  struct StagedSet {
    Ticket ticket;
    Haste haste = Haste::durable;
    Epoch epoch;
    std::int64_t wall_ms = 0;
    std::uint64_t unit = 0;
    WriteSet frames;
  };

  FakeEngine() = default;

  // What a test tells it.

  /// The next `count` sets that were handed over become durable. Returns how many there were.
  std::size_t commit(std::size_t count);
  std::size_t commit_all() { return commit(SIZE_MAX); }
  /// Handed-over sets stay unwritten until this is switched off again (acks=1 waits for written).
  void hold_writes(bool on);
  /// Durability is broken from now on, as after a failed fsync.
  void fail(Error error) { failed_ = std::move(error); }
  /// Nothing but settlements is admitted.
  void set_full(bool on) { full_ = on; }
  /// Every read answers `busy`.
  void set_busy(bool on) { busy_ = on; }
  /// Reads answer `pending` from now on; complete_reads() finishes what is outstanding, and
  /// the results come with the next poll().
  void hold_reads(bool on) { hold_reads_ = on; }
  /// Something comes with the next poll().
  bool has_completed() const { return !completed_.empty() || !histories_.empty(); }
  std::size_t held_reads() const { return held_.size(); }
  /// What warm() was asked for, in order; it is done with the next poll().
  const std::vector<Offset>& warmed() const { return warmed_; }
  void complete_reads();
  /// The batch that holds this offset can no longer be read.
  void rot(PartitionId partition, Offset offset);
  void set_wall(WallMs wall) { wall_ = wall; }
  void set_frame_bytes_max(std::size_t bytes) { frame_bytes_max_ = bytes; }
  /// Closes the open storage unit, as a slot roll does: wants_checkpoint() becomes true.
  void roll();

  /// The process ends now without a word and starts again: an engine that holds what was durable
  /// and nothing else. `restarted_with` keeps `extra` written sets beyond that, as a disk may.
  std::unique_ptr<FakeEngine> restarted() const { return restarted_with(0); }
  std::unique_ptr<FakeEngine> restarted_with(std::size_t extra) const;

  // What a test looks at.

  /// Everything staged and not released, in order, durable or not.
  const std::vector<StagedSet>& sets() const { return sets_; }
  std::size_t durable_count() const;
  std::size_t handed_over_count() const;
  const std::optional<std::vector<std::string>>& checkpoint_parts() const { return parts_; }

  Result<void> open(EngineReplay& replay) override;
  bool admits(std::size_t bytes, Haste haste) const override;
  std::size_t frame_bytes_max() const override { return frame_bytes_max_; }
  Ticket stage(WriteSet set, Haste haste) override;
  void hand_over(Instant now) override;
  /// The disk is quick.
  void hand_over_and_wait(Instant now) override {
    hand_over(now);
    commit_all();
  }
  Progress poll(Instant now) override;
  Instant next_deadline() const override { return no_deadline; }
  const Error* failed() const override { return failed_ ? &*failed_ : nullptr; }
  ReadOutcome read(const ReadSpec& spec, ReadToken token) override;
  ReadOutcome read_at_time(PartitionId partition, std::int64_t timestamp_ms,
                           ReadToken token) override;
  bool warm(PartitionId partition, const std::vector<Offset>& offsets, ReadToken token) override;
  bool read_history(const HistoryAsk& ask, ReadToken token) override;
  void trim(const KeptRecords& kept) override;
  void drop(PartitionId partition) override { index_.erase(partition); }
  std::vector<StoredRun> stored(PartitionId partition, Offset log_end) const override;
  Epoch epoch() const override { return epoch_; }
  Ticket last_staged() const override { return staged_; }
  bool wants_checkpoint() const override { return wants_checkpoint_; }
  void checkpoint(std::vector<std::string> parts) override;
  std::vector<StorageUnit> closed_units(std::uint64_t number) override;
  std::vector<std::uint64_t> empty_units(std::uint64_t number) const override;
  void release_units(const std::vector<std::uint64_t>& numbers) override;
  std::uint64_t open_unit() const override { return unit_; }
  std::uint64_t stored_bytes() const override;
  /// The disk catches up with what was handed over.
  bool wait() override { return commit_all() > 0; }
  Result<void> close() override;

 private:
  struct Placed {
    std::uint64_t unit = 0;
    std::int64_t max_timestamp_ms = 0;
    bool rotten = false;
    StoredBatch batch;
  };
  using Log = std::map<Offset, Placed>;  // by base offset

  struct HeldRead {
    ReadToken token;
    ReadSpec spec;
  };

  void place(const StagedSet& set, const StagedFrame& frame, bool with_volatile);
  /// Numbers of the units wholly below the checkpoint.
  std::set<std::uint64_t> closed() const;
  const Placed* first_of(const ReadSpec& spec) const;
  CompletedRead perform(const ReadSpec& spec, ReadToken token) const;
  ReadOutcome answer(const ReadSpec& spec, ReadToken token);

  std::vector<StagedSet> sets_;
  std::map<PartitionId, Log> index_;
  std::vector<HeldRead> held_;
  std::vector<Offset> warmed_;
  std::vector<CompletedRead> completed_;
  std::vector<CompletedHistory> histories_;
  std::optional<Error> failed_;
  std::optional<std::vector<std::string>> parts_;
  Ticket staged_;
  Ticket handed_over_;
  Ticket written_;
  Ticket durable_;
  Ticket polled_;
  Ticket checkpoint_;
  Epoch epoch_{1};
  WallMs wall_{1'700'000'000'000};
  std::uint64_t unit_ = 1;
  std::size_t frame_bytes_max_ = 32U << 20;
  bool opened_ = false;
  bool full_ = false;
  bool busy_ = false;
  bool hold_reads_ = false;
  bool hold_writes_ = false;
  bool wants_checkpoint_ = false;
};

}  // namespace rialto
