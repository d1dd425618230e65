#include "core/engine/slot_index.h"
#include "core/engine/slot_index_format.h"

#include <algorithm>
#include <string>

namespace rialto {

using namespace slot_index_format;

namespace {

/// Collects entries into blocks and writes them 256 KiB at a time: the file's size never has to
/// fit in memory.
class BlockWriter {
 public:
  BlockWriter(File& file, const SlotSpan& span) : file_(file), span_(span) {
    buffer_.reserve(buffer_bytes);
  }

  Result<void> head(const Head& head) {
    char* block = next_block();
    encode_head(block, head);
    return flush_when_full();
  }

  /// Where the next entry of the directory goes, and the next row.
  char* held() { return entry(held_bytes); }
  char* row() { return entry(row_bytes); }
  Result<void> held_done() { return entry_done(held_per_block); }
  Result<void> row_done(std::int64_t running_max) {
    store_le(last_block() + running_max_at, running_max);
    return entry_done(rows_per_block);
  }
  /// The next entry starts a block of its own.
  Result<void> end_section() {
    if (entries_ == 0) return {};
    entries_ = 0;
    finish_block(last_block(), span_);
    return flush_when_full();
  }
  Result<void> flush() {
    const Bytes piece = buffer_;
    if (piece.empty()) return {};
    auto written = file_.write(position_bytes_, std::span<const Bytes>(&piece, 1));
    position_bytes_ += buffer_.size();
    buffer_.clear();
    return written;
  }

 private:
  static constexpr std::size_t buffer_bytes = 256 * 1024;

  char* entry(std::size_t bytes) {
    if (entries_ == 0) next_block();
    return last_block() + entries_ * bytes;
  }
  Result<void> entry_done(std::size_t entries_max) {
    return ++entries_ < entries_max ? Result<void>() : end_section();
  }
  char* next_block() {
    buffer_.resize(buffer_.size() + block_bytes, '\0');
    return last_block();
  }
  char* last_block() { return buffer_.data() + buffer_.size() - block_bytes; }
  Result<void> flush_when_full() {
    return buffer_.size() < buffer_bytes ? Result<void>() : flush();
  }

  File& file_;
  const SlotSpan& span_;
  std::string buffer_;
  std::uint64_t position_bytes_ = 0;
  std::size_t entries_ = 0;
};

Result<void> write_rows(BlockWriter& out, const DenseSlot& table, const HeldRows& held,
                        const SlotSpan& span) {
  std::int64_t running_max = INT64_MIN;
  Offset from = held.first;
  for (std::uint32_t row = 0; row < held.rows;) {
    for (const Placement& placement : table.find(held.partition, from, placements_max)) {
      running_max = std::max(running_max, placement.frame.max_timestamp_ms);
      encode_row(out.row(), placement, span);
      if (auto r = out.row_done(running_max); !r) return r;
      from = placement.last() + 1;
      ++row;
    }
  }
  return {};
}

}  // namespace

Result<void> write_slot_index(Directory& dir, const SlotSpan& span, const DenseSlot& table) {
  auto file = dir.create(slot_index_name(span.number));
  if (!file) return file.error();
  const std::vector<HeldRows> directory = table.held();
  Head head;
  head.span = span;
  head.partitions = static_cast<std::uint32_t>(directory.size());
  for (const HeldRows& held : directory)
    head.rows += held.rows;
  BlockWriter out(**file, span);
  if (auto r = out.head(head); !r) return r;
  for (const HeldRows& held : directory) {
    encode_held(out.held(), held);
    if (auto r = out.held_done(); !r) return r;
  }
  if (auto r = out.end_section(); !r) return r;
  for (const HeldRows& held : directory) {
    if (auto r = write_rows(out, table, held, span); !r) return r;
  }
  if (auto r = out.end_section(); !r) return r;
  return out.flush();
}

}  // namespace rialto
