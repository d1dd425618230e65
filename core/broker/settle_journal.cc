#include "core/broker/settle_journal.h"

#include "core/model/frames/codec.h"

#include <algorithm>
#include <utility>

namespace rialto {

namespace {

constexpr std::size_t entry_bytes = 21;  // of a settle frame, without its runs
constexpr std::size_t run_bytes = 16;
constexpr std::size_t item_bytes = 37;  // a count, a lease

template <class Frame>
void add_frame(const Frame& frame, WriteSet& set) {
  set.emplace_back();
  set.back().kind = Frame::kind;
  set.back().meta = encode_fields(frame);
}

/// Calls fn(part) for pieces of `frame.entries` that make frames of a bounded size.
template <class Frame, class F>
void in_parts(Frame& frame, F&& fn) {
  constexpr std::size_t entries_max = SettleJournal::frame_bytes_max / item_bytes;
  if (frame.entries.empty()) return;
  if (frame.entries.size() <= entries_max) return fn(frame);
  Frame part = frame;
  for (std::size_t from = 0; from < frame.entries.size(); from += entries_max) {
    const std::size_t to = std::min(frame.entries.size(), from + entries_max);
    part.entries.assign(frame.entries.begin() + static_cast<std::ptrdiff_t>(from),
                        frame.entries.begin() + static_cast<std::ptrdiff_t>(to));
    fn(part);
  }
}

/// The same for settle frames, whose entries are of any size.
template <class F>
void in_parts(SettleFrame& frame, F&& fn) {
  constexpr std::size_t runs_max = SettleJournal::frame_bytes_max / run_bytes;
  SettleFrame part;
  std::size_t bytes = 0;
  const auto flush = [&] {
    if (!part.entries.empty()) fn(part);
    part.entries.clear();
    bytes = 0;
  };
  for (SettleEntry& entry : frame.entries) {
    for (std::size_t from = 0; from < entry.runs.size(); from += runs_max) {
      const std::size_t to = std::min(entry.runs.size(), from + runs_max);
      const std::size_t more = entry_bytes + (to - from) * run_bytes;
      if (bytes + more > SettleJournal::frame_bytes_max) flush();
      bytes += more;
      part.entries.push_back(SettleEntry{entry.queue, entry.partition, entry.reason, {}});
      part.entries.back().runs.assign(entry.runs.begin() + static_cast<std::ptrdiff_t>(from),
                                      entry.runs.begin() + static_cast<std::ptrdiff_t>(to));
    }
  }
  flush();
}

}  // namespace

void SettleJournal::settled(QueueId queue, PartitionId partition, SettleReason reason,
                            const SettledRun& run) {
  SettleEntry& entry = entry_for(queue, partition, reason);
  if (!entry.runs.empty() && entry.runs.back().last + 1 == run.first) {
    entry.runs.back().last = run.last;
    return;
  }
  entry.runs.push_back(run);
  bytes_ += run_bytes;
}

void SettleJournal::returned(const CountEntry& count) {
  counts_.entries.push_back(count);
  bytes_ += item_bytes;
}

void SettleJournal::lease_changed(QueueId queue, const LeaseEntry& lease) {
  if (leases_.empty() || leases_.back().queue != queue) leases_.push_back(LeaseFrame{queue, {}});
  leases_.back().entries.push_back(lease);
  bytes_ += item_bytes;
}

SettleEntry& SettleJournal::entry_for(QueueId queue, PartitionId partition, SettleReason reason) {
  // Acks of one read buffer mostly belong to few queues: the newest entries are looked at.
  constexpr std::size_t looked_at_max = 8;
  auto& entries = settled_.entries;
  for (std::size_t i = 0; i < entries.size() && i < looked_at_max; ++i) {
    SettleEntry& e = entries[entries.size() - 1 - i];
    if (e.queue == queue && e.partition == partition && e.reason == reason) return e;
  }
  bytes_ += entry_bytes;
  entries.push_back(SettleEntry{queue, partition, reason, {}});
  return entries.back();
}

std::vector<WriteSet> SettleJournal::take() {
  std::vector<WriteSet> sets;
  const bool one = bytes_ <= frame_bytes_max;
  const auto stage = [&](const auto& frame) {
    if (sets.empty() || !one) sets.emplace_back();
    add_frame(frame, sets.back());
  };
  if (one && !settled_.entries.empty()) {
    stage(settled_);
  } else {
    in_parts(settled_, stage);
  }
  // A count that came after a lease ended is newer than the attempt of that lease.
  for (LeaseFrame& frame : leases_)
    in_parts(frame, stage);
  in_parts(counts_, stage);
  settled_.entries.clear();
  leases_.clear();
  counts_.entries.clear();
  bytes_ = 0;
  return sets;
}

}  // namespace rialto
