#pragma once

#include "core/base/result.h"
#include "core/engine/dense_slot.h"
#include "core/engine/placement.h"
#include "core/journal/file.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rialto {

/// The part of the journal an index file speaks for. A sealed slot's file covers the slot; the
/// file left by a clean stop covers the open slot as far as it had grown.
struct SlotSpan {
  std::uint64_t number = 0;
  Lsn first;
  Lsn end;
};

std::string slot_index_name(std::uint64_t number);
/// The slot a file name speaks for, nullopt when it is not the name of an index file.
std::optional<std::uint64_t> slot_of_index_name(std::string_view name);

/// Writes the side file of a slot: everything the table holds, sorted by (partition, offset).
/// Derived data, so it is not synced; what a power cut leaves of it fails its checksums.
Result<void> write_slot_index(Directory& dir, const SlotSpan& span, const DenseSlot& table);

/// An open side file. The layout is in README.md. Every block carries its CRC and is checked when
/// it is read, so damage is found by whoever meets it: Errc::corrupt means rebuild the file.
/// Lookups keep nothing in memory; any thread. `nowait` answers Errc::full instead of waiting for
/// the disk.
class SlotIndex {
 public:
  /// Errc::not_found when there is no such file, Errc::corrupt when its head does not hold.
  static Result<std::unique_ptr<const SlotIndex>> open(Directory& dir, std::uint64_t number);

  const SlotSpan& span() const { return span_; }
  std::uint32_t partitions() const { return partitions_; }

  /// The whole directory, in the order of partition ids.
  Result<std::vector<HeldRows>> held(bool nowait) const;
  /// Row `row` of the directory.
  Result<HeldRows> held_at(std::uint32_t row, bool nowait) const;

  /// Batches from the first that reaches `from` on, at most `count_max`.
  Result<std::vector<Placement>> find(const HeldRows& held, Offset from, std::size_t count_max,
                                      bool nowait) const;
  /// The first batch that reaches `from` and whose max timestamp is >= `timestamp_ms`.
  Result<std::optional<Placement>> at_time(const HeldRows& held, Offset from,
                                           std::int64_t timestamp_ms, bool nowait) const;
  /// Every batch of a partition, for taking a whole file into memory.
  Result<std::vector<Placement>> all(const HeldRows& held) const;

 private:
  struct Block;
  struct RowSpan {
    std::uint32_t first;
    std::uint32_t end;
  };
  SlotIndex(std::unique_ptr<File> file, const SlotSpan& span, std::uint32_t partitions,
            std::uint32_t rows);

  Result<void> load(std::uint64_t number, Block& block, bool nowait) const;
  Result<Placement> row(std::uint32_t index, Block& block, bool nowait) const;
  static std::uint32_t guess(RowSpan rows, Offset first, Offset last, Offset from);
  Result<std::uint32_t> first_reaching(const HeldRows& held, Offset from, Block& block,
                                       bool nowait) const;
  Result<std::uint32_t> first_reaching_of(RowSpan rows, Offset from, Block& block,
                                          bool nowait) const;
  Result<std::uint32_t> skip_to_time(const HeldRows& held, std::int64_t timestamp_ms, Block& block,
                                     bool nowait) const;
  Result<std::vector<Placement>> rows(std::uint32_t first, std::uint32_t end, Block& block,
                                      bool nowait) const;
  std::uint64_t block_of_row(std::uint32_t row) const;
  Error damaged(const char* what) const;

  std::unique_ptr<File> file_;
  SlotSpan span_;
  std::uint32_t partitions_;
  std::uint32_t rows_;
};

}  // namespace rialto
