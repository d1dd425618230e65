#include "core/engine/cold_windows.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rialto {
namespace {

std::size_t bytes_of(const std::vector<StoredBatch>& batches) {
  std::size_t bytes = 0;
  for (const StoredBatch& b : batches)
    bytes += b.batch.size();
  return bytes;
}

}  // namespace

std::vector<StoredBatch> split_off(std::vector<StoredBatch>& batches, const ReadSpec& spec) {
  std::size_t bytes = 0;
  auto end = batches.begin();
  while (end != batches.end() && end->base_offset < spec.below) {
    if (end != batches.begin() && bytes + end->batch.size() > spec.bytes_max) break;
    bytes += end->batch.size();
    ++end;
  }
  std::vector<StoredBatch> rest(std::make_move_iterator(end),
                                std::make_move_iterator(batches.end()));
  batches.erase(end, batches.end());
  return rest;
}

void ColdWindows::keep(PartitionId partition, Offset next, std::vector<StoredBatch> rest) {
  const std::size_t bytes = bytes_of(rest);
  windows_.push_back({partition, next, std::move(rest), bytes});
  bytes_ += bytes;
  while (bytes_ > bytes_max_ || windows_.size() > windows_max) {
    bytes_ -= windows_.front().bytes;
    windows_.pop_front();
  }
}

std::vector<StoredBatch> ColdWindows::take(const ReadSpec& spec) {
  const auto at = std::find_if(windows_.begin(), windows_.end(), [&](const Window& w) {
    return w.partition == spec.partition && w.next == spec.from && !w.rest.empty();
  });
  if (at == windows_.end() || at->rest.front().base_offset >= spec.below) return {};
  std::vector<StoredBatch> taken = std::move(at->rest);
  bytes_ -= at->bytes;
  windows_.erase(at);
  std::vector<StoredBatch> rest = split_off(taken, spec);
  keep(spec.partition, taken.back().last_offset + 1, std::move(rest));
  return taken;
}

bool ColdWindows::sequential(PartitionId partition, Offset from) const {
  return std::any_of(windows_.begin(), windows_.end(),
                     [&](const Window& w) { return w.partition == partition && w.next == from; });
}

void ColdWindows::drop(PartitionId partition) {
  std::erase_if(windows_, [&](const Window& w) {
    if (w.partition != partition) return false;
    bytes_ -= w.bytes;
    return true;
  });
}

}  // namespace rialto
