#include "core/engine/placement_index.h"

#include "core/base/check.h"

#include <algorithm>
#include <utility>

namespace rialto {
namespace {

std::uint32_t seconds_of(std::int64_t timestamp_ms) {
  constexpr std::int64_t ms_per_s = 1000;
  const std::int64_t ms = std::max<std::int64_t>(timestamp_ms, 0);
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(ms / ms_per_s + (ms % ms_per_s != 0), UINT32_MAX));
}

}  // namespace

std::shared_ptr<const DenseSlot> PlacementIndex::roll_to(std::uint64_t number) {
  RIALTO_CHECK(!open_ || open_->number() < number, "slots are opened in order");
  const std::shared_ptr<const DenseSlot> sealed =
      std::exchange(open_, std::make_shared<DenseSlot>(number));
  if (sealed) add_dense(sealed);
  return sealed;
}

bool PlacementIndex::add(const FrameFacts& frame, const std::vector<DataTarget>& targets,
                         bool with_volatile) {
  return open_->add(frame, targets, with_volatile);
}

void PlacementIndex::add_sealed(std::uint64_t slot, const std::vector<HeldRows>& held,
                                bool with_volatile) {
  RIALTO_CHECK(slot <= UINT32_MAX, "slot numbers fit 32 bits");
  std::uint32_t row = 0;
  for (const HeldRows& h : held) {
    const SealedRun run{static_cast<std::uint32_t>(slot), row++, h.first,
                        static_cast<std::uint32_t>(std::min<std::uint64_t>(h.bytes, UINT32_MAX)),
                        seconds_of(h.max_timestamp_ms)};
    if (!with_volatile && (h.partition.get() & volatile_id_bit) != 0) continue;
    Partition& known = partitions_[h.partition];
    if (h.last < known.log_start) continue;
    const auto at = std::lower_bound(known.sealed.begin(), known.sealed.end(), run,
                                     [](const auto& a, const auto& b) { return a.slot < b.slot; });
    if (at != known.sealed.end() && at->slot == run.slot) {
      *at = run;
    } else {
      known.sealed.insert(at, run);
      ++runs_in_[slot];
    }
  }
}

void PlacementIndex::add_dense(std::shared_ptr<const DenseSlot> table) {
  add_sealed(table->number(), table->held(), true);
  dense_[table->number()] = std::move(table);
}

void PlacementIndex::forget(std::uint64_t slot) {
  for (auto& [partition, known] : partitions_) {
    std::erase_if(known.sealed, [&](const SealedRun& run) { return run.slot == slot; });
  }
  runs_in_.erase(slot);
  dense_.erase(slot);
}

std::shared_ptr<const DenseSlot> PlacementIndex::dense(std::uint64_t slot) const {
  const auto at = dense_.find(slot);
  return at == dense_.end() ? nullptr : at->second;
}

PlacementIndex::Run PlacementIndex::sealed_run(const SealedRun& run) const {
  if (unknown_.contains(run.slot)) return {Run::Kind::unknown, run.slot, nullptr, 0};
  if (auto table = dense(run.slot)) return {Run::Kind::dense, run.slot, std::move(table), 0};
  return {Run::Kind::side, run.slot, nullptr, run.row};
}

bool PlacementIndex::unknown_between(std::optional<std::uint64_t> after,
                                     std::uint64_t before) const {
  const auto at = after ? unknown_.upper_bound(*after) : unknown_.begin();
  return at != unknown_.end() && *at < before;
}

/// The run at `index` of the sealed ones, or the open slot behind the last; `after` is the slot
/// in front of it that is known to hold nothing more.
PlacementIndex::Run PlacementIndex::run_after(PartitionId partition, const Partition* known,
                                              std::size_t index,
                                              std::optional<std::uint64_t> after) const {
  const bool sealed = known && index < known->sealed.size();
  const bool open =
      open_ && open_->first_of(partition) != no_offset && (!after || *after < open_->number());
  const std::uint64_t slot = sealed ? known->sealed[index].slot : open_slot();
  if (unknown_between(after, slot)) return {Run::Kind::unknown, slot, nullptr, 0};
  if (sealed) return sealed_run(known->sealed[index]);
  if (open) return {Run::Kind::dense, open_->number(), open_, 0};
  return {};
}

PlacementIndex::Run PlacementIndex::first_run(PartitionId partition, Offset from) const {
  const auto at = partitions_.find(partition);
  const Partition* known = at == partitions_.end() ? nullptr : &at->second;
  if (open_) {
    const Offset open_first = open_->first_of(partition);
    if (open_first != no_offset && open_first <= from) {
      return {Run::Kind::dense, open_->number(), open_, 0};
    }
  }
  if (!known) return run_after(partition, known, 0, std::nullopt);
  const auto above = std::upper_bound(known->sealed.begin(), known->sealed.end(), from,
                                      [](Offset o, const SealedRun& run) { return o < run.first; });
  if (above == known->sealed.begin()) return run_after(partition, known, 0, std::nullopt);
  return sealed_run(*std::prev(above));
}

PlacementIndex::Run PlacementIndex::next_run(PartitionId partition, std::uint64_t slot) const {
  const auto at = partitions_.find(partition);
  if (at == partitions_.end()) return run_after(partition, nullptr, 0, slot);
  const auto& sealed = at->second.sealed;
  const auto above =
      std::upper_bound(sealed.begin(), sealed.end(), slot,
                       [](std::uint64_t s, const SealedRun& run) { return s < run.slot; });
  const auto index = static_cast<std::size_t>(above - sealed.begin());
  return run_after(partition, &at->second, index, slot);
}

template <class Gone>
void PlacementIndex::forget_runs(std::vector<SealedRun>& sealed, Gone gone) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    if (!gone(i)) {
      sealed[kept++] = sealed[i];
      continue;
    }
    const auto count = runs_in_.find(sealed[i].slot);
    if (--count->second == 0) runs_in_.erase(count);
  }
  sealed.resize(kept);
}

void PlacementIndex::trim(const KeptRecords& kept) {
  Partition& known = partitions_[kept.partition];
  known.log_start = std::max(known.log_start, kept.first);
  if (known.sealed.empty() || known.sealed.front().first >= kept.log_start) return;
  const Offset in_open = open_ ? open_->first_of(kept.partition) : no_offset;
  // Ends are looked up in front of what moves up: the next run is still where it was.
  std::vector<SealedRun>& sealed = known.sealed;
  forget_runs(sealed, [&](std::size_t i) {
    if (sealed[i].first >= kept.log_start) return false;
    const Offset end = i + 1 < sealed.size()  ? sealed[i + 1].first
                       : in_open != no_offset ? in_open
                                              : kept.log_end;
    if (end <= kept.first) return true;
    return end <= kept.log_start && !kept.any_waits_in(sealed[i].first, end - 1);
  });
}

void PlacementIndex::drop(PartitionId partition) {
  if (const auto at = partitions_.find(partition); at != partitions_.end()) {
    forget_runs(at->second.sealed, [](std::size_t) { return true; });
    partitions_.erase(at);
  }
  if (open_) open_->drop(partition);
}

std::vector<StoredRun> PlacementIndex::stored(PartitionId partition, Offset log_end) const {
  std::vector<StoredRun> runs;
  if (any_unknown()) return runs;
  if (const auto at = partitions_.find(partition); at != partitions_.end()) {
    runs.reserve(at->second.sealed.size() + 1);
    for (const SealedRun& run : at->second.sealed)
      runs.push_back({run.slot, run.first, log_end, run.bytes, std::int64_t{run.newest_s} * 1000});
  }
  if (const Offset first = open_ ? open_->first_of(partition) : no_offset; first != no_offset) {
    runs.push_back({open_->number(), first, log_end, open_->bytes_of(partition), INT64_MAX});
  }
  for (std::size_t i = 1; i < runs.size(); ++i)
    runs[i - 1].end = runs[i].first;
  return runs;
}

Offset PlacementIndex::log_start(PartitionId partition) const {
  const auto at = partitions_.find(partition);
  return at == partitions_.end() ? Offset{0} : at->second.log_start;
}

bool PlacementIndex::is_empty(std::uint64_t slot) const {
  return slot < open_slot() && !unknown(slot) && !runs_in_.contains(slot);
}

std::size_t PlacementIndex::bytes() const {
  std::size_t bytes = open_ ? open_->bytes() : 0;
  for (const auto& [slot, table] : dense_)
    bytes += table->bytes();
  for (const auto& [partition, known] : partitions_) {
    bytes += sizeof(known) + known.sealed.capacity() * sizeof(SealedRun);
  }
  return bytes;
}

}  // namespace rialto
