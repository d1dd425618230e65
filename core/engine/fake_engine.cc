#include "core/engine/fake_engine.h"

#include "core/base/check.h"
#include "core/engine/history.h"
#include "core/model/frames/codec.h"

#include <algorithm>
#include <utility>

namespace rialto {
namespace {

constexpr std::uint64_t bytes_beside_a_frame = 64;

std::uint64_t size_of(const WriteSet& frames) {
  std::uint64_t bytes = 0;
  for (const StagedFrame& f : frames)
    bytes += bytes_beside_a_frame + f.meta.size() + f.payload.size();
  return bytes;
}

Ticket ticket_after(const std::vector<FakeEngine::StagedSet>& sets, Ticket from,
                    std::size_t count) {
  const auto next =
      std::upper_bound(sets.begin(), sets.end(), from,
                       [](Ticket t, const FakeEngine::StagedSet& set) { return t < set.ticket; });
  const auto there = static_cast<std::size_t>(sets.end() - next);
  if (count == 0 || there == 0) return from;
  return (next + static_cast<std::ptrdiff_t>(std::min(count, there)) - 1)->ticket;
}

}  // namespace

std::size_t FakeEngine::commit(std::size_t count) {
  if (failed_) return 0;
  const std::size_t before = durable_count();
  durable_ = std::min(ticket_after(sets_, durable_, count), handed_over_);
  written_ = std::max(written_, durable_);
  return durable_count() - before;
}

void FakeEngine::hold_writes(bool on) {
  hold_writes_ = on;
  if (!on) written_ = handed_over_;
}

void FakeEngine::complete_reads() {
  for (const HeldRead& read : held_)
    completed_.push_back(perform(read.spec, read.token));
  held_.clear();
}

void FakeEngine::rot(PartitionId partition, Offset offset) {
  Log& log = index_[partition];
  const auto after = log.upper_bound(offset);
  RIALTO_CHECK(after != log.begin(), "rot hits a stored batch");
  std::prev(after)->second.rotten = true;
}

void FakeEngine::roll() {
  ++unit_;
  wants_checkpoint_ = true;
}

std::unique_ptr<FakeEngine> FakeEngine::restarted_with(std::size_t extra) const {
  auto next = std::make_unique<FakeEngine>();
  const Ticket kept = std::min(ticket_after(sets_, durable_, extra), written_);
  for (const StagedSet& set : sets_) {
    if (set.ticket <= std::max(kept, durable_)) next->sets_.push_back(set);
  }
  next->staged_ = next->sets_.empty() ? durable_ : next->sets_.back().ticket;
  next->handed_over_ = next->written_ = next->durable_ = next->polled_ = next->staged_;
  next->parts_ = parts_;
  next->checkpoint_ = checkpoint_;
  next->epoch_ = epoch_ + 1;
  next->wall_ = wall_;
  next->unit_ = unit_;
  return next;
}

std::size_t FakeEngine::durable_count() const {
  return static_cast<std::size_t>(std::count_if(
      sets_.begin(), sets_.end(), [&](const StagedSet& s) { return s.ticket <= durable_; }));
}

std::size_t FakeEngine::handed_over_count() const {
  return static_cast<std::size_t>(std::count_if(
      sets_.begin(), sets_.end(), [&](const StagedSet& s) { return s.ticket <= handed_over_; }));
}

Result<void> FakeEngine::open(EngineReplay& replay) {
  RIALTO_CHECK(!opened_, "an engine is opened once");
  opened_ = true;
  if (parts_) {
    if (auto r = replay.on_checkpoint(*parts_); !r) return r;
  }
  for (const StagedSet& set : sets_) {
    for (const StagedFrame& frame : set.frames) {
      if (frame.kind == FrameKind::data) place(set, frame, false);
      if (set.ticket <= checkpoint_) continue;
      const bool last = &frame == &set.frames.back();
      const auto flags = static_cast<std::uint16_t>(frame.flags | (last ? frame_last_of_set : 0));
      if (auto r = replay.on_frame(frame.kind, flags, frame.meta, set.wall_ms); !r) return r;
    }
  }
  return {};
}

bool FakeEngine::admits(std::size_t, Haste haste) const {
  return !full_ || haste == Haste::lazy;
}

Ticket FakeEngine::stage(WriteSet set, Haste haste) {
  RIALTO_CHECK(!set.empty(), "a write set has frames");
  ++staged_;
  sets_.push_back(StagedSet{staged_, haste, epoch_, wall_.get(), unit_, std::move(set)});
  for (const StagedFrame& frame : sets_.back().frames) {
    if (frame.kind != FrameKind::data) continue;
    RIALTO_CHECK(frame.meta == encode_fields(frame.data), "meta is the encoded form of data");
    place(sets_.back(), frame, true);
  }
  return staged_;
}

void FakeEngine::place(const StagedSet& set, const StagedFrame& frame, bool with_volatile) {
  for (const DataTarget& target : frame.data.targets) {
    if (!with_volatile && (target.flags & DataTarget::is_volatile) != 0) continue;
    Log& log = index_[target.partition];
    RIALTO_CHECK(log.empty() || log.rbegin()->second.batch.last_offset < target.base_offset,
                 "offsets of a partition only grow");
    Placed placed;
    placed.unit = set.unit;
    placed.max_timestamp_ms = frame.data.max_timestamp_ms;
    placed.batch.base_offset = target.base_offset;
    placed.batch.last_offset = target.base_offset + frame.data.last_offset_delta;
    placed.batch.max_timestamp_ms = frame.data.max_timestamp_ms;
    placed.batch.epoch = set.epoch;
    placed.batch.wall_ms = set.wall_ms;
    placed.batch.amqp_written = (frame.flags & frame_amqp_written) != 0;
    placed.batch.batch = frame.payload;
    log.emplace(target.base_offset, std::move(placed));
  }
}

void FakeEngine::hand_over(Instant) {
  handed_over_ = staged_;
  if (!hold_writes_ && !failed_) written_ = handed_over_;
}

Progress FakeEngine::poll(Instant) {
  Progress progress;
  progress.written = written_;
  progress.durable = polled_ = durable_;
  progress.reads = std::exchange(completed_, {});
  progress.histories = std::exchange(histories_, {});
  return progress;
}

const FakeEngine::Placed* FakeEngine::first_of(const ReadSpec& spec) const {
  const auto found = index_.find(spec.partition);
  if (found == index_.end()) return nullptr;
  auto at = found->second.upper_bound(spec.from);
  if (at != found->second.begin() && std::prev(at)->second.batch.last_offset >= spec.from) --at;
  if (at == found->second.end() || at->first >= spec.below) return nullptr;
  return &at->second;
}

CompletedRead FakeEngine::perform(const ReadSpec& spec, ReadToken token) const {
  std::vector<StoredBatch> batches;
  OffsetRun quarantined{no_offset, no_offset};
  std::size_t bytes = 0;
  ReadSpec rest = spec;
  while (const Placed* placed = first_of(rest)) {
    if (!batches.empty() && bytes + placed->batch.batch.size() > spec.bytes_max) break;
    if (placed->rotten) {
      if (!batches.empty()) break;
      quarantined = {placed->batch.base_offset, placed->batch.last_offset};
      return {token, Error(Errc::corrupt, "a batch of the fake engine is rotten"), quarantined};
    }
    bytes += placed->batch.batch.size();
    batches.push_back(placed->batch);
    rest.from = placed->batch.last_offset + 1;
  }
  return {token, std::move(batches), quarantined};
}

ReadOutcome FakeEngine::answer(const ReadSpec& spec, ReadToken token) {
  if (busy_) return {ReadOutcome::State::busy, {}};
  if (hold_reads_) {
    held_.push_back({token, spec});
    return {ReadOutcome::State::pending, {}};
  }
  CompletedRead done = perform(spec, token);
  if (done.batches) return {ReadOutcome::State::ready, std::move(*done.batches)};
  completed_.push_back(std::move(done));
  return {ReadOutcome::State::pending, {}};
}

ReadOutcome FakeEngine::read(const ReadSpec& spec, ReadToken token) {
  return answer(spec, token);
}

ReadOutcome FakeEngine::read_at_time(PartitionId partition, std::int64_t timestamp_ms,
                                     ReadToken token) {
  const auto found = index_.find(partition);
  if (found != index_.end()) {
    for (const auto& [base, placed] : found->second) {
      if (placed.max_timestamp_ms >= timestamp_ms) {
        return answer({partition, base, base + 1, 0}, token);
      }
    }
  }
  return {};
}

bool FakeEngine::warm(PartitionId, const std::vector<Offset>& offsets, ReadToken token) {
  if (busy_) return false;
  warmed_.insert(warmed_.end(), offsets.begin(), offsets.end());
  if (hold_reads_) {
    held_.push_back({token, {PartitionId(0), Offset(0), Offset(0), 0}});
    return true;
  }
  completed_.push_back({token, std::vector<StoredBatch>(), {no_offset, no_offset}});
  return true;
}

bool FakeEngine::read_history(const HistoryAsk& ask, ReadToken token) {
  if (busy_) return false;
  SettledHistory found;
  std::size_t runs = 0;
  for (const StagedSet& set : sets_) {
    if (set.ticket.get() <= ask.from.at || set.ticket > durable_) continue;
    if (runs >= ask.runs_max) break;
    for (const StagedFrame& frame : set.frames)
      runs += take_settled(frame.kind, frame.meta, set.wall_ms, ask.queue, found);
    found.next = HistoryPosition{set.ticket.get(), set.epoch};
  }
  if (runs < ask.runs_max) found.next.reset();
  histories_.push_back({token, std::move(found)});
  return true;
}

void FakeEngine::trim(const KeptRecords& kept) {
  const auto found = index_.find(kept.partition);
  if (found == index_.end()) return;
  std::erase_if(found->second, [&](const auto& item) {
    const Offset last = item.second.batch.last_offset;
    if (last < kept.first) return true;
    return last < kept.log_start && !kept.any_waits_in(item.first, last);
  });
}

std::vector<StoredRun> FakeEngine::stored(PartitionId partition, Offset log_end) const {
  std::vector<StoredRun> runs;
  const auto found = index_.find(partition);
  if (found == index_.end()) return runs;
  for (const auto& [base, placed] : found->second) {
    if (runs.empty() || runs.back().unit != placed.unit) {
      if (!runs.empty()) runs.back().end = base;
      runs.push_back({placed.unit, base, log_end, 0, placed.max_timestamp_ms});
    }
    StoredRun& run = runs.back();
    run.bytes += placed.batch.batch.size();
    run.max_timestamp_ms = std::max(run.max_timestamp_ms, placed.max_timestamp_ms);
  }
  return runs;
}

void FakeEngine::checkpoint(std::vector<std::string> parts) {
  parts_ = std::move(parts);
  checkpoint_ = polled_;
  wants_checkpoint_ = false;
}

std::set<std::uint64_t> FakeEngine::closed() const {
  std::set<std::uint64_t> units;
  std::uint64_t end = unit_;
  for (const StagedSet& set : sets_) {
    if (set.ticket > checkpoint_) end = std::min(end, set.unit);
    units.insert(set.unit);
  }
  units.erase(units.lower_bound(end), units.end());
  return units;
}

std::vector<StorageUnit> FakeEngine::closed_units(std::uint64_t number) {
  std::map<std::uint64_t, StorageUnit> units;
  for (const std::uint64_t unit : closed()) {
    if (unit >= number) units[unit].number = unit;
  }
  for (const auto& [partition, log] : index_) {
    for (const auto& [base, placed] : log) {
      const auto unit = units.find(placed.unit);
      if (unit == units.end()) continue;
      auto& held = unit->second.held;
      if (held.empty() || held.back().partition != partition) {
        held.push_back({partition, base, base});
      }
      held.back().last = placed.batch.last_offset;
    }
  }
  std::vector<StorageUnit> listed;
  for (auto& [unused, unit] : units)
    listed.push_back(std::move(unit));
  return listed;
}

std::vector<std::uint64_t> FakeEngine::empty_units(std::uint64_t number) const {
  std::set<std::uint64_t> empty = closed();
  empty.erase(empty.lower_bound(number), empty.end());
  for (const auto& [partition, log] : index_) {
    for (const auto& [base, placed] : log)
      empty.erase(placed.unit);
  }
  return {empty.begin(), empty.end()};
}

void FakeEngine::release_units(const std::vector<std::uint64_t>& numbers) {
  for (const std::uint64_t number : numbers)
    std::erase_if(sets_, [&](const StagedSet& set) { return set.unit == number; });
}

std::uint64_t FakeEngine::stored_bytes() const {
  std::uint64_t bytes = 0;
  for (const StagedSet& set : sets_)
    bytes += size_of(set.frames);
  return bytes;
}

Result<void> FakeEngine::close() {
  if (failed_) return *failed_;
  hand_over(Instant{0});
  commit_all();
  return {};
}

}  // namespace rialto
