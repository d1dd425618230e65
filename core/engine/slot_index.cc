#include "core/engine/slot_index.h"

#include "core/engine/slot_index_format.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace rialto {

using namespace slot_index_format;

/// One block in memory, and which one it is.
struct SlotIndex::Block {
  std::uint64_t number = UINT64_MAX;
  char bytes[block_bytes];
};

std::string slot_index_name(std::uint64_t number) {
  return "index-" + std::to_string(number);
}

std::optional<std::uint64_t> slot_of_index_name(std::string_view name) {
  constexpr std::string_view prefix = "index-";
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

SlotIndex::SlotIndex(std::unique_ptr<File> file, const SlotSpan& span, std::uint32_t partitions,
                     std::uint32_t rows)
    : file_(std::move(file)), span_(span), partitions_(partitions), rows_(rows) {}

/// Where `from` would be if offsets lay evenly.
std::uint32_t SlotIndex::guess(RowSpan rows, Offset first, Offset last, Offset from) {
  if (from <= first) return rows.first;
  if (from >= last) return rows.end - 1;
  const double part = static_cast<double>(from - first) / static_cast<double>(last - first);
  const auto row = static_cast<std::uint32_t>(part * (rows.end - rows.first));
  return rows.first + std::min(row, rows.end - rows.first - 1);
}

Error SlotIndex::damaged(const char* what) const {
  return {Errc::corrupt, slot_index_name(span_.number) + ": " + what};
}

Result<std::unique_ptr<const SlotIndex>> SlotIndex::open(Directory& dir, std::uint64_t number) {
  const std::string name = slot_index_name(number);
  if (!dir.exists(name)) return Error(Errc::not_found, name + " is not there");
  auto file = dir.open(name);
  if (!file) return file.error();
  char head[block_bytes];
  const auto size = (*file)->size_bytes();
  if (!size) return size.error();
  if (*size < block_bytes) return Error(Errc::corrupt, name + ": shorter than its head");
  if (auto r = (*file)->read(0, head, block_bytes, false); !r) return r.error();
  const auto decoded = decode_head(Bytes(head, block_bytes));
  if (!decoded || decoded->span.number != number) {
    return Error(Errc::corrupt, name + ": the head does not hold");
  }
  if (*size != file_bytes(decoded->partitions, decoded->rows)) {
    return Error(Errc::corrupt, name + ": " + std::to_string(*size) + " bytes, the head says " +
                                    std::to_string(file_bytes(decoded->partitions, decoded->rows)));
  }
  return std::unique_ptr<const SlotIndex>(
      new SlotIndex(std::move(*file), decoded->span, decoded->partitions, decoded->rows));
}

Result<void> SlotIndex::load(std::uint64_t number, Block& block, bool nowait) const {
  if (block.number == number) return {};
  block.number = UINT64_MAX;
  if (auto r = file_->read(number * block_bytes, block.bytes, block_bytes, nowait); !r) {
    return r.error().code == Errc::full ? r.error() : damaged("a block cannot be read");
  }
  if (!block_holds(Bytes(block.bytes, block_bytes), span_)) return damaged("a block does not hold");
  block.number = number;
  return {};
}

std::uint64_t SlotIndex::block_of_row(std::uint32_t row) const {
  return 1 + directory_blocks(partitions_) + row / rows_per_block;
}

Result<HeldRows> SlotIndex::held_at(std::uint32_t row, bool nowait) const {
  if (row >= partitions_) return damaged("a directory row is missing");
  Block block;
  if (auto r = load(1 + row / held_per_block, block, nowait); !r) return r.error();
  const auto held = decode_held(block.bytes + row % held_per_block * held_bytes);
  if (!held || held->first_row > rows_ || held->rows > rows_ - held->first_row) {
    return damaged("a directory row does not hold");
  }
  return *held;
}

Result<std::vector<HeldRows>> SlotIndex::held(bool nowait) const {
  std::vector<HeldRows> all;
  all.reserve(partitions_);
  Block block;
  for (std::uint32_t row = 0; row < partitions_; ++row) {
    if (auto r = load(1 + row / held_per_block, block, nowait); !r) return r.error();
    const auto held = decode_held(block.bytes + row % held_per_block * held_bytes);
    if (!held || held->first_row > rows_ || held->rows > rows_ - held->first_row) {
      return damaged("a directory row does not hold");
    }
    if (!all.empty() && all.back().partition >= held->partition) {
      return damaged("the directory is out of order");
    }
    all.push_back(*held);
  }
  return all;
}

Result<Placement> SlotIndex::row(std::uint32_t index, Block& block, bool nowait) const {
  if (auto r = load(block_of_row(index), block, nowait); !r) return r.error();
  const auto placement = decode_row(block.bytes + index % rows_per_block * row_bytes, span_);
  if (!placement) return damaged("a row does not hold");
  return *placement;
}

Result<std::uint32_t> SlotIndex::first_reaching_of(RowSpan rows, Offset from, Block& block,
                                                   bool nowait) const {
  auto [low, high] = rows;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    const auto at = row(middle, block, nowait);
    if (!at) return at.error();
    if (at->last() < from) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/// Offsets lie about evenly in a slot, so the block is guessed: a lookup reads one or two instead
/// of the logarithm of how many there are.
Result<std::uint32_t> SlotIndex::first_reaching(const HeldRows& held, Offset from, Block& block,
                                                bool nowait) const {
  constexpr int guesses_max = 3;
  RowSpan rows{held.first_row, held.first_row + held.rows};
  Offset first_offset = held.first;
  Offset last_offset = held.last;
  for (int n = 0; n < guesses_max && rows.first < rows.end; ++n) {
    const std::uint32_t number =
        guess(rows, first_offset, last_offset, from) / rows_per_block * rows_per_block;
    const RowSpan of_block{std::max(rows.first, number),
                           std::min(rows.end, number + rows_per_block)};
    const auto last = row(of_block.end - 1, block, nowait);
    if (!last) return last.error();
    if (last->last() < from) {
      rows.first = of_block.end;
      first_offset = last->last() + 1;
      continue;
    }
    const auto first = row(of_block.first, block, nowait);
    if (!first) return first.error();
    if (of_block.first == rows.first || first->base <= from) {
      return first_reaching_of(of_block, from, block, nowait);
    }
    rows.end = of_block.first;
    last_offset = first->base - 1;
  }
  return first_reaching_of(rows, from, block, nowait);
}

Result<std::vector<Placement>> SlotIndex::rows(std::uint32_t first, std::uint32_t end, Block& block,
                                               bool nowait) const {
  std::vector<Placement> found;
  found.reserve(end - first);
  for (std::uint32_t i = first; i < end; ++i) {
    const auto at = row(i, block, nowait);
    if (!at) {
      // What was found so far is an answer; the reader comes again for the rest.
      if (at.error().code == Errc::full && !found.empty()) break;
      return at.error();
    }
    found.push_back(*at);
  }
  return found;
}

Result<std::vector<Placement>> SlotIndex::find(const HeldRows& held, Offset from,
                                               std::size_t count_max, bool nowait) const {
  Block block;
  const auto first = first_reaching(held, from, block, nowait);
  if (!first) return first.error();
  const std::uint32_t end = held.first_row + held.rows;
  const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(count_max, end - *first));
  return rows(*first, *first + count, block, nowait);
}

Result<std::vector<Placement>> SlotIndex::all(const HeldRows& held) const {
  Block block;
  return rows(held.first_row, held.first_row + held.rows, block, false);
}

/// The first row of the first block whose running maximum reaches the time. Only blocks that end
/// with a row of the partition tell anything about it.
Result<std::uint32_t> SlotIndex::skip_to_time(const HeldRows& held, std::int64_t timestamp_ms,
                                              Block& block, bool nowait) const {
  const std::uint32_t end = held.first_row + held.rows;
  std::uint32_t low = held.first_row / rows_per_block;
  std::uint32_t high = end / rows_per_block;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (auto r = load(block_of_row(middle * rows_per_block), block, nowait); !r) return r.error();
    if (running_max_ms(block.bytes) < timestamp_ms) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return std::max(held.first_row, low * rows_per_block);
}

Result<std::optional<Placement>> SlotIndex::at_time(const HeldRows& held, Offset from,
                                                    std::int64_t timestamp_ms, bool nowait) const {
  Block block;
  const auto skipped = skip_to_time(held, timestamp_ms, block, nowait);
  if (!skipped) return skipped.error();
  const auto reaching = first_reaching(held, from, block, nowait);
  if (!reaching) return reaching.error();
  for (std::uint32_t i = std::max(*skipped, *reaching); i < held.first_row + held.rows; ++i) {
    const auto at = row(i, block, nowait);
    if (!at) return at.error();
    if (at->frame.max_timestamp_ms >= timestamp_ms) return std::optional<Placement>(*at);
  }
  return std::optional<Placement>();
}

}  // namespace rialto
