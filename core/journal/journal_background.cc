#include "core/journal/checkpoint_file.h"
#include "core/journal/journal_impl.h"

#include <fmt/format.h>

#include <algorithm>

namespace rialto {
namespace {

constexpr std::int64_t no_space_retry_ms = 1000;
constexpr std::uint64_t spare_steps = 256;  // of 256 KiB, as slots are by default
constexpr std::uint64_t spare_step_bytes_min = 16384;
constexpr std::size_t checkpoints_kept = 2;

}  // namespace

void JournalImpl::poll(Instant now) {
  last_poll_ = now;
  collect();
}

void JournalImpl::collect() {
  background_.run_done();
  if (failed()) return;
  if (slots_end_ >= slot_of(next_) + 2) spare_is_missed_ = false;
  if (!preparing_ && spare_is_wanted() && spare_bytes_ < spare_bytes_due()) prepare_slot();
  start_checkpoint();
  // Inline work is finished by now.
  if (options_.inline_work) background_.run_done();
}

bool JournalImpl::spare_is_wanted() const {
  const bool may = retry_preparing_at_ == no_deadline || last_poll_ >= retry_preparing_at_;
  return may && slots_end_ < slot_of(next_) + 2;
}

/// The spare slot grows twice as fast as the open one is filled: in the small steps of a slow
/// publisher nobody's sync waits for it, and a fast one has it when half of the open slot is left.
std::uint64_t JournalImpl::spare_bytes_due() const {
  if (spare_is_missed_ || slots_end_ <= slot_of(next_)) return slot_bytes_;
  const std::uint64_t used = slot_bytes_ - room_in_slot();
  const std::uint64_t step = std::max(slot_bytes_ / spare_steps, spare_step_bytes_min);
  return std::min(slot_bytes_, (2 * used / step + 1) * step);
}

void JournalImpl::prepare_slot() {
  preparing_ = true;
  const std::uint64_t missing = spare_bytes_due() - spare_bytes_;
  background_.post([this, missing, number = slots_end_]() -> Background::Done {
    if (!released_.empty()) static_cast<void>(commit_release());
    const auto bytes = pool_->prewrite(missing);
    if (bytes && *bytes < slot_bytes_) return [this, bytes] { spare_grew(*bytes); };
    auto slot = bytes ? name_spare(number) : Result<PooledSlot>(bytes.error());
    return [this, number, slot] { slot_prepared(slot, number); };
  });
}

Result<PooledSlot> JournalImpl::name_spare(std::uint64_t number) {
  auto slot = pool_->take();
  if (!slot) return slot;
  Manifest next = manifest_->current();
  next.slots.push_back(SlotEntry{number, slot->file_id});
  auto r = manifest_->commit(std::move(next));
  if (r) return slot;
  if (r.error().code == Errc::no_space) pool_->give_back(slot->file_id);
  return r.error();
}

void JournalImpl::spare_grew(std::uint64_t bytes) {
  preparing_ = false;
  spare_bytes_ = bytes;
  retry_preparing_at_ = no_deadline;
}

void JournalImpl::slot_prepared(Result<PooledSlot> slot, std::uint64_t number) {
  preparing_ = false;
  spare_bytes_ = 0;
  spare_is_missed_ = false;
  if (slot) {
    table_.add(number, slot->file);
    slots_end_ = number + 1;
    retry_preparing_at_ = no_deadline;
  } else if (slot.error().code == Errc::no_space) {
    retry_preparing_at_ = after_ms(last_poll_, no_space_retry_ms);
  } else {
    fail(slot.error());
  }
}

void JournalImpl::write_checkpoint(Lsn lsn, std::vector<std::string> parts,
                                   std::function<void(Result<void>)> done) {
  checkpoints_.push_back(PendingCheckpoint{lsn, std::move(parts), std::move(done)});
}

void JournalImpl::start_checkpoint() {
  while (!checkpoints_.empty() && checkpoints_.front().lsn <= Lsn(log_.synced())) {
    auto pending = std::make_shared<PendingCheckpoint>(std::move(checkpoints_.front()));
    checkpoints_.pop_front();
    background_.post([this, pending]() -> Background::Done {
      auto r = commit_checkpoint(pending->lsn, pending->parts);
      return [this, pending, r] {
        if (r) {
          checkpoint_lsn_ = std::max(checkpoint_lsn_, pending->lsn);
        } else if (r.error().code != Errc::no_space) {
          fail(r.error());
        }
        pending->done(r);
      };
    });
  }
}

Result<void> JournalImpl::commit_checkpoint(Lsn lsn, const std::vector<std::string>& parts) {
  Manifest next = manifest_->current();
  const std::uint64_t id = next.checkpoints.empty() ? 0 : next.checkpoints.back().file_id + 1;
  if (auto r = write_checkpoint_file(dir_, id, lsn, parts); !r) return r;
  next.checkpoints.push_back(CheckpointEntry{id, lsn});
  while (next.checkpoints.size() > checkpoints_kept) {
    next.checkpoints.erase(next.checkpoints.begin());
  }
  next.durable = std::max(next.durable, lsn);
  std::vector<std::uint64_t> kept;
  for (const auto& entry : next.checkpoints)
    kept.push_back(entry.file_id);
  if (auto r = manifest_->commit(std::move(next)); !r) return r;
  remove_other_checkpoints(dir_, kept);
  return {};
}

void JournalImpl::release(const std::vector<std::uint64_t>& numbers) {
  const std::uint64_t end = slot_of(std::min(checkpoint_lsn_, durable()));
  std::vector<std::uint64_t> gone;
  for (const std::uint64_t number : numbers) {
    if (number < end && table_.drop(number)) gone.push_back(number);
  }
  if (gone.empty() || failed()) return;
  background_.post([this, gone = std::move(gone)]() -> Background::Done {
    released_.insert(gone.begin(), gone.end());
    auto r = commit_release();
    return [this, r] {
      if (!r && r.error().code != Errc::no_space) fail(r.error());
    };
  });
}

/// On a full disk the manifest goes on naming them, until the next slot is wanted or released.
Result<void> JournalImpl::commit_release() {
  Manifest next = manifest_->current();
  std::vector<std::uint64_t> files;
  std::erase_if(next.slots, [&](const SlotEntry& slot) {
    if (!released_.contains(slot.number)) return false;
    files.push_back(slot.file_id);
    return true;
  });
  const std::uint64_t kept_from = next.slots.empty() ? 0 : next.slots.front().number;
  while (next.epochs.size() > 1 && next.epochs[1].first.get() <= kept_from * slot_bytes_) {
    next.epochs.erase(next.epochs.begin());
  }
  if (auto r = manifest_->commit(std::move(next)); !r) return r;
  for (const std::uint64_t id : files)
    pool_->give_back(id);
  released_.clear();
  return {};
}

Result<void> JournalImpl::commit_clean_stop(Lsn durable) {
  Manifest next = manifest_->current();
  next.durable = durable;
  auto r = manifest_->commit(std::move(next));
  // The journal is whole without this: it only lets the next start tell rot from a torn tail.
  if (!r && r.error().code == Errc::no_space) return {};
  return r;
}

void JournalImpl::fail(const Error& error) {
  if (!failed_) failed_ = error;
}

}  // namespace rialto
