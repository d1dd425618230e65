#pragma once

#include "gateway/cli/wire_socket.h"

#include <cstdint>
#include <string>

namespace rialto {

/// As much of the Kafka protocol as the demo needs: Produce 3, Fetch 4, record batches without
/// compression. Like DemoAmqp it shares nothing with the server's door.
class DemoKafka {
 public:
  static Result<DemoKafka> connect(const ListenAddress& to, WireSocket::Deadline deadline);

  /// acks=all, partition 0, no key.
  Result<void> produce(const std::string& topic, Bytes value);
  /// The value of the first record of partition 0.
  Result<std::string> first_value(const std::string& topic);

 private:
  explicit DemoKafka(WireSocket socket) : socket_(std::move(socket)) {}
  Result<std::string> ask(std::int16_t api, std::int16_t version, Bytes body);

  WireSocket socket_;
  std::int32_t correlation_ = 0;
};

}  // namespace rialto
