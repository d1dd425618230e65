#include "core/engine/cold_read.h"

#include <algorithm>
#include <utility>

namespace rialto {

std::vector<Placement> cut_to(std::vector<Placement> placements, Offset below,
                              std::size_t bytes_max, Lsn written) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const Placement& p : placements) {
    if (p.base >= below || p.frame.lsn >= written) break;
    if (count > 0 && bytes + p.frame.payload_bytes > bytes_max) break;
    bytes += p.frame.payload_bytes;
    ++count;
  }
  placements.resize(count);
  return placements;
}

std::size_t placements_for(const Wanted& wanted) {
  constexpr std::size_t small_batch_bytes = 128;
  if (wanted.sequential) return placements_max;
  return std::min(1 + wanted.spec.bytes_max / small_batch_bytes, placements_max);
}

std::size_t cold_bytes(const Wanted& wanted) {
  const std::size_t ahead = wanted.sequential ? read_window_bytes : 0;
  return std::min(std::max(wanted.spec.bytes_max, ahead), cold_read_bytes_max);
}

Result<std::vector<Placement>> look_up(const SlotIndex& index, std::uint32_t row,
                                       const Wanted& wanted, bool nowait) {
  const auto held = index.held_at(row, nowait);
  if (!held) return held.error();
  if (held->partition != wanted.spec.partition) {
    return Error(Errc::corrupt,
                 slot_index_name(index.span().number) + ": the directory is another one");
  }
  if (held->last < wanted.spec.from) return std::vector<Placement>();
  if (!wanted.at_time_ms) {
    return index.find(*held, wanted.spec.from, placements_for(wanted), nowait);
  }
  if (held->max_timestamp_ms < *wanted.at_time_ms) return std::vector<Placement>();
  const auto at = index.at_time(*held, wanted.spec.from, *wanted.at_time_ms, nowait);
  if (!at) return at.error();
  return *at ? std::vector<Placement>{**at} : std::vector<Placement>();
}

namespace {

// Of side files that a warm() had to open, so many stay open.
constexpr std::size_t indexes_kept_max = 16;
// What is beyond is read when it is asked for.
constexpr std::size_t warmed_bytes_max = 8U << 20;

/// False: it failed, or nothing was found.
bool find_placements(ColdRead& read) {
  if (!read.index) {
    auto opened = SlotIndex::open(*read.dir, *read.slot);
    if (!opened) {
      read.lookup_error = opened.error();
      return false;
    }
    read.index = std::move(*opened);
  }
  auto found = look_up(*read.index, read.row, read.wanted, false);
  if (!found) {
    read.lookup_error = found.error();
    return false;
  }
  read.placements = std::move(*found);
  return !read.placements.empty();
}

}  // namespace

void warm(std::vector<ColdRead>& reads) {
  std::shared_ptr<const SlotIndex> index;
  std::size_t kept = 0;
  std::optional<Placement> last;
  std::size_t bytes = 0;
  std::size_t looked_at = 0;
  for (; looked_at < reads.size() && bytes < warmed_bytes_max; ++looked_at) {
    ColdRead& read = reads[looked_at];
    const Offset from = read.wanted.spec.from;
    if (last && from >= last->base && from <= last->last()) {
      read.placements.clear();
      continue;
    }
    if (read.slot) {
      const bool same_slot = index && index->span().number == *read.slot;
      if (same_slot) read.index = index;
      find_placements(read);
      index = read.index;
      if (same_slot || kept == indexes_kept_max) {
        read.index.reset();
      } else if (read.index) {
        ++kept;
      }
    }
    read.placements = cut_to(std::move(read.placements), read.wanted.spec.below, 1, read.written);
    if (read.placements.empty()) continue;
    last = read.placements.front();
    bytes += bytes_of(last->frame);
    read.source.journal->will_need(last->frame.lsn, bytes_of(last->frame));
  }
  reads.erase(reads.begin() + static_cast<std::ptrdiff_t>(looked_at), reads.end());
  for (ColdRead& read : reads) {
    if (read.placements.empty() || bytes_of(read.placements.front().frame) > read_window_bytes) {
      continue;
    }
    read_frames(read.source, read.wanted.spec.partition, read.placements, false);
  }
}

void perform(ColdRead& read) {
  if (read.slot) {
    if (!find_placements(read)) return;
    const auto now =
        cut_to(read.placements, Offset{INT64_MAX}, cold_bytes(read.wanted), read.written);
    // Not asked for, not written yet or larger than what was set aside: the core thread decides.
    if (read.placements.front().base >= read.wanted.spec.below || now.empty()) return;
    if (now.front().frame.payload_bytes > cold_read_bytes_max) return;
    read.placements = now;
  }
  read.reads = read_frames(read.source, read.wanted.spec.partition, read.placements, false);
  read.frames_read = true;
}

}  // namespace rialto
