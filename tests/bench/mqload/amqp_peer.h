#pragma once

#include "tests/bench/mqload/amqp_frames.h"

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

  void declare_queue(const std::string& name, bool durable, const Table& arguments);
  void delete_queue(const std::string& name);
  void declare_fanout(const std::string& name);
  void delete_exchange(const std::string& name);
  void bind(const std::string& queue, const std::string& exchange);
  void confirm_select();
  void tx_select();
  void consume(const std::string& queue, std::uint16_t prefetch);

  int fd() const { return fd_; }
  void send_all(std::string_view bytes);
  /// Reads what is there into the buffer; false when nothing was (non-blocking).
  bool fill(bool wait);

  struct Frame {
    std::uint8_t type = 0;
    std::uint32_t method = 0;  ///< class << 16 | method, for method frames
    std::string_view payload;
  };
  /// The next complete frame in the buffer. Throws when it closes the channel or connection.
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

}  // namespace mqload
