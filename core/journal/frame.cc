#include "core/journal/frame.h"

#include "core/base/crc32c.h"

#include <cstring>

namespace rialto {
namespace {

constexpr std::uint8_t frame_format = 1;

// Places of the fields; FORMAT.md is the same list in words.
constexpr std::size_t at_format = 4;
constexpr std::size_t at_kind = 5;
constexpr std::size_t at_flags = 6;
constexpr std::size_t at_epoch = 8;
constexpr std::size_t at_meta_bytes = 12;
constexpr std::size_t at_payload_bytes = 16;
constexpr std::size_t at_payload_crc = 20;
constexpr std::size_t at_lsn = 24;
constexpr std::size_t at_durable = 32;
constexpr std::size_t at_set_first = 40;
constexpr std::size_t at_wall_ms = 48;
constexpr std::size_t at_crc = 56;
constexpr std::size_t at_zero = 60;

std::uint32_t crc_of(Bytes raw, std::uint32_t seed) {
  const auto meta_bytes = load_le<std::uint32_t>(raw.data() + at_meta_bytes);
  const std::uint32_t head = crc32c(seed, raw.substr(0, at_crc));
  return crc32c(head, raw.substr(frame_header_bytes, meta_bytes));
}

}  // namespace

std::uint32_t frame_seed(Bytes directory_id) {
  return crc32c(directory_id);
}

void put_frame_header(const FrameHeader& header, char* out) {
  store_le(out, frame_magic);
  store_le(out + at_format, frame_format);
  store_le(out + at_kind, static_cast<std::uint8_t>(header.kind));
  store_le(out + at_flags, header.flags);
  store_le(out + at_epoch, header.epoch.get());
  store_le(out + at_meta_bytes, header.meta_bytes);
  store_le(out + at_payload_bytes, header.payload_bytes);
  store_le(out + at_payload_crc, header.payload_crc);
  store_le(out + at_lsn, header.lsn.get());
  store_le(out + at_durable, header.durable.get());
  store_le(out + at_set_first, header.set_first.get());
  store_le(out + at_wall_ms, header.wall_ms);
  store_le(out + at_crc, std::uint32_t{0});
  store_le(out + at_zero, std::uint32_t{0});
}

void seal_frame(char* raw, Lsn durable, WallMs wall, std::uint32_t seed) {
  store_le(raw + at_durable, durable.get());
  store_le(raw + at_wall_ms, wall.get());
  const auto meta_bytes = load_le<std::uint32_t>(raw + at_meta_bytes);
  store_le(raw + at_crc, crc_of(Bytes(raw, frame_header_bytes + meta_bytes), seed));
}

std::optional<FrameHeader> parse_frame_header(Bytes raw) {
  if (raw.size() < frame_header_bytes) return std::nullopt;
  const char* p = raw.data();
  if (load_le<std::uint32_t>(p) != frame_magic) return std::nullopt;
  if (load_le<std::uint8_t>(p + at_format) != frame_format) return std::nullopt;
  FrameHeader h;
  h.kind = static_cast<FrameKind>(load_le<std::uint8_t>(p + at_kind));
  h.flags = load_le<std::uint16_t>(p + at_flags);
  h.epoch = Epoch(load_le<std::uint32_t>(p + at_epoch));
  h.meta_bytes = load_le<std::uint32_t>(p + at_meta_bytes);
  h.payload_bytes = load_le<std::uint32_t>(p + at_payload_bytes);
  h.payload_crc = load_le<std::uint32_t>(p + at_payload_crc);
  h.lsn = Lsn(load_le<std::uint64_t>(p + at_lsn));
  h.durable = Lsn(load_le<std::uint64_t>(p + at_durable));
  h.set_first = Lsn(load_le<std::uint64_t>(p + at_set_first));
  h.wall_ms = load_le<std::int64_t>(p + at_wall_ms);
  return h;
}

bool frame_plausible(const FrameHeader& header, Lsn lsn, std::uint64_t slot_bytes) {
  if (header.lsn != lsn || header.durable > lsn || header.set_first > lsn) return false;
  return header.size_bytes() <= slot_bytes - lsn.get() % slot_bytes;
}

bool frame_crc_holds(Bytes raw, std::uint32_t seed) {
  if (load_le<std::uint32_t>(raw.data() + at_zero) != 0) return false;
  return load_le<std::uint32_t>(raw.data() + at_crc) == crc_of(raw, seed);
}

bool frame_crc_holds_as(FrameKind kind, Bytes raw, std::uint32_t seed) {
  std::string copy(raw);
  copy[at_kind] = static_cast<char>(kind);
  return frame_crc_holds(copy, seed);
}

}  // namespace rialto
