#pragma once

#include "core/base/clock.h"
#include "core/engine/batch_reader.h"
#include "core/engine/engine.h"
#include "core/engine/placement_index.h"
#include "core/engine/read_pool.h"
#include "core/engine/slot_upkeep.h"
#include "core/engine/tail_cache.h"
#include "core/journal/journal.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rialto {

struct EmbeddedOptions {
  JournalOptions journal;
  std::size_t tail_cache_bytes = 16ULL << 20;
  /// 0: reads and upkeep run inside of the call that asks for them, and complete at poll().
  std::size_t read_threads = 2;
  std::size_t cold_reads_max = 64;
  std::size_t cold_read_bytes = 32ULL << 20;      ///< all pending cold reads together
  std::size_t cold_cache_bytes_max = 4ULL << 20;  ///< read ahead and not asked for yet
  /// Called from any thread when poll() has something new.
  std::function<void()> wake;
};

/// The engine of one data directory: the journal, and an index of it that can always be made
/// again. A ticket is the address after its write set.
class EmbeddedEngine final : public Engine {
 public:
  /// `dir` and `clock` outlive the engine.
  EmbeddedEngine(EmbeddedOptions options, Directory& dir, const Clock& clock);
  /// Without close() it is as if the process had been killed, but for threads that are joined.
  ~EmbeddedEngine() override;

  Result<void> open(EngineReplay& replay) override;
  bool admits(std::size_t bytes, Haste haste) const override;
  std::size_t frame_bytes_max() const override { return journal_->frame_bytes_max(); }
  Ticket stage(WriteSet set, Haste haste) override;
  void hand_over(Instant now) override { journal_->hand_over(now); }
  void hand_over_and_wait(Instant now) override { journal_->hand_over_and_wait(now); }
  Progress poll(Instant now) override;
  Instant next_deadline() const override;
  const Error* failed() const override { return journal_->failed(); }
  ReadOutcome read(const ReadSpec& spec, ReadToken token) override;
  ReadOutcome read_at_time(PartitionId partition, std::int64_t timestamp_ms,
                           ReadToken token) override;
  bool warm(PartitionId partition, const std::vector<Offset>& offsets, ReadToken token) override {
    return reader_->warm(partition, offsets, token);
  }
  bool read_history(const HistoryAsk& ask, ReadToken token) override;
  void trim(const KeptRecords& kept) override { index_.trim(kept); }
  void drop(PartitionId partition) override;
  std::vector<StoredRun> stored(PartitionId partition, Offset log_end) const override {
    return index_.stored(partition, log_end);
  }
  Epoch epoch() const override { return journal_->epoch(); }
  Ticket last_staged() const override { return last_staged_; }
  bool wants_checkpoint() const override;
  void checkpoint(std::vector<std::string> parts) override;
  std::vector<StorageUnit> closed_units(std::uint64_t number) override;
  std::vector<std::uint64_t> empty_units(std::uint64_t number) const override;
  void release_units(const std::vector<std::uint64_t>& numbers) override;
  std::uint64_t open_unit() const override { return index_.open_slot(); }
  std::uint64_t stored_bytes() const override;
  bool wait() override;
  Result<void> close() override;

  /// For what only an operator asks: recovery's report, free space. After open().
  const Journal& journal() const { return *journal_; }

  /// Memory by holder, for metrics and tests.
  std::size_t index_bytes() const { return index_.bytes(); }
  std::size_t tail_cache_bytes() const { return tail_.bytes(); }
  std::size_t cold_cache_bytes() const { return reader_ ? reader_->cached_bytes() : 0; }

 private:
  std::uint64_t slot_of(Lsn lsn) const { return lsn.get() / journal_->slot_bytes(); }
  /// Slots below are sealed and covered by the checkpoint.
  std::uint64_t closed_end() const;
  void enter_slot(std::uint64_t slot);
  void place(const StagedFrame& frame, std::uint32_t meta_bytes, Lsn lsn);
  void checkpoint_done(const Result<void>& result);
  void wake();

  const EmbeddedOptions options_;
  Directory& dir_;
  const Clock& clock_;

  // Set by any thread.
  std::mutex woken_mutex_;
  std::condition_variable woken_changed_;
  bool woken_ = false;

  std::unique_ptr<Journal> journal_;
  PlacementIndex index_;
  TailCache tail_;
  std::optional<SlotUpkeep> upkeep_;
  std::optional<BatchReader> reader_;

  std::vector<CompletedHistory> histories_;
  Ticket last_staged_;
  Ticket polled_durable_;
  std::set<std::uint64_t> slots_;        ///< that are there, the open one included
  std::uint64_t checkpointed_slot_ = 0;  ///< the open slot when the last checkpoint was taken
  Instant now_{0};
  Instant retry_checkpoint_at_ = no_deadline;

  // Last, so that its threads end before what they read.
  std::optional<ReadPool> pool_;
};

}  // namespace rialto
