#pragma once

#include <cstddef>

namespace rialto::layout {

/// Where the header fields of a record batch v2 start, big-endian (FORMAT.md). Only core/model
/// knows these places; everybody else asks BatchHeader.
constexpr std::size_t base_offset = 0;
constexpr std::size_t length = 8;
constexpr std::size_t leader_epoch = 12;
constexpr std::size_t magic = 16;
constexpr std::size_t crc = 17;
constexpr std::size_t attributes = 21;
constexpr std::size_t last_offset_delta = 23;
constexpr std::size_t base_timestamp = 27;
constexpr std::size_t max_timestamp = 35;
constexpr std::size_t producer_id = 43;
constexpr std::size_t producer_epoch = 51;
constexpr std::size_t base_sequence = 53;
constexpr std::size_t record_count = 57;

/// The length field counts what follows it.
constexpr std::size_t uncounted_bytes = 12;

}  // namespace rialto::layout
