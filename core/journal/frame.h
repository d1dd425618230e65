#pragma once

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/model/frames/frame_kind.h"
#include "core/model/ids.h"

#include <cstdint>
#include <optional>

namespace rialto {

/// The 64 bytes before every frame; FORMAT.md "Frame header" has the layout and the reasons.
/// Meta follows directly, payload directly after meta, then zeros up to a multiple of 8.
struct FrameHeader {
  FrameKind kind = FrameKind::mark;
  std::uint16_t flags = 0;
  Epoch epoch;
  std::uint32_t meta_bytes = 0;
  std::uint32_t payload_bytes = 0;
  std::uint32_t payload_crc = 0;
  Lsn lsn;
  Lsn durable;    ///< everything below was on disk when this frame was handed to the log thread
  Lsn set_first;  ///< LSN of the first frame of its write set
  std::int64_t wall_ms = 0;

  std::uint64_t size_bytes() const;
  /// Address after the frame. Of an `end` frame this is not where the log goes on.
  Lsn end() const { return lsn + size_bytes(); }
  bool last_of_set() const { return (flags & frame_last_of_set) != 0; }
};

constexpr std::uint32_t frame_magic = 0x464c5452;  // "RTLF" on disk
constexpr std::uint64_t frame_header_bytes = 64;
constexpr std::uint64_t frame_alignment_bytes = 8;

constexpr std::uint64_t frame_size_bytes(std::uint64_t meta_bytes, std::uint64_t payload_bytes) {
  const std::uint64_t raw = frame_header_bytes + meta_bytes + payload_bytes;
  return (raw + frame_alignment_bytes - 1) / frame_alignment_bytes * frame_alignment_bytes;
}

inline std::uint64_t FrameHeader::size_bytes() const {
  return frame_size_bytes(meta_bytes, payload_bytes);
}

/// What every header CRC of a directory starts from. Made from the directory's random id, so that
/// bytes a client chose (a payload that looks like a frame) never pass for a frame when recovery
/// has to search for one, nor do slots of another directory.
std::uint32_t frame_seed(Bytes directory_id);

/// Writes the fields, without the CRC, to the 64 bytes at `out`.
void put_frame_header(const FrameHeader& header, char* out);

/// Stamps what is known at hand-over only and closes the CRC. `raw` is the header, directly
/// followed by its meta.
void seal_frame(char* raw, Lsn durable, WallMs wall, std::uint32_t seed);

/// The fields of 64 bytes, when they start with our magic and a format we know; nothing has been
/// verified then.
std::optional<FrameHeader> parse_frame_header(Bytes raw);

/// True when the fields can be those of a frame at `lsn` in slots of `slot_bytes`: the right
/// address, lengths inside of the slot, marks in order.
bool frame_plausible(const FrameHeader& header, Lsn lsn, std::uint64_t slot_bytes);

/// True when the CRC over header and meta holds. `raw` is the header directly followed by all of
/// its meta.
bool frame_crc_holds(Bytes raw, std::uint32_t seed);

/// The same, if the kind field were `kind`: tells a frame whose kind alone has rotted.
bool frame_crc_holds_as(FrameKind kind, Bytes raw, std::uint32_t seed);

}  // namespace rialto
