#pragma once

#include "core/engine/dense_slot.h"
#include "core/engine/engine.h"
#include "core/engine/frame_reader.h"
#include "core/engine/placement_index.h"
#include "core/engine/read_pool.h"
#include "core/engine/slot_index.h"
#include "core/journal/file.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace rialto {

/// Keeps one side file a sealed slot: writes it once the whole slot is durable (never earlier: a
/// file that is there speaks for bytes that cannot change any more), rebuilds it when it is
/// missing or damaged, reads who has records in it when space is to be reclaimed, deletes it with
/// its slot. The work is done by the read pool; everything here is for the core thread.
class SlotUpkeep {
 public:
  struct Sources {
    FrameSource frames;
    Directory* dir = nullptr;
    PlacementIndex* index = nullptr;
    const std::set<std::uint64_t>* slots = nullptr;  ///< those that are there
    ReadPool* pool = nullptr;
    Lsn volatile_from;                 ///< volatile targets below ended with an earlier process
    std::function<void()> index_grew;  ///< an unknown slot became known
  };

  /// Storage units looked up at a time: bounds the memory of their directories.
  static constexpr std::size_t units_listed_max = 4;

  explicit SlotUpkeep(Sources sources) : sources_(std::move(sources)) {}

  /// This slot was sealed; the index holds it dense until its file is written.
  void sealed(std::shared_ptr<const DenseSlot> slot);
  /// Once a tick: starts what may start now.
  void poll();

  /// The slot's file is missing or damaged, and the slot is marked unknown.
  void rebuild(std::uint64_t number);
  /// What a slot holds; null while that is being looked up.
  const StorageUnit* unit(std::uint64_t number);
  /// Nobody asks for units below any more.
  void units_passed(std::uint64_t number) {
    units_.erase(units_.begin(), units_.lower_bound(number));
  }
  void release(const std::vector<std::uint64_t>& numbers);

 private:
  void write(std::shared_ptr<const DenseSlot> slot);
  void rebuilt(std::uint64_t number, Result<std::shared_ptr<DenseSlot>> slot, bool written);
  void look_into(std::uint64_t number);
  bool is_there(std::uint64_t number) const { return sources_.slots->contains(number); }
  std::uint64_t slot_bytes() const { return sources_.frames.journal->slot_bytes(); }
  StorageUnit unit_of(std::uint64_t number, const std::vector<HeldRows>& held) const;

  Sources sources_;
  std::vector<std::shared_ptr<const DenseSlot>> sealed_;   ///< not durable as a whole yet
  std::vector<std::shared_ptr<const DenseSlot>> refused_;  ///< the disk was full: with the next
  std::set<std::uint64_t> rebuilt_;  ///< once is an accident, twice is a disk not to be trusted
  std::map<std::uint64_t, StorageUnit> units_;
  std::set<std::uint64_t> looking_;
};

/// The span of a whole slot.
SlotSpan whole_slot(std::uint64_t number, std::uint64_t slot_bytes);

}  // namespace rialto
