#include "core/engine/placement_index.h"

#include "core/base/check.h"

#include <algorithm>
#include <utility>

namespace rialto {

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
    const SealedRun run{static_cast<std::uint32_t>(slot), row++, h.first};
    if (!with_volatile && (h.partition.get() & volatile_id_bit) != 0) continue;
    Partition& known = partitions_[h.partition];
    if (h.last < known.log_start) continue;
    const auto at = std::lower_bound(known.sealed.begin(), known.sealed.end(), run,
                                     [](const auto& a, const auto& b) { return a.slot < b.slot; });
    if (at != known.sealed.end() && at->slot == run.slot) {
      *at = run;
    } else {
      known.sealed.insert(at, run);
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

void PlacementIndex::trim(PartitionId partition, Offset log_start) {
  Partition& known = partitions_[partition];
  known.log_start = std::max(known.log_start, log_start);
  // A run ends where the next begins at the latest; the last one may reach beyond the log start.
  const auto above = std::upper_bound(known.sealed.begin(), known.sealed.end(), known.log_start,
                                      [](Offset o, const SealedRun& run) { return o < run.first; });
  if (above - known.sealed.begin() > 1) known.sealed.erase(known.sealed.begin(), above - 1);
}

void PlacementIndex::drop(PartitionId partition) {
  partitions_.erase(partition);
  if (open_) open_->drop(partition);
}

Offset PlacementIndex::log_start(PartitionId partition) const {
  const auto at = partitions_.find(partition);
  return at == partitions_.end() ? Offset{0} : at->second.log_start;
}

void PlacementIndex::release(std::uint64_t up_to_slot) {
  for (auto& [partition, known] : partitions_) {
    std::erase_if(known.sealed, [&](const SealedRun& run) { return run.slot <= up_to_slot; });
  }
  std::erase_if(dense_, [&](const auto& item) { return item.first <= up_to_slot; });
  std::erase_if(unknown_, [&](std::uint64_t slot) { return slot <= up_to_slot; });
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
