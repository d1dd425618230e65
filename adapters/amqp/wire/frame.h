#pragma once

#include "core/base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace rialto::amqp {

/// A frame on the wire: type u8, channel u16, size u32, `size` bytes, 0xCE.
enum class FrameType : std::uint8_t { method = 1, header = 2, body = 3, heartbeat = 8 };

constexpr std::size_t frame_head_bytes = 7;
/// What a frame costs beside its payload; frame_max counts it too.
constexpr std::size_t frame_overhead_bytes = 8;
constexpr char frame_end = '\xCE';
constexpr std::uint32_t frame_bytes_min = 4096;

struct Frame {
  std::uint8_t type = 0;
  std::uint16_t channel = 0;
  Bytes payload;
  Bytes whole;  ///< head, payload and end octet
};

enum class FrameState : std::uint8_t {
  complete,
  incomplete,  ///< more bytes are needed
  too_large,   ///< the head announces more than allowed
  bad_end,     ///< the end octet is not where the size says
};

struct ScannedFrame {
  FrameState state = FrameState::incomplete;
  Frame frame;                    ///< head fields from the head on; payload when complete
  std::uint64_t whole_bytes = 0;  ///< what the head announces, end octet included
};

/// Looks at the front of `in`. The size is judged before a byte of the payload is waited for.
inline ScannedFrame scan_frame(Bytes in, std::uint32_t payload_max) {
  ScannedFrame s;
  if (in.size() < frame_head_bytes) return s;
  s.frame.type = static_cast<std::uint8_t>(in[0]);
  s.frame.channel = load_be<std::uint16_t>(in.data() + 1);
  const auto size = load_be<std::uint32_t>(in.data() + 3);
  s.whole_bytes = std::uint64_t{size} + frame_overhead_bytes;
  if (size > payload_max) {
    s.state = FrameState::too_large;
    return s;
  }
  if (in.size() < s.whole_bytes) return s;
  s.frame.payload = in.substr(frame_head_bytes, size);
  s.frame.whole = in.substr(0, size + frame_overhead_bytes);
  s.state = s.frame.whole.back() == frame_end ? FrameState::complete : FrameState::bad_end;
  return s;
}

/// Appends head, payload and end octet.
void append_frame(std::string& out, FrameType type, std::uint16_t channel, Bytes payload);

/// Appends the head alone, for a payload that follows in pieces; `frame_end` closes it.
void append_frame_head(std::string& out, FrameType type, std::uint16_t channel, std::size_t size);

/// Encodes a payload in place: the size is filled in by finish().
class OpenFrame {
 public:
  OpenFrame(std::string& out, FrameType type, std::uint16_t channel);
  void finish();

 private:
  std::string& out_;
  std::size_t payload_from_;
};

}  // namespace rialto::amqp
