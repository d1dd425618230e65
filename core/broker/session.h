#pragma once

#include "core/base/errc.h"
#include "core/base/slab.h"
#include "core/model/ids.h"
#include "core/model/record.h"

#include <cstdint>
#include <memory>
#include <string>

namespace rialto {

/// The low 16 bits of a consumer's id name the group that it shares a prefetch with: for AMQP its
/// channel.
constexpr std::uint16_t group_of(ConsumerId id) {
  return static_cast<std::uint16_t>(id.get());
}

/// One message on its way to a consumer.
struct Delivery {
  QueueId queue;
  PartitionId partition;
  PartitionIndex index;  ///< of the partition in its topic
  RecordRef record;      ///< decode with view_of(); its offset is the record's offset
  bool redelivered = false;
  std::uint32_t delivery_count = 0;  ///< earlier deliveries that were not settled
  bool shows_count = false;          ///< the queue tells its consumers of that count
  bool shows_offset = false;         ///< its consumer reads a log
  /// The log that it is in, by name; null: that of the queue's own name.
  std::shared_ptr<const std::string> log;
  std::uint32_t cost_bytes = 0;  ///< to be given back through BrokerPort::drained()
};

enum class Settlement : std::uint8_t {
  ack,
  reject,   ///< leaves the queue; dead-lettered where the queue says so
  requeue,  ///< back to its place, redelivered
  failed,   ///< the same, and its holder has failed with it: that is counted and limited
};

/// Consecutive offsets that one consumer (or get) of the session holds.
struct SettleRun {
  QueueId queue;
  PartitionId partition;
  Offset first;
  Offset last;
  Settlement how = Settlement::ack;
};

/// Consecutive publishes of one publisher that share an outcome.
struct PublishOutcome {
  PublisherId publisher;
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  Errc result = Errc::ok;  ///< full: refused (nack); not_found, access_denied...: channel error
  std::string text;        ///< for errors
  bool repeated = false;   ///< they came before, and were not stored again
};

/// A mandatory message that no queue took. It comes before the outcome of the same sequence.
struct ReturnedMessage {
  PublisherId publisher;
  std::string exchange;
  std::string routing_key;
  Slice record;  ///< a one-record batch; decode with record_at(bytes, 61, Offset(0))
};

/// What the broker tells a session outside of replies. All calls on the session's own thread,
/// from its tick, never from inside a call that the session made.
class Session {
 public:
  virtual ~Session() = default;
  virtual void on_published(const PublishOutcome& outcome) = 0;
  virtual void on_returned(const ReturnedMessage& message) = 0;
  virtual void on_delivery(ConsumerId consumer, const Delivery& delivery) = 0;
  /// The queue went away below the consumer.
  virtual void on_consumer_cancelled(ConsumerId consumer) = 0;
  /// Publishing is blocked (`reason` says why) or free again (empty).
  virtual void on_blocked(const std::string& reason) = 0;
  /// Somebody wants this connection to end: say so and leave.
  virtual void on_ended(const std::string& /*reason*/) {}
};

}  // namespace rialto
