#pragma once

#include "core/base/budget.h"
#include "core/engine/cold_read.h"
#include "core/engine/cold_windows.h"
#include "core/engine/engine.h"
#include "core/engine/placement_index.h"
#include "core/engine/read_pool.h"
#include "core/engine/slot_index.h"
#include "core/engine/tail_cache.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace rialto {

/// Finds batches: what a cold read brought along, the tail cache, the page cache, and when all
/// of them have to pass, the read pool. Core thread only; never waits for the disk.
///
/// Bounds: `cold_reads_max` reads are pending at a time, together they hold at most
/// `cold_read_bytes` (one larger batch alone), and `cold_cache_bytes_max` of what they brought
/// too much is kept.
class BatchReader {
 public:
  struct Bounds {
    std::size_t cold_reads_max = 64;
    std::size_t cold_read_bytes = 32 * 1024 * 1024;
    std::size_t cold_cache_bytes_max = 4 * 1024 * 1024;
  };
  /// What the reader looks into; all of it outlives the reader. `side_file_damaged` says that the
  /// index of this slot has to be rebuilt; the slot is marked unknown until then.
  struct Sources {
    FrameSource frames;
    Directory* dir = nullptr;
    PlacementIndex* index = nullptr;
    const std::set<std::uint64_t>* slots = nullptr;  ///< those that are there
    const TailCache* tail = nullptr;
    ReadPool* pool = nullptr;
    std::function<void(std::uint64_t slot)> side_file_damaged;
  };

  BatchReader(const Bounds& bounds, Sources sources);

  /// The same outcomes as Engine::read; completed reads are collected with take_completed().
  ReadOutcome read(const ReadSpec& spec, ReadToken token);
  ReadOutcome read_at_time(PartitionId partition, std::int64_t timestamp_ms, ReadToken token);
  /// See Engine::warm. Of more than warmed_max offsets only the first are looked at.
  bool warm(PartitionId partition, const std::vector<Offset>& offsets, ReadToken token);
  std::vector<CompletedRead> take_completed() { return std::exchange(completed_, {}); }
  bool has_completed() const { return !completed_.empty(); }
  /// The index knows more than before, or a bound got room: reads that waited go on.
  void resume();
  /// Everything pending ends with this error.
  void end_pending(const Error& error);

  void drop(PartitionId partition) {
    windows_.drop(partition);
    warmed_.erase(partition);
  }
  /// Some slots are gone.
  void released();

  std::size_t pending() const { return pending_; }
  std::size_t cached_bytes() const { return windows_.bytes(); }

 private:
  using State = ReadOutcome::State;
  /// What a step led to; nullopt: it goes on later. An error comes without batches.
  using Answer = std::optional<FrameReads>;
  using Run = PlacementIndex::Run;
  /// Side files kept open at a time.
  static constexpr std::size_t side_files_max = 16;
  /// What the core thread itself copies out of the page cache for one read.
  static constexpr std::size_t inline_bytes_max = 1024 * 1024;

  /// So many offsets one warm() looks at.
  static constexpr std::size_t warmed_max = 256;

  ReadOutcome begin(const Wanted& wanted);
  std::optional<ColdRead> cold_read_of(PartitionId partition, Offset offset, ReadToken token) const;
  ReadOutcome from_memory(const Wanted& wanted, const Run& run) const;
  Answer go_on(const Wanted& wanted, Run run);
  Answer fetch(const Wanted& wanted, std::vector<Placement> placements);
  FrameReads read_now(const Wanted& wanted, const std::vector<Placement>& placements) const;
  Answer send_lookup(const Wanted& wanted, const Run& run);
  Answer send_frames(const Wanted& wanted, std::vector<Placement> placements);
  Answer send(std::shared_ptr<ColdRead> read, std::size_t bytes);
  Answer wait(const Wanted& wanted);
  void arrived(ColdRead& read);
  Answer frames_arrived(ColdRead& read);
  /// A read that was pending has an answer, or goes on.
  void settle(const Wanted& wanted, Answer answer);
  Answer start_over(const Wanted& wanted);
  std::shared_ptr<const SlotIndex> opened(std::uint64_t slot) const;
  void keep_open(std::shared_ptr<const SlotIndex> index);
  void damaged(std::uint64_t slot);
  bool is_there(std::uint64_t slot) const { return sources_.slots->contains(slot); }

  Bounds bounds_;
  Sources sources_;
  ColdWindows windows_;
  Budget cold_bytes_;
  std::size_t pending_ = 0;  ///< reads that answered `pending` and have not completed
  std::deque<Wanted> waiting_;
  std::deque<std::shared_ptr<const SlotIndex>> open_files_;
  std::vector<CompletedRead> completed_;
  boost::unordered_flat_map<PartitionId, std::vector<Offset>> warmed_;  ///< by its last warm()
};

}  // namespace rialto
