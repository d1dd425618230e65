#include "core/journal/frame.h"

#include "core/base/check.h"

#include <cstdint>

// Any bytes as a frame: parsing stays inside of them, and what was sealed is read back the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rialto;
  constexpr std::uint64_t slot_bytes = 1 << 16;
  const Bytes in(reinterpret_cast<const char*>(data), size);
  const auto header = parse_frame_header(in);
  if (!header) return 0;
  if (!frame_plausible(*header, header->lsn, slot_bytes)) return 0;
  RIALTO_CHECK(header->size_bytes() <= slot_bytes, "a plausible frame fits its slot");
  if (in.size() < frame_header_bytes + header->meta_bytes) return 0;
  std::string raw(in.substr(0, frame_header_bytes + header->meta_bytes));
  static_cast<void>(frame_crc_holds(raw, 0));
  put_frame_header(*header, raw.data());
  seal_frame(raw.data(), header->durable, WallMs(header->wall_ms), 7);
  RIALTO_CHECK(frame_crc_holds(raw, 7) && !frame_crc_holds(raw, 8), "a sealed frame holds");
  const auto again = parse_frame_header(raw);
  RIALTO_CHECK(again && again->lsn == header->lsn && again->kind == header->kind &&
                   again->flags == header->flags && again->payload_crc == header->payload_crc,
               "fields survive");
  return 0;
}
