#include "core/engine/dense_slot.h"

#include <algorithm>

namespace rialto {

bool DenseSlot::add(const FrameFacts& frame, const std::vector<DataTarget>& targets,
                    bool with_volatile) {
  const auto wanted = [&](const DataTarget& t) {
    return with_volatile || (t.flags & DataTarget::is_volatile) == 0;
  };
  for (const DataTarget& t : targets) {
    if (wanted(t) && t.base_offset <= last_of(t.partition)) return false;
  }
  const auto index = static_cast<std::uint32_t>(frames_.size());
  frames_.push_back(frame);
  bool any = false;
  for (const DataTarget& t : targets) {
    if (!wanted(t)) continue;
    Rows& held = partitions_[t.partition];
    if (!held.rows.empty() && held.rows.back().frame == index) continue;  // named twice
    if (held.rows.size() == held.rows.capacity()) {
      held.rows.reserve(held.rows.size() + held.rows.size() / 4 + 1);
    }
    const auto base = static_cast<std::uint64_t>(t.base_offset.get());
    held.rows.push_back(
        {static_cast<std::uint32_t>(base), static_cast<std::uint32_t>(base >> 32), index});
    held.max_timestamp_ms = std::max(held.max_timestamp_ms, frame.max_timestamp_ms);
    held.bytes += std::uint64_t{frame.meta_bytes} + frame.payload_bytes;
    if (held.rows.size() % rows_per_maximum == 0) {
      held.running_max_ms.push_back(held.max_timestamp_ms);
    }
    any = true;
  }
  if (!any) frames_.pop_back();
  return true;
}

std::size_t DenseSlot::first_reaching(const Rows& held, Offset from) const {
  const auto at = std::upper_bound(held.rows.begin(), held.rows.end(), from,
                                   [](Offset o, const Row& row) { return o < row.base(); });
  auto i = static_cast<std::size_t>(at - held.rows.begin());
  if (i > 0 && placement(held.rows[i - 1]).last() >= from) --i;
  return i;
}

std::vector<Placement> DenseSlot::find(PartitionId partition, Offset from,
                                       std::size_t count_max) const {
  std::vector<Placement> found;
  const auto at = partitions_.find(partition);
  if (at == partitions_.end()) return found;
  const std::vector<Row>& rows = at->second.rows;
  const std::size_t first = first_reaching(at->second, from);
  const std::size_t count = std::min(count_max, rows.size() - first);
  found.reserve(count);
  for (std::size_t i = first; i < first + count; ++i)
    found.push_back(placement(rows[i]));
  return found;
}

std::optional<Placement> DenseSlot::at_time(PartitionId partition, Offset from,
                                            std::int64_t timestamp_ms) const {
  const auto at = partitions_.find(partition);
  if (at == partitions_.end()) return std::nullopt;
  const Rows& held = at->second;
  const auto run =
      std::lower_bound(held.running_max_ms.begin(), held.running_max_ms.end(), timestamp_ms);
  // Rows of the runs before never reach the time; rows below `from` may be why a run does.
  const std::size_t skipped =
      static_cast<std::size_t>(run - held.running_max_ms.begin()) * rows_per_maximum;
  for (std::size_t i = std::max(skipped, first_reaching(held, from)); i < held.rows.size(); ++i) {
    if (frames_[held.rows[i].frame].max_timestamp_ms >= timestamp_ms) {
      return placement(held.rows[i]);
    }
  }
  return std::nullopt;
}

Offset DenseSlot::first_of(PartitionId partition) const {
  const auto at = partitions_.find(partition);
  return at == partitions_.end() ? no_offset : at->second.rows.front().base();
}

Offset DenseSlot::last_of(PartitionId partition) const {
  const auto at = partitions_.find(partition);
  return at == partitions_.end() ? no_offset : placement(at->second.rows.back()).last();
}

std::uint64_t DenseSlot::bytes_of(PartitionId partition) const {
  const auto at = partitions_.find(partition);
  return at == partitions_.end() ? 0 : at->second.bytes;
}

std::vector<HeldRows> DenseSlot::held() const {
  std::vector<HeldRows> all;
  all.reserve(partitions_.size());
  for (const auto& [partition, held] : partitions_) {
    all.push_back({partition, held.rows.front().base(), placement(held.rows.back()).last(),
                   held.max_timestamp_ms, 0, static_cast<std::uint32_t>(held.rows.size()),
                   held.bytes});
  }
  std::sort(all.begin(), all.end(),
            [](const HeldRows& a, const HeldRows& b) { return a.partition < b.partition; });
  std::uint32_t row = 0;
  for (HeldRows& h : all) {
    h.first_row = row;
    row += h.rows;
  }
  return all;
}

std::size_t DenseSlot::bytes() const {
  std::size_t bytes = frames_.size() * sizeof(FrameFacts);
  for (const auto& [partition, held] : partitions_) {
    bytes +=
        held.rows.capacity() * sizeof(Row) + held.running_max_ms.capacity() * sizeof(std::int64_t);
  }
  return bytes;
}

}  // namespace rialto
