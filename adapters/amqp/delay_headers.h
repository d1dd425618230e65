#pragma once

#include "core/base/bytes.h"
#include "core/broker/port.h"

#include <optional>
#include <string>

namespace rialto::amqp {

/// The headers that hold a message back, on any exchange: `x-delay` (milliseconds, as RabbitMQ's
/// x-delayed-message exchange reads it: what is no integer above zero is no delay) or
/// `x-deliver-at` (a timestamp, or milliseconds since 1970), and `x-delay-key` (text), by which
/// the message can be cancelled.
class DelayHeaders {
 public:
  /// Looks for them in a headers table. False: they cannot mean anything, fault() says why.
  bool read(Bytes headers);
  const std::string& fault() const { return fault_; }

  /// Nothing: the message is not held back. Its key is a view of the headers read last.
  const std::optional<Delay>& delay() const { return delay_; }

 private:
  std::optional<Delay> delay_;
  std::string fault_;
};

}  // namespace rialto::amqp
