#include "core/engine/slot_index_format.h"

#include "core/base/crc32c.h"

#include <cstring>

namespace rialto::slot_index_format {
namespace {

constexpr std::uint64_t magic = 0x32584449'4f4c4152;  // "RALOIDX2"

std::uint32_t stamp_of(const SlotSpan& span) {
  return static_cast<std::uint32_t>(span.end.get() >> 3) ^
         static_cast<std::uint32_t>(span.number * 0x9e3779b9U);
}

bool offsets_hold(Offset base, std::int64_t count) {
  return base.get() >= 0 && count >= 0 && base.get() <= INT64_MAX - 1 - count;
}

}  // namespace

void encode_head(char* block, const Head& head) {
  std::memset(block, 0, block_bytes);
  store_le<std::uint64_t>(block, magic);
  store_le(block + 8, head.span.number);
  store_le(block + 16, head.span.first.get());
  store_le(block + 24, head.span.end.get());
  store_le(block + 32, head.partitions);
  store_le(block + 36, head.rows);
  finish_block(block, head.span);
}

std::optional<Head> decode_head(Bytes block) {
  if (block.size() < block_bytes || load_le<std::uint64_t>(block.data()) != magic) {
    return std::nullopt;
  }
  Head head;
  head.span.number = load_le<std::uint64_t>(block.data() + 8);
  head.span.first = Lsn(load_le<std::uint64_t>(block.data() + 16));
  head.span.end = Lsn(load_le<std::uint64_t>(block.data() + 24));
  head.partitions = load_le<std::uint32_t>(block.data() + 32);
  head.rows = load_le<std::uint32_t>(block.data() + 36);
  if (!block_holds(block, head.span) || head.span.end < head.span.first) return std::nullopt;
  return head;
}

void encode_held(char* out, const HeldRows& held) {
  store_le(out, held.partition.get());
  store_le(out + 8, held.first.get());
  store_le(out + 16, held.last.get());
  store_le(out + 24, held.max_timestamp_ms);
  store_le(out + 32, held.first_row);
  store_le(out + 36, held.rows);
  store_le(out + 40, held.bytes);
}

std::optional<HeldRows> decode_held(const char* in) {
  HeldRows held;
  held.partition = PartitionId(load_le<std::uint64_t>(in));
  held.first = Offset(load_le<std::int64_t>(in + 8));
  held.last = Offset(load_le<std::int64_t>(in + 16));
  held.max_timestamp_ms = load_le<std::int64_t>(in + 24);
  held.first_row = load_le<std::uint32_t>(in + 32);
  held.rows = load_le<std::uint32_t>(in + 36);
  held.bytes = load_le<std::uint64_t>(in + 40);
  if (held.first.get() < 0 || held.last < held.first || held.rows == 0) return std::nullopt;
  if (held.last.get() == INT64_MAX) return std::nullopt;
  return held;
}

void encode_row(char* out, const Placement& placement, const SlotSpan& span) {
  const FrameFacts& frame = placement.frame;
  store_le(out, placement.base.get());
  store_le(out + 8, frame.max_timestamp_ms);
  store_le(out + 16, static_cast<std::uint32_t>(frame.lsn - span.first));
  store_le(out + 20, frame.meta_bytes);
  store_le(out + 24, frame.payload_bytes);
  store_le(out + 28, frame.last_offset_delta);
  store_le<std::uint32_t>(out + 32, frame.flags);
  store_le<std::uint32_t>(out + 36, 0);
}

std::optional<Placement> decode_row(const char* in, const SlotSpan& span) {
  Placement placement;
  placement.base = Offset(load_le<std::int64_t>(in));
  FrameFacts& frame = placement.frame;
  frame.max_timestamp_ms = load_le<std::int64_t>(in + 8);
  frame.lsn = span.first + load_le<std::uint32_t>(in + 16);
  frame.meta_bytes = load_le<std::uint32_t>(in + 20);
  frame.payload_bytes = load_le<std::uint32_t>(in + 24);
  frame.last_offset_delta = load_le<std::int32_t>(in + 28);
  frame.flags = static_cast<std::uint16_t>(load_le<std::uint32_t>(in + 32));
  if (!offsets_hold(placement.base, frame.last_offset_delta)) return std::nullopt;
  // What the row points at lies in the slot, so a damaged row cannot ask for gigabytes.
  const std::uint64_t bytes = std::uint64_t{frame.meta_bytes} + frame.payload_bytes;
  const std::uint64_t slot_bytes = span.end - span.first;
  if (frame.lsn < span.first || frame.lsn >= span.end || bytes > slot_bytes) return std::nullopt;
  return placement;
}

void finish_block(char* block, const SlotSpan& span) {
  store_le(block + stamp_at, stamp_of(span));
  store_le(block + crc_at, crc32c(Bytes(block, crc_at)));
}

bool block_holds(Bytes block, const SlotSpan& span) {
  return load_le<std::uint32_t>(block.data() + crc_at) == crc32c(block.substr(0, crc_at)) &&
         load_le<std::uint32_t>(block.data() + stamp_at) == stamp_of(span);
}

}  // namespace rialto::slot_index_format
