#pragma once

#include "core/base/bytes.h"
#include "core/engine/placement.h"
#include "core/engine/slot_index.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace rialto::slot_index_format {

/// A file is blocks of 4 KiB: the head, the directory, the rows. An entry of the directory has 48
/// bytes, 85 are in a block; a row has 40 bytes, 102 are in a block. The rest of a block is the
/// running maximum timestamp at its end (rows only), a stamp that tells this writing of the file
/// from an older one, and the CRC.
constexpr std::size_t block_bytes = 4096;
constexpr std::size_t held_bytes = 48;
constexpr std::uint32_t held_per_block = 85;
constexpr std::size_t row_bytes = 40;
constexpr std::uint32_t rows_per_block = 102;
constexpr std::size_t running_max_at = 4080;
constexpr std::size_t stamp_at = 4088;
constexpr std::size_t crc_at = 4092;

struct Head {
  SlotSpan span;
  std::uint32_t partitions = 0;
  std::uint32_t rows = 0;
};

constexpr std::uint64_t directory_blocks(std::uint64_t partitions) {
  return (partitions + held_per_block - 1) / held_per_block;
}
constexpr std::uint64_t file_bytes(std::uint32_t partitions, std::uint32_t rows) {
  const std::uint64_t row_blocks = (std::uint64_t{rows} + rows_per_block - 1) / rows_per_block;
  return block_bytes * (1 + directory_blocks(partitions) + row_blocks);
}

void encode_head(char* block, const Head& head);
/// Nullopt when the block is not a head or is damaged.
std::optional<Head> decode_head(Bytes block);

void encode_held(char* out, const HeldRows& held);
std::optional<HeldRows> decode_held(const char* in);

void encode_row(char* out, const Placement& placement, const SlotSpan& span);
std::optional<Placement> decode_row(const char* in, const SlotSpan& span);

inline std::int64_t running_max_ms(const char* block) {
  return load_le<std::int64_t>(block + running_max_at);
}

/// Fills in stamp and CRC.
void finish_block(char* block, const SlotSpan& span);
bool block_holds(Bytes block, const SlotSpan& span);

}  // namespace rialto::slot_index_format
