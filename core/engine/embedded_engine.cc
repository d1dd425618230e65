#include "core/engine/embedded_engine.h"

#include "core/base/check.h"
#include "core/engine/history.h"
#include "core/engine/index_recovery.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace rialto {
namespace {

/// After a checkpoint that found no room; space can come back any time.
constexpr std::int64_t checkpoint_retry_ms = 1000;

/// Rows of side files address their slot with 32 bits.
constexpr std::uint64_t slot_bytes_max = 1ULL << 32;

Urgency urgency_of(Haste haste) {
  switch (haste) {
    case Haste::lazy: return Urgency::lazy;
    case Haste::written: return Urgency::written;
    case Haste::durable: return Urgency::durable;
  }
  return Urgency::durable;
}

/// How long wait() relies on being woken: lazy groups go by time, which wakes nobody.
constexpr std::chrono::milliseconds wait_at_most{10};

}  // namespace

EmbeddedEngine::EmbeddedEngine(EmbeddedOptions options, Directory& dir, const Clock& clock)
    : options_(std::move(options)), dir_(dir), clock_(clock), tail_(options_.tail_cache_bytes) {}

EmbeddedEngine::~EmbeddedEngine() = default;

void EmbeddedEngine::wake() {
  {
    const std::lock_guard hold(woken_mutex_);
    woken_ = true;
  }
  woken_changed_.notify_one();
  if (options_.wake) options_.wake();
}

bool EmbeddedEngine::wait() {
  std::unique_lock hold(woken_mutex_);
  const bool alone = options_.journal.inline_work && options_.read_threads == 0;
  if (!alone) woken_changed_.wait_for(hold, wait_at_most, [this] { return woken_; });
  const bool woken = std::exchange(woken_, false);
  if (woken || alone) return woken;
  return !journal_->failed() && !journal_->no_space() &&
         journal_->durable().get() < last_staged_.get();
}

Result<void> EmbeddedEngine::open(EngineReplay& replay) {
  RIALTO_CHECK(!journal_, "an engine is opened once");
  ReplayRecorder recorder(replay);
  auto journal = Journal::open(options_.journal, dir_, clock_, recorder);
  if (!journal) return journal.error();
  journal_ = std::move(*journal);
  if (journal_->slot_bytes() > slot_bytes_max) {
    return Error(Errc::not_supported, "slots larger than 4 GiB cannot be indexed");
  }
  journal_->on_progress([this] { wake(); });
  pool_.emplace(options_.read_threads, options_.cold_reads_max, [this] { wake(); });
  const FrameSource source{journal_.get(), journal_->frame_seed()};
  for (const SlotInfo& slot : journal_->slots())
    slots_.insert(slot.number);
  upkeep_.emplace(SlotUpkeep::Sources{source, &dir_, &index_, &slots_, &*pool_, journal_->staged(),
                                      [this] { reader_->resume(); }});
  reader_.emplace(BatchReader::Bounds{options_.cold_reads_max, options_.cold_read_bytes,
                                      options_.cold_cache_bytes_max},
                  BatchReader::Sources{source, &dir_, &index_, &slots_, &tail_, &*pool_,
                                       [this](std::uint64_t slot) { upkeep_->rebuild(slot); }});
  if (auto r = recover_index(source, dir_, recorder.data(), index_, *upkeep_); !r) return r;
  last_staged_ = polled_durable_ = Ticket(journal_->durable().get());
  checkpointed_slot_ = slot_of(journal_->checkpoint_lsn());
  return {};
}

bool EmbeddedEngine::admits(std::size_t bytes, Haste haste) const {
  return journal_->admits(bytes, urgency_of(haste));
}

Ticket EmbeddedEngine::stage(WriteSet set, Haste haste) {
  std::vector<NewFrame> frames;
  frames.reserve(set.size());
  std::vector<std::uint32_t> meta_bytes;
  meta_bytes.reserve(set.size());
  for (StagedFrame& frame : set) {
    meta_bytes.push_back(static_cast<std::uint32_t>(frame.meta.size()));
    frames.push_back({frame.kind, frame.flags, std::move(frame.meta), frame.payload});
  }
  const Journal::Staged staged = journal_->stage(std::move(frames), urgency_of(haste));
  for (std::size_t i = 0; i < set.size(); ++i) {
    enter_slot(slot_of(staged.lsns[i]));
    if (set[i].kind == FrameKind::data) place(set[i], meta_bytes[i], staged.lsns[i]);
  }
  last_staged_ = Ticket(staged.end.get());
  return last_staged_;
}

void EmbeddedEngine::enter_slot(std::uint64_t slot) {
  if (slot == index_.open_slot()) return;
  slots_.insert(slot);
  if (auto sealed = index_.roll_to(slot)) upkeep_->sealed(std::move(sealed));
}

void EmbeddedEngine::place(const StagedFrame& frame, std::uint32_t meta_bytes, Lsn lsn) {
  const FrameFacts facts{lsn,
                         frame.data.max_timestamp_ms,
                         meta_bytes,
                         static_cast<std::uint32_t>(frame.payload.size()),
                         frame.data.last_offset_delta,
                         frame.flags};
  RIALTO_CHECK(index_.add(facts, frame.data.targets, true), "offsets of a partition only grow");
  tail_.add(facts, journal_->epoch(), clock_.wall(), frame.payload, journal_->written());
}

Progress EmbeddedEngine::poll(Instant now) {
  now_ = now;
  journal_->poll(now);
  pool_->run_completions();
  tail_.shrink(journal_->written());
  upkeep_->poll();
  Progress progress;
  progress.written = Ticket(journal_->written().get());
  progress.durable = polled_durable_ = Ticket(journal_->durable().get());
  progress.reads = reader_->take_completed();
  progress.histories = std::exchange(histories_, {});
  return progress;
}

Instant EmbeddedEngine::next_deadline() const {
  const Instant journal = journal_->next_deadline();
  return now_ < retry_checkpoint_at_ ? std::min(journal, retry_checkpoint_at_) : journal;
}

ReadOutcome EmbeddedEngine::read(const ReadSpec& spec, ReadToken token) {
  ReadOutcome outcome = reader_->read(spec, token);
  if (reader_->has_completed()) wake();
  return outcome;
}

ReadOutcome EmbeddedEngine::read_at_time(PartitionId partition, std::int64_t timestamp_ms,
                                         ReadToken token) {
  ReadOutcome outcome = reader_->read_at_time(partition, timestamp_ms, token);
  if (reader_->has_completed()) wake();
  return outcome;
}

bool EmbeddedEngine::read_history(const HistoryAsk& ask, ReadToken token) {
  const Lsn durable = journal_->durable();
  Lsn from(ask.from.at);
  if (const auto slot = slots_.lower_bound(slot_of(from)); slot != slots_.end()) {
    from = std::max(from, Lsn(*slot * journal_->slot_bytes()));
  }
  const Lsn slot_end((slot_of(from) + 1) * journal_->slot_bytes());
  const FrameRange range{from, std::min(slot_end, durable),
                         ask.from.at == from.get() ? ask.from.epoch : Epoch(0)};
  return pool_->try_read([this, ask, token, durable, slot_end, range,
                          source = FrameSource{journal_.get(), journal_->frame_seed()}] {
    auto found = std::make_shared<Result<SettledHistory>>(settled_in(source, range, ask));
    if (*found && !(*found)->next && slot_end < durable) {
      (*found)->next = HistoryPosition{slot_end.get(), Epoch(0)};
    }
    return [this, token, found] {
      histories_.push_back({token, std::move(*found)});
      reader_->resume();  // a place in the pool is free again
    };
  });
}

void EmbeddedEngine::drop(PartitionId partition) {
  index_.drop(partition);
  if (reader_) reader_->drop(partition);
}

bool EmbeddedEngine::wants_checkpoint() const {
  if (retry_checkpoint_at_ != no_deadline) return now_ >= retry_checkpoint_at_;
  return slot_of(Lsn(last_staged_.get())) > checkpointed_slot_;
}

void EmbeddedEngine::checkpoint(std::vector<std::string> parts) {
  const Lsn at(polled_durable_.get());
  checkpointed_slot_ = std::max(slot_of(at), slot_of(Lsn(last_staged_.get())));
  retry_checkpoint_at_ = no_deadline;
  journal_->write_checkpoint(at, std::move(parts),
                             [this](const Result<void>& result) { checkpoint_done(result); });
}

void EmbeddedEngine::checkpoint_done(const Result<void>& result) {
  if (!result) retry_checkpoint_at_ = after_ms(now_, checkpoint_retry_ms);
}

std::uint64_t EmbeddedEngine::closed_end() const {
  return std::min(slot_of(journal_->checkpoint_lsn()), index_.open_slot());
}

std::vector<StorageUnit> EmbeddedEngine::closed_units(std::uint64_t number) {
  std::vector<StorageUnit> closed;
  upkeep_->units_passed(number);
  const std::uint64_t end = closed_end();
  for (auto slot = slots_.lower_bound(number); slot != slots_.end() && *slot < end; ++slot) {
    if (closed.size() == SlotUpkeep::units_listed_max) break;
    const StorageUnit* unit = upkeep_->unit(*slot);
    if (!unit) break;
    closed.push_back(*unit);
  }
  return closed;
}

std::vector<std::uint64_t> EmbeddedEngine::empty_units(std::uint64_t number) const {
  std::vector<std::uint64_t> empty;
  const std::uint64_t end = std::min(number, closed_end());
  for (auto slot = slots_.begin(); slot != slots_.end() && *slot < end; ++slot) {
    if (index_.is_empty(*slot)) empty.push_back(*slot);
  }
  return empty;
}

void EmbeddedEngine::release_units(const std::vector<std::uint64_t>& numbers) {
  std::vector<std::uint64_t> released;
  const std::uint64_t end = closed_end();
  for (const std::uint64_t number : numbers) {
    RIALTO_CHECK(number < end, "only closed units are released");
    // Its side file may have turned out to be damaged since: later, then.
    if (!index_.is_empty(number) || slots_.erase(number) == 0) continue;
    index_.release(number);
    released.push_back(number);
  }
  upkeep_->release(released);
  reader_->released();
  journal_->release(released);
  reader_->resume();
  if (reader_->has_completed()) wake();
}

std::uint64_t EmbeddedEngine::stored_bytes() const {
  if (slots_.empty()) return 0;
  const std::uint64_t open = *slots_.rbegin() * journal_->slot_bytes();
  return (slots_.size() - 1) * journal_->slot_bytes() + last_staged_.get() -
         std::min(last_staged_.get(), open);
}

Result<void> EmbeddedEngine::close() {
  if (!journal_) return {};
  auto closed = journal_->close();
  if (pool_) {
    upkeep_->poll();
    pool_->stop();
    pool_->run_completions();
    reader_->end_pending(Error(Errc::shutting_down, "the engine is closed"));
  }
  // Derived data: when it cannot be written the next start scans instead.
  if (closed && index_.open()) static_cast<void>(write_open_slot(*journal_, dir_, *index_.open()));
  return closed;
}

}  // namespace rialto
