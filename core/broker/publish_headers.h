#pragma once

#include "core/base/bytes.h"
#include "core/broker/delay.h"
#include "core/broker/message_identity.h"
#include "core/model/table_view.h"

#include <cstdint>
#include <optional>
#include <string>

namespace rialto {

/// The headers that say how a message is published.
///
/// When it enters its queues, on any exchange: `x-delay` (milliseconds, as RabbitMQ's
/// x-delayed-message exchange reads it: what is no number above zero is no delay) or
/// `x-deliver-at` (a timestamp, or milliseconds since 1970), and `x-delay-key` (text), by which
/// the message can be cancelled.
///
/// By what it is known when it comes again: `x-producer-name` (text) and `x-producer-sequence`
/// (an integer, 0 or above) together. The name alone means nothing.
class PublishHeaders {
 public:
  /// Looks for them in a headers table. False: they cannot mean anything, fault() says why.
  bool read(Bytes headers);
  const std::string& fault() const { return fault_; }

  /// Nothing: the message is not held back. Its key is a view of the headers read last.
  const std::optional<Delay>& delay() const { return delay_; }
  const std::optional<MessageIdentity>& identity() const { return identity_; }

 private:
  bool read_delay(const FieldView& field);
  bool read_producer(const FieldView& field);
  bool finish();

  std::int64_t after_ms_ = 0;
  std::optional<std::int64_t> at_wall_ms_;
  Bytes cancel_key_;
  std::optional<FieldView> name_;
  std::optional<std::int64_t> sequence_;
  std::optional<Delay> delay_;
  std::optional<MessageIdentity> identity_;
  std::string fault_;
};

}  // namespace rialto
