#pragma once

#include "core/journal/background.h"
#include "core/journal/commit_group.h"
#include "core/journal/journal.h"
#include "core/journal/log_thread.h"
#include "core/journal/manifest.h"
#include "core/journal/slot_pool.h"
#include "core/journal/slot_table.h"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rialto {

/// A callback that other threads call and that may be set while they do.
class WakeUp {
 public:
  void set(std::function<void()> wake) {
    const std::lock_guard hold(mutex_);
    wake_ = std::move(wake);
  }
  void operator()() const {
    const std::lock_guard hold(mutex_);
    if (wake_) wake_();
  }

 private:
  mutable std::mutex mutex_;
  std::function<void()> wake_;
};

/// What opening leaves behind for the running journal.
struct OpenedLog {
  RecoveryReport report;
  Epoch epoch;
  Lsn checkpoint_lsn;
  std::map<std::uint64_t, std::shared_ptr<File>> slots;
  std::unique_ptr<ManifestStore> manifest;
  std::unique_ptr<SlotPool> pool;
};

/// Opens or creates, recovers, and starts a new epoch; in journal_open.cc.
Result<OpenedLog> open_log(const JournalOptions& options, Directory& dir, JournalReplay& replay);

/// Writer side in journal_writer.cc, the background's side in journal_background.cc.
class JournalImpl final : public Journal {
 public:
  JournalImpl(const JournalOptions& options, Directory& dir, const Clock& clock, OpenedLog opened);

  bool admits(std::uint64_t bytes, Urgency urgency) const override;
  Staged stage(std::vector<NewFrame> set, Urgency urgency) override;
  void hand_over(Instant now) override { hand_over(now, false); }
  void hand_over_and_wait(Instant now) override { hand_over(now, true); }
  Instant next_deadline() const override;
  Lsn durable() const override;
  Lsn written() const override { return Lsn(log_.written()); }
  Lsn staged() const override { return next_; }
  Epoch epoch() const override { return epoch_; }
  const Error* failed() const override;
  void on_progress(std::function<void()> wake) override { wake_.set(std::move(wake)); }
  Result<void> read(Lsn lsn, char* out, std::size_t bytes, bool nowait) const override;
  void will_need(Lsn lsn, std::uint64_t bytes) const override;
  std::vector<SlotInfo> slots() const override;
  std::uint64_t slot_bytes() const override { return slot_bytes_; }
  void write_checkpoint(Lsn lsn, std::vector<std::string> parts,
                        std::function<void(Result<void>)> done) override;
  Lsn checkpoint_lsn() const override { return checkpoint_lsn_; }
  void release(const std::vector<std::uint64_t>& numbers) override;
  void poll(Instant now) override;
  Result<void> close() override;
  bool no_space() const override { return retry_preparing_at_ != no_deadline; }
  std::uint64_t frame_bytes_max() const override;
  const RecoveryReport& report() const override { return report_; }
  std::uint32_t frame_seed() const override { return seed_; }
  Directory& directory() override { return dir_; }

 private:
  // Writer side.
  std::uint64_t slot_of(Lsn lsn) const { return lsn.get() / slot_bytes_; }
  std::uint64_t room_in_slot() const { return slot_bytes_ - next_.get() % slot_bytes_; }
  std::uint64_t held_bytes() const { return group_->bytes() + log_.pending_bytes(); }
  void add_frame(NewFrame frame, Lsn set_first, bool last);
  void roll(std::optional<Lsn> set_first);
  void note_due(Instant now);
  bool sync_is_due(Instant now) const;
  void hand_over(Instant now, bool may_wait);
  void submit(bool sync, bool may_wait);

  // Background side.
  bool spare_is_wanted() const;
  std::uint64_t spare_bytes_due() const;
  void prepare_slot();
  Result<PooledSlot> name_spare(std::uint64_t number);
  void spare_grew(std::uint64_t bytes);
  void slot_prepared(Result<PooledSlot> slot, std::uint64_t number);
  void start_checkpoint();
  Result<void> commit_checkpoint(Lsn lsn, const std::vector<std::string>& parts);
  Result<void> commit_clean_stop(Lsn durable);
  Result<void> commit_release();
  void fail(const Error& error);
  void collect();

  // Constant after construction.
  const JournalOptions options_;
  Directory& dir_;
  const Clock& clock_;
  const RecoveryReport report_;
  const Epoch epoch_;
  const std::uint64_t slot_bytes_;
  const std::uint32_t seed_;

  // Self-synchronised.
  WakeUp wake_;
  SlotTable table_;

  // Core thread.
  Lsn next_;                ///< next LSN to be given
  Lsn frames_end_;          ///< end of the last frame that is not a mark
  Lsn durable_in_headers_;  ///< greatest durable LSN a written header tells
  std::shared_ptr<CommitGroup> group_;
  bool closing_ = false;
  bool group_waits_ = false;         ///< the open group has a durable set
  bool group_writes_ = false;        ///< ... or a written-only one
  std::uint64_t lazy_bytes_ = 0;     ///< settlements not yet handed over with a sync
  std::uint64_t written_bytes_ = 0;  ///< written-only sets not yet handed over with a sync
  Instant lazy_due_ = no_deadline;
  Instant written_due_ = no_deadline;
  Instant mark_due_ = no_deadline;
  std::uint64_t slots_end_ = 0;  ///< number after the last prepared slot
  bool preparing_ = false;
  std::uint64_t spare_bytes_ = 0;             ///< prewritten of the slot behind these
  mutable bool spare_is_missed_ = false;      ///< admits() refused what would fit with it
  Instant retry_preparing_at_ = no_deadline;  ///< set while the disk is full
  Instant last_poll_{0};
  Lsn checkpoint_lsn_;
  struct PendingCheckpoint {
    Lsn lsn;
    std::vector<std::string> parts;
    std::function<void(Result<void>)> done;
  };
  std::deque<PendingCheckpoint> checkpoints_;
  std::optional<Error> failed_;

  // Background thread (and whoever opened the journal).
  std::unique_ptr<ManifestStore> manifest_;
  std::unique_ptr<SlotPool> pool_;
  std::set<std::uint64_t> released_;  ///< and the manifest still names them

  // Last, so that they stop first.
  LogThread log_;
  Background background_;
};

}  // namespace rialto
