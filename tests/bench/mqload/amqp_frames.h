#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mqload {

/// A field table, grown entry by entry.
class Table {
 public:
  Table& text(std::string_view name, std::string_view value);
  Table& number(std::string_view name, std::int32_t value);
  Table& flag(std::string_view name);
  bool empty() const { return entries_.empty(); }
  void append_to(std::string& out) const;

 private:
  std::string entries_;
};

/// What is published; what is empty is not sent.
struct Publish {
  std::string exchange;
  std::string routing_key;
  std::string body;
  bool persistent = true;
  Table headers;
  int priority = -1;  ///< below 0 it is not sent
  std::string expiration;
  std::string message_id;
};

void append_short(std::string& out, std::string_view text);
void append_frame(std::string& out, char type, std::uint16_t channel, std::string_view payload);
std::string method_frame(std::uint16_t channel, std::uint32_t method, std::string_view arguments);

/// method + header + body of one message on channel 1.
std::string publish_frames(const Publish& message);
/// basic.ack, or basic.nack that does not requeue, of every delivery up to this one.
std::string settle_frame(std::uint32_t method, std::uint64_t up_to_tag);
std::string commit_frame();

constexpr std::uint32_t id(std::uint32_t klass, std::uint32_t method) {
  return (klass << 16) | method;
}
constexpr std::uint32_t basic_ack = id(60, 80);
constexpr std::uint32_t basic_nack = id(60, 120);
constexpr std::uint32_t basic_deliver = id(60, 60);
constexpr std::uint32_t tx_commit_ok = id(90, 21);

}  // namespace mqload
