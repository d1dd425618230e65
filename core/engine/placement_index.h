#pragma once

#include "core/engine/dense_slot.h"
#include "core/engine/engine.h"
#include "core/engine/placement.h"
#include "core/model/frames/data_frame.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rialto {

/// Which slots hold a partition. The open slot is dense in memory, and so is a sealed one until
/// its side file is there; of every other slot 24 bytes a partition stay (sealed_run_bytes), and
/// the side file has the rest. So memory grows with partitions times slots, never with messages.
///
/// Core thread only.
class PlacementIndex {
 public:
  static constexpr std::size_t sealed_run_bytes = 24;

  /// Where the batches of one partition in one slot are listed.
  struct Run {
    enum class Kind : std::uint8_t {
      none,     ///< there is nothing more
      unknown,  ///< a slot in between is being scanned: ask again when it is known
      dense,    ///< in `table`
      side,     ///< row `row` of the directory in the side file of slot `slot`
    };
    Kind kind = Kind::none;
    std::uint64_t slot = 0;
    std::shared_ptr<const DenseSlot> table;
    std::uint32_t row = 0;
  };

  /// The open slot's number; UINT64_MAX before the first.
  std::uint64_t open_slot() const { return open_ ? open_->number() : UINT64_MAX; }

  /// Starts slot `number`; the one open so far is sealed, stays dense and is returned.
  std::shared_ptr<const DenseSlot> roll_to(std::uint64_t number);
  /// Goes on with what is already known of the open slot.
  void open_with(std::shared_ptr<DenseSlot> slot) { open_ = std::move(slot); }
  const DenseSlot* open() const { return open_.get(); }
  /// Adds a frame to the open slot. False when offsets would go back.
  bool add(const FrameFacts& frame, const std::vector<DataTarget>& targets, bool with_volatile);

  /// A sealed slot whose side file is there: `held` is its whole directory.
  void add_sealed(std::uint64_t slot, const std::vector<HeldRows>& held, bool with_volatile);
  /// The same for a slot that keeps its dense form for now.
  void add_dense(std::shared_ptr<const DenseSlot> table);
  /// The side file of this slot is there: its dense form goes.
  void side_file_written(std::uint64_t slot) { dense_.erase(slot); }
  /// Takes back what was said of this sealed slot.
  void forget(std::uint64_t slot);
  /// Nobody knows yet what this slot holds.
  void mark_unknown(std::uint64_t slot) { unknown_.insert(slot); }
  void now_known(std::uint64_t slot) { unknown_.erase(slot); }
  /// There may be more in this slot than anybody can find out: it is never empty.
  void hold(std::uint64_t slot) { ++runs_in_[slot]; }
  bool any_unknown() const { return !unknown_.empty(); }
  bool unknown(std::uint64_t slot) const { return unknown_.contains(slot); }
  std::shared_ptr<const DenseSlot> dense(std::uint64_t slot) const;

  /// The slot in which the first batch that reaches `from` can be. That slot may turn out to end
  /// in front of `from`: then next_run() has it.
  Run first_run(PartitionId partition, Offset from) const;
  /// The next slot after `slot` that holds the partition.
  Run next_run(PartitionId partition, std::uint64_t slot) const;

  /// Forgets the runs of sealed slots in which nothing is kept.
  void trim(const KeptRecords& kept);
  void drop(PartitionId partition);
  /// The first offset that can be asked for.
  Offset log_start(PartitionId partition) const;
  /// All runs that were not forgotten, the open slot's last; none while any slot is unknown.
  std::vector<StoredRun> stored(PartitionId partition, Offset log_end) const;
  /// A sealed slot, known, and no run of it is left.
  bool is_empty(std::uint64_t slot) const;
  /// An empty slot is gone.
  void release(std::uint64_t slot) { dense_.erase(slot); }

  /// Memory of dense slots and of what is kept of the others.
  std::size_t bytes() const;

 private:
  struct SealedRun {
    std::uint32_t slot;
    std::uint32_t row;
    Offset first;
    std::uint32_t bytes;     // UINT32_MAX: that many or more
    std::uint32_t newest_s;  // rounded up; 0 when before 1970
  };
  static_assert(sizeof(SealedRun) == sealed_run_bytes);
  struct Partition {
    Offset log_start{0};
    std::vector<SealedRun> sealed;  // by slot, and so by offset
  };

  /// Forgets those for which gone(index) holds.
  template <class Gone>
  void forget_runs(std::vector<SealedRun>& sealed, Gone gone);
  Run sealed_run(const SealedRun& run) const;
  Run run_after(PartitionId partition, const Partition* known, std::size_t index,
                std::optional<std::uint64_t> after) const;
  bool unknown_between(std::optional<std::uint64_t> after, std::uint64_t before) const;

  std::shared_ptr<DenseSlot> open_;
  std::unordered_map<std::uint64_t, std::shared_ptr<const DenseSlot>> dense_;
  std::unordered_map<PartitionId, Partition> partitions_;
  std::set<std::uint64_t> unknown_;
  std::unordered_map<std::uint64_t, std::size_t> runs_in_;  // of sealed slots; none: not here
};

}  // namespace rialto
