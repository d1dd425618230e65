#include "tests/bench/mqload/amqp_frames.h"

#include "core/base/bytes.h"

namespace mqload {

using rialto::append_be;

namespace {

constexpr char frame_end = '\xce';
constexpr std::uint16_t publish_channel = 1;

enum PropertyFlag : std::uint16_t {
  has_headers = 0x2000,
  has_delivery_mode = 0x1000,
  has_priority = 0x0800,
  has_expiration = 0x0100,
  has_message_id = 0x0080,
};

std::uint16_t flags_of(const Publish& message) {
  unsigned flags = has_delivery_mode;
  if (!message.headers.empty()) flags |= has_headers;
  if (message.priority >= 0) flags |= has_priority;
  if (!message.expiration.empty()) flags |= has_expiration;
  if (!message.message_id.empty()) flags |= has_message_id;
  return static_cast<std::uint16_t>(flags);
}

}  // namespace

Table& Table::text(std::string_view name, std::string_view value) {
  append_short(entries_, name);
  entries_.push_back('S');
  append_be(entries_, static_cast<std::uint32_t>(value.size()));
  entries_ += value;
  return *this;
}

Table& Table::number(std::string_view name, std::int32_t value) {
  append_short(entries_, name);
  entries_.push_back('I');
  append_be(entries_, value);
  return *this;
}

Table& Table::flag(std::string_view name) {
  append_short(entries_, name);
  entries_ += "t\1";
  return *this;
}

void Table::append_to(std::string& out) const {
  append_be(out, static_cast<std::uint32_t>(entries_.size()));
  out += entries_;
}

void append_short(std::string& out, std::string_view text) {
  out.push_back(static_cast<char>(text.size()));
  out.append(text);
}

void append_frame(std::string& out, char type, std::uint16_t channel, std::string_view payload) {
  out.push_back(type);
  append_be(out, channel);
  append_be(out, static_cast<std::uint32_t>(payload.size()));
  out.append(payload);
  out.push_back(frame_end);
}

std::string method_frame(std::uint16_t channel, std::uint32_t method, std::string_view arguments) {
  std::string payload;
  append_be(payload, method);
  payload += arguments;
  std::string out;
  append_frame(out, '\1', channel, payload);
  return out;
}

std::string publish_frames(const Publish& message) {
  std::string arguments;
  append_be(arguments, std::uint16_t{0});
  append_short(arguments, message.exchange);
  append_short(arguments, message.routing_key);
  arguments.push_back('\0');
  std::string header;
  append_be(header, std::uint16_t{60});
  append_be(header, std::uint16_t{0});
  append_be(header, static_cast<std::uint64_t>(message.body.size()));
  append_be(header, flags_of(message));
  if (!message.headers.empty()) message.headers.append_to(header);
  header.push_back(message.persistent ? '\2' : '\1');
  if (message.priority >= 0) header.push_back(static_cast<char>(message.priority));
  if (!message.expiration.empty()) append_short(header, message.expiration);
  if (!message.message_id.empty()) append_short(header, message.message_id);
  std::string out = method_frame(publish_channel, id(60, 40), arguments);
  append_frame(out, '\2', publish_channel, header);
  append_frame(out, '\3', publish_channel, message.body);
  return out;
}

std::string settle_frame(std::uint32_t method, std::uint64_t up_to_tag) {
  std::string arguments;
  append_be(arguments, up_to_tag);
  arguments.push_back('\1');
  return method_frame(publish_channel, method, arguments);
}

std::string commit_frame() {
  return method_frame(publish_channel, id(90, 20), {});
}

}  // namespace mqload
