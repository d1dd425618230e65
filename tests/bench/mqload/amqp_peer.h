#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mqload {

/// One AMQP 0-9-1 connection with one channel over a raw socket, as cheap as a client can be:
/// frames are encoded once, written in large blocks, and read without copies.
class AmqpPeer {
 public:
  /// Connects to 127.0.0.1 and opens channel 1 as guest. Throws std::runtime_error.
  explicit AmqpPeer(std::uint16_t port);
  ~AmqpPeer();
  AmqpPeer(const AmqpPeer&) = delete;
  AmqpPeer& operator=(const AmqpPeer&) = delete;

  void declare_queue(const std::string& name, bool durable, bool quorum);
  void delete_queue(const std::string& name);
  void confirm_select();
  void consume(const std::string& queue, std::uint16_t prefetch);

  /// method + header + body of one message to the default exchange; with a delay in its headers.
  static std::string publish_frames(const std::string& queue, std::string_view body,
                                    bool persistent, std::int32_t delay_ms = 0);
  static std::string ack_frame(std::uint64_t tag, bool multiple);

  int fd() const { return fd_; }
  void send_all(std::string_view bytes);
  /// Reads what is there into the buffer; false when nothing was (non-blocking).
  bool fill(bool wait);

  struct Frame {
    std::uint8_t type = 0;
    std::uint32_t method = 0;  ///< class << 16 | method, for method frames
    std::string_view payload;
  };
  /// The next complete frame in the buffer.
  bool next(Frame& out);

 private:
  void call(const std::string& arguments, std::uint32_t method, std::uint32_t answer);
  void send_method(std::uint16_t channel, std::uint32_t method, const std::string& arguments);
  void expect(std::uint32_t method);

  int fd_ = -1;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

constexpr std::uint32_t id(std::uint32_t klass, std::uint32_t method) {
  return (klass << 16) | method;
}
constexpr std::uint32_t basic_ack = id(60, 80);
constexpr std::uint32_t basic_nack = id(60, 120);
constexpr std::uint32_t basic_deliver = id(60, 60);

}  // namespace mqload
