#include "core/base/check.h"
#include "core/base/crc32c.h"
#include "core/journal/journal_impl.h"

#include <fmt/format.h>

#include <algorithm>

namespace rialto {
namespace {

// A set is announced to admits() without its headers; this much more is taken into account.
constexpr std::uint64_t set_overhead_bytes = 512;
// A frame has to leave room in its slot for the header of another one.
constexpr std::uint64_t frame_overhead_bytes = 2 * frame_header_bytes;

WorkMode mode_of(const JournalOptions& options) {
  return options.inline_work ? WorkMode::inline_work : WorkMode::threads;
}

}  // namespace

JournalImpl::JournalImpl(const JournalOptions& options, Directory& dir, const Clock& clock,
                         OpenedLog opened)
    : options_(options),
      dir_(dir),
      clock_(clock),
      report_(std::move(opened.report)),
      epoch_(opened.epoch),
      slot_bytes_(opened.manifest->current().slot_bytes),
      seed_(rialto::frame_seed(opened.manifest->current().directory_id)),
      next_(report_.tail),
      frames_end_(report_.tail),
      durable_in_headers_(report_.tail),
      group_(std::make_shared<CommitGroup>(slot_bytes_, 0)),
      checkpoint_lsn_(opened.checkpoint_lsn),
      manifest_(std::move(opened.manifest)),
      pool_(std::move(opened.pool)),
      log_(mode_of(options), report_.tail.get(), clock, [this] { wake_(); }),
      background_(mode_of(options), [this] { wake_(); }) {
  slots_end_ = slot_of(report_.tail);
  for (auto& [number, file] : opened.slots) {
    table_.add(number, std::move(file));
    slots_end_ = std::max(slots_end_, number + 1);
  }
}

Lsn JournalImpl::durable() const {
  return Lsn(options_.sync ? log_.synced() : log_.written());
}

const Error* JournalImpl::failed() const {
  return failed_ ? &*failed_ : log_.failed();
}

std::uint64_t JournalImpl::frame_bytes_max() const {
  return std::min(options_.frame_bytes_max, slot_bytes_ - frame_overhead_bytes);
}

bool JournalImpl::admits(std::uint64_t bytes, Urgency urgency) const {
  if (failed()) return false;
  const bool lazy = urgency == Urgency::lazy;
  const std::uint64_t prepared = slots_end_ * slot_bytes_ - next_.get();
  const std::uint64_t kept = no_space() && !lazy ? slot_bytes_ / 2 : 0;
  const bool fits_slot = bytes + set_overhead_bytes <= room_in_slot();
  if (bytes + set_overhead_bytes + kept > prepared ||
      (!fits_slot && slot_of(next_) + 1 >= slots_end_)) {
    spare_is_missed_ = true;
    return false;
  }
  const std::uint64_t held = held_bytes();
  const std::uint64_t bound =
      options_.staging_bytes_max + (lazy ? options_.staging_reserve_bytes : 0);
  return held == 0 || held + bytes <= bound;
}

Journal::Staged JournalImpl::stage(std::vector<NewFrame> set, Urgency urgency) {
  std::uint64_t bytes = 0;
  for (const auto& frame : set)
    bytes += frame_size_bytes(frame.meta.size(), frame.payload.size());
  if (bytes <= slot_bytes_ && bytes > room_in_slot()) roll(std::nullopt);
  Staged staged;
  staged.lsns.reserve(set.size());
  std::optional<Lsn> set_first;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const std::uint64_t size = frame_size_bytes(set[i].meta.size(), set[i].payload.size());
    RIALTO_CHECK(size <= slot_bytes_, "a frame fits a slot: frame_bytes_max() was asked");
    if (size > room_in_slot()) roll(set_first);
    if (!set_first) set_first = next_;
    staged.lsns.push_back(next_);
    add_frame(std::move(set[i]), *set_first, i + 1 == set.size());
  }
  staged.end = next_;
  frames_end_ = next_;
  mark_due_ = no_deadline;
  switch (urgency) {
    case Urgency::lazy: lazy_bytes_ += bytes; break;
    case Urgency::written:
      written_bytes_ += bytes;
      group_writes_ = true;
      break;
    case Urgency::durable: group_waits_ = true; break;
  }
  return staged;
}

void JournalImpl::add_frame(NewFrame frame, Lsn set_first, bool last) {
  FrameHeader header;
  header.kind = frame.kind;
  header.flags = static_cast<std::uint16_t>(frame.flags & ~frame_last_of_set);
  if (last) header.flags = static_cast<std::uint16_t>(header.flags | frame_last_of_set);
  header.epoch = epoch_;
  header.meta_bytes = static_cast<std::uint32_t>(frame.meta.size());
  header.payload_bytes = static_cast<std::uint32_t>(frame.payload.size());
  header.payload_crc = crc32c(frame.payload.bytes());
  header.lsn = next_;
  header.set_first = set_first;
  group_->add(header, frame.meta, std::move(frame.payload));
  next_ = header.end();
  if (room_in_slot() < frame_header_bytes) roll(std::nullopt);
}

void JournalImpl::roll(std::optional<Lsn> set_first) {
  const std::uint64_t room = room_in_slot();
  if (room == slot_bytes_) return;
  if (room >= frame_header_bytes) {
    FrameHeader header;
    header.kind = FrameKind::end;
    header.flags = set_first ? std::uint16_t{0} : frame_last_of_set;
    header.epoch = epoch_;
    header.payload_crc = crc32c(Bytes());
    header.lsn = next_;
    header.set_first = set_first.value_or(next_);
    group_->add(header, {}, {});
  }
  group_->end_slot();
  next_ += room;
}

void JournalImpl::note_due(Instant now) {
  if (lazy_bytes_ > 0 && lazy_due_ == no_deadline) lazy_due_ = after_ms(now, options_.lazy_ms);
  if (written_bytes_ > 0 && written_due_ == no_deadline) {
    written_due_ = after_ms(now, options_.written_sync_ms);
  }
  const bool idle = group_->empty() && log_.pending_bytes() == 0;
  const bool proven = Lsn(log_.synced()) >= frames_end_;
  if (idle && mark_due_ == no_deadline && proven && durable_in_headers_ < frames_end_) {
    mark_due_ = after_ms(now, options_.mark_idle_ms);
  }
}

bool JournalImpl::sync_is_due(Instant now) const {
  if (group_waits_) return true;
  if (!checkpoints_.empty() && Lsn(log_.synced()) < checkpoints_.front().lsn) return true;
  return now >= lazy_due_ || lazy_bytes_ >= options_.lazy_bytes || now >= written_due_ ||
         written_bytes_ >= options_.written_sync_bytes;
}

void JournalImpl::hand_over(Instant now, bool may_wait) {
  if (failed()) return;
  note_due(now);
  const bool sync = sync_is_due(now);
  const bool mark = !sync && group_->empty() && now >= mark_due_;
  if (!sync && !mark && !group_writes_) return;
  if (!log_.can_take()) return;
  if (!group_->empty() && group_->last_slot() >= slots_end_) return;  // its slot is being prepared
  if (mark) {
    mark_due_ = no_deadline;
    if (slot_of(next_) >= slots_end_) return;
    add_frame(NewFrame{}, next_, true);
  }
  submit(sync, may_wait);
}

void JournalImpl::submit(bool sync, bool may_wait) {
  // Only what is synced, not merely written, may ever prove a frame to have been durable.
  const Lsn proven(log_.synced());
  LogJob job;
  if (!group_->empty()) {
    group_->seal(proven, clock_.wall(), seed_);
    durable_in_headers_ = proven;
    job.writes = group_->writes(table_);
    job.bytes = group_->bytes();
    job.owners.push_back(group_);
    group_ = std::make_shared<CommitGroup>(slot_bytes_, group_->buffer_bytes());
  }
  job.tell_written = group_writes_;
  group_waits_ = false;
  group_writes_ = false;
  if (sync) {
    lazy_bytes_ = 0;
    written_bytes_ = 0;
    lazy_due_ = no_deadline;
    written_due_ = no_deadline;
  }
  job.sync = sync && (options_.sync || closing_ || !checkpoints_.empty());
  if (may_wait && job.sync && job.bytes <= alone_bytes_max && log_.may_run_here()) {
    log_.run_here(std::move(job));
  } else {
    log_.submit(std::move(job));
  }
}

Instant JournalImpl::next_deadline() const {
  if (failed()) return no_deadline;
  if (spare_is_missed_ && !preparing_ && spare_is_wanted()) return last_poll_;
  // Progress of the log or of the slot that is being prepared wakes the caller anyway.
  const bool held = !group_->empty() && group_->last_slot() >= slots_end_;
  if (held || !log_.can_take()) return retry_preparing_at_;
  return std::min({lazy_due_, written_due_, mark_due_, retry_preparing_at_});
}

void JournalImpl::will_need(Lsn lsn, std::uint64_t bytes) const {
  if (const auto file = table_.find(slot_of(lsn))) file->will_need(lsn.get() % slot_bytes_, bytes);
}

Result<void> JournalImpl::read(Lsn lsn, char* out, std::size_t bytes, bool nowait) const {
  const std::uint64_t number = slot_of(lsn);
  const std::uint64_t place = lsn.get() % slot_bytes_;
  const auto file = table_.find(number);
  if (!file || bytes > slot_bytes_ - place || lsn + bytes > written()) {
    return Error(Errc::out_of_range,
                 fmt::format("journal bytes {} to {} are not there", lsn.get(), lsn.get() + bytes));
  }
  auto r = file->read(place, out, bytes, nowait);
  if (r && table_.find(number) != file) {
    return Error(Errc::out_of_range, fmt::format("slot {} was released", number));
  }
  return r;
}

std::vector<SlotInfo> JournalImpl::slots() const {
  std::vector<SlotInfo> live;
  const std::uint64_t open = slot_of(next_);
  for (const std::uint64_t number : table_.numbers()) {
    if (number > open) break;
    live.push_back(SlotInfo{number, Lsn(number * slot_bytes_), number < open});
  }
  return live;
}

Result<void> JournalImpl::close() {
  closing_ = true;
  while (!failed() && Lsn(log_.synced()) < frames_end_) {
    log_.wait_idle();
    if (!group_->empty() && group_->last_slot() >= slots_end_) {
      collect();
      background_.wait_idle();
      background_.run_done();
      if (no_space()) return Error(Errc::no_space, "there is no room for the last groups");
      continue;
    }
    submit(true, false);
    log_.wait_idle();
  }
  log_.wait_idle();
  start_checkpoint();
  background_.wait_idle();
  background_.run_done();
  if (const Error* error = failed()) return *error;
  const Lsn synced(log_.synced());
  background_.post([this, synced] {
    auto r = commit_clean_stop(synced);
    return [this, r] {
      if (!r) fail(r.error());
    };
  });
  background_.wait_idle();
  background_.run_done();
  if (const Error* error = failed()) return *error;
  return {};
}

}  // namespace rialto
