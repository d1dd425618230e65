#include "adapters/amqp/message_writer.h"

#include "adapters/amqp/wire/properties.h"

#include <algorithm>

namespace rialto::amqp {

void append_content(OutQueue& out, std::uint16_t channel, std::uint32_t frame_max, Bytes properties,
                    const Slice& whole, Bytes body) {
  std::string& tail = out.tail();
  append_frame_head(tail, FrameType::header, channel,
                    content_header_fixed_bytes + properties.size());
  append_content_header_fixed(tail, body.size());
  tail.append(properties);
  tail.push_back(frame_end);
  if (body.empty()) return;
  const auto body_at = static_cast<std::size_t>(body.data() - whole.data());
  const std::size_t piece_max = frame_max - frame_overhead_bytes;
  for (std::size_t from = 0; from < body.size(); from += piece_max) {
    const std::size_t size = std::min(piece_max, body.size() - from);
    append_frame_head(out.tail(), FrameType::body, channel, size);
    if (size < OutQueue::share_from_bytes) {
      out.tail().append(body.substr(from, size));
    } else {
      out.append(whole.sub(body_at + from, size));
    }
    out.tail().push_back(frame_end);
  }
}

}  // namespace rialto::amqp
