#include "core/queue/ready_bytes.h"

#include <algorithm>

namespace rialto {

ReadyBytes::Counted* ReadyBytes::find(PartitionId partition) {
  const auto at = partitions_.find(partition);
  return at == partitions_.end() ? nullptr : &at->second;
}

void ReadyBytes::look_from(Counted& counted, Offset from) {
  if (counted.to == no_offset) ++to_count_;
  counted.to = from;
}

void ReadyBytes::add_partition(PartitionId partition, Offset from, Offset end) {
  Counted& counted = partitions_[partition];
  counted.to = no_offset;
  if (from < end) look_from(counted, from);
}

std::optional<std::pair<PartitionId, Offset>> ReadyBytes::next_to_count() const {
  if (is_whole()) return std::nullopt;
  const auto at = std::find_if(partitions_.begin(), partitions_.end(),
                               [](const auto& entry) { return entry.second.to != no_offset; });
  return std::pair(at->first, at->second.to);
}

void ReadyBytes::ready(PartitionId partition, Offset offset, std::uint64_t bytes) {
  if (!has_counted(partition, offset)) total_ += bytes;
}

void ReadyBytes::held(PartitionId partition, Offset offset, std::uint64_t bytes) {
  if (Counted* counted = find(partition)) counted->out[offset] = bytes;
}

void ReadyBytes::counted_to(PartitionId partition, Offset next, Offset end) {
  Counted* counted = find(partition);
  if (!counted || counted->to == no_offset) return;
  counted->to = next < end ? next : no_offset;
  if (next >= end) --to_count_;
}

bool ReadyBytes::has_counted(PartitionId partition, Offset offset) const {
  const auto at = partitions_.find(partition);
  return at != partitions_.end() && at->second.has(offset);
}

void ReadyBytes::arrived(PartitionId partition, Offset first, std::optional<std::uint64_t> bytes) {
  Counted* counted = find(partition);
  if (!counted || counted->to != no_offset) return;
  if (bytes) {
    total_ += *bytes;
  } else {
    look_from(*counted, first);
  }
}

void ReadyBytes::left(PartitionId partition, Offset offset, std::uint64_t bytes) {
  if (has_counted(partition, offset)) total_ -= std::min(bytes, total_);
}

void ReadyBytes::taken(PartitionId partition, Offset offset, std::uint64_t bytes) {
  left(partition, offset, bytes);
  held(partition, offset, bytes);
}

std::uint64_t ReadyBytes::returned(PartitionId partition, Offset offset) {
  Counted* counted = find(partition);
  if (!counted) return 0;
  const auto at = counted->out.find(offset);
  if (at == counted->out.end()) return 0;
  const std::uint64_t bytes = at->second;
  counted->out.erase(at);
  if (counted->has(offset)) total_ += bytes;
  return bytes;
}

void ReadyBytes::settled(PartitionId partition, Offset first, Offset last) {
  Counted* counted = find(partition);
  if (!counted) return;
  for (Offset offset = first; offset <= last; ++offset)
    counted->out.erase(offset);
}

}  // namespace rialto
