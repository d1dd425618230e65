#include "adapters/amqp/wire/frame.h"

namespace rialto::amqp {

void append_frame_head(std::string& out, FrameType type, std::uint16_t channel, std::size_t size) {
  char head[frame_head_bytes];
  head[0] = static_cast<char>(type);
  store_be(head + 1, channel);
  store_be(head + 3, static_cast<std::uint32_t>(size));
  out.append(head, sizeof head);
}

void append_frame(std::string& out, FrameType type, std::uint16_t channel, Bytes payload) {
  append_frame_head(out, type, channel, payload.size());
  out.append(payload);
  out.push_back(frame_end);
}

OpenFrame::OpenFrame(std::string& out, FrameType type, std::uint16_t channel) : out_(out) {
  append_frame_head(out_, type, channel, 0);
  payload_from_ = out_.size();
}

void OpenFrame::finish() {
  const auto size = static_cast<std::uint32_t>(out_.size() - payload_from_);
  store_be(out_.data() + payload_from_ - 4, size);
  out_.push_back(frame_end);
}

}  // namespace rialto::amqp
