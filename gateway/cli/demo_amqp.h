#pragma once

#include "gateway/cli/wire_socket.h"

#include <cstdint>
#include <string>

namespace rialto {

/// As much AMQP 0-9-1 as the demo needs, one channel with confirms on. It shares no code with the
/// server's door on purpose: it would then repeat the door's mistakes.
class DemoAmqp {
 public:
  static Result<DemoAmqp> connect(const ListenAddress& to, WireSocket::Deadline deadline);

  Result<void> declare_durable(const std::string& queue);
  /// Persistent, to the default exchange; returns after the broker's confirm.
  Result<void> publish(const std::string& queue, Bytes body);
  /// Takes the next message and acknowledges it.
  Result<std::string> get(const std::string& queue);
  Result<void> remove(const std::string& queue);

 private:
  struct Frame {
    std::uint8_t type = 0;
    std::string payload;
  };

  explicit DemoAmqp(WireSocket socket) : socket_(std::move(socket)) {}
  Result<void> open();
  Result<void> send(std::uint8_t type, std::uint16_t channel, Bytes payload);
  Result<Frame> next_frame();
  /// Sends a method and returns the arguments of the answer it has to have.
  Result<std::string> ask(std::uint16_t channel, Bytes method, std::uint32_t answer);
  Result<std::string> expect(std::uint32_t method);

  WireSocket socket_;
  std::uint32_t frame_max_ = 4096;
};

}  // namespace rialto
