#include "core/engine/slot_upkeep.h"

#include "core/engine/slot_index.h"
#include "core/engine/slot_scan.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rialto {

SlotSpan whole_slot(std::uint64_t number, std::uint64_t slot_bytes) {
  return {number, Lsn(number * slot_bytes), Lsn((number + 1) * slot_bytes)};
}

void SlotUpkeep::sealed(std::shared_ptr<const DenseSlot> slot) {
  std::move(refused_.begin(), refused_.end(), std::back_inserter(sealed_));
  refused_.clear();
  sealed_.push_back(std::move(slot));
}

void SlotUpkeep::poll() {
  const Lsn durable = sources_.frames.journal->durable();
  std::erase_if(sealed_, [&](std::shared_ptr<const DenseSlot>& slot) {
    if (durable < whole_slot(slot->number(), slot_bytes()).end) return false;
    write(std::move(slot));
    return true;
  });
}

void SlotUpkeep::write(std::shared_ptr<const DenseSlot> slot) {
  sources_.pool->upkeep([this, slot = std::move(slot), dir = sources_.dir,
                         span_bytes = slot_bytes()]() -> ReadPool::Completion {
    const std::uint64_t number = slot->number();
    const bool written = write_slot_index(*dir, whole_slot(number, span_bytes), *slot).has_value();
    // Without its file (a full disk) the slot stays dense in memory. The same disk then has no
    // room for further slots, so this does not add up.
    return [this, slot, number, written] {
      if (written) {
        sources_.index->side_file_written(number);
      } else if (is_there(number)) {
        refused_.push_back(slot);
      }
    };
  });
}

void SlotUpkeep::rebuild(std::uint64_t number) {
  const SlotSpan span = whole_slot(number, slot_bytes());
  const ScanRange range{number, span.first, span.end, sources_.volatile_from};
  sources_.pool->upkeep(
      [this, range, span, source = sources_.frames, dir = sources_.dir]() -> ReadPool::Completion {
        auto slot = scan_slot(source, range);
        const bool whole = slot && (*slot)->whole();
        const bool written = whole && write_slot_index(*dir, span, **slot).has_value();
        return [this, number = range.number, slot, written] { rebuilt(number, slot, written); };
      });
}

void SlotUpkeep::rebuilt(std::uint64_t number, Result<std::shared_ptr<DenseSlot>> slot,
                         bool written) {
  if (is_there(number)) {
    sources_.index->forget(number);
    const bool first_time = rebuilt_.insert(number).second;
    if (slot && written && first_time) {
      sources_.index->add_sealed(number, (*slot)->held(), true);
    } else if (slot) {
      sources_.index->add_dense(*slot);
    }
    if (!slot || !(*slot)->whole()) sources_.index->hold(number);
  }
  sources_.index->now_known(number);
  sources_.index_grew();
}

const StorageUnit* SlotUpkeep::unit(std::uint64_t number) {
  if (const auto known = units_.find(number); known != units_.end()) return &known->second;
  if (sources_.index->unknown(number) || looking_.contains(number)) return nullptr;
  if (const auto table = sources_.index->dense(number)) {
    return &(units_[number] = unit_of(number, table->held()));
  }
  look_into(number);
  // Done at once when the pool works inline.
  return nullptr;
}

void SlotUpkeep::look_into(std::uint64_t number) {
  looking_.insert(number);
  sources_.pool->upkeep([this, number, dir = sources_.dir]() -> ReadPool::Completion {
    Result<std::vector<HeldRows>> held = std::vector<HeldRows>();
    auto file = SlotIndex::open(*dir, number);
    held = file ? (*file)->held(false) : Result<std::vector<HeldRows>>(file.error());
    return [this, number, held] {
      looking_.erase(number);
      if (!is_there(number) || sources_.index->unknown(number)) return;
      if (held) {
        units_[number] = unit_of(number, *held);
      } else {
        sources_.index->mark_unknown(number);
        rebuild(number);
      }
    };
  });
}

StorageUnit SlotUpkeep::unit_of(std::uint64_t number, const std::vector<HeldRows>& held) const {
  StorageUnit unit;
  unit.number = number;
  unit.held.reserve(held.size());
  for (const HeldRows& h : held) {
    unit.held.push_back({h.partition, h.first, h.last});
  }
  return unit;
}

void SlotUpkeep::release(const std::vector<std::uint64_t>& numbers) {
  const auto gone = [&](const auto& slot) { return !is_there(slot->number()); };
  std::erase_if(sealed_, gone);
  std::erase_if(refused_, gone);
  for (const std::uint64_t number : numbers) {
    units_.erase(number);
    rebuilt_.erase(number);
  }
  sources_.pool->upkeep([dir = sources_.dir, numbers]() -> ReadPool::Completion {
    for (const std::uint64_t number : numbers) {
      // One that stays is removed when the directory is opened the next time.
      const std::string name = slot_index_name(number);
      if (dir->exists(name)) static_cast<void>(dir->remove(name));
    }
    return nullptr;
  });
}

}  // namespace rialto
