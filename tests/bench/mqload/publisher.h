#pragma once

#include "core/base/bytes.h"
#include "tests/bench/mqload/amqp_peer.h"
#include "tests/bench/mqload/latencies.h"

#include <stdexcept>
#include <string>

namespace mqload {

/// A message id is as long as a UUID and ends with a number.
struct MessageId {
  static std::string blank();
  /// Writes the number over the end of the id that begins at `id`.
  static void number(char* id, std::uint64_t n);
};

/// Publishes within a window, or in transactions; frames are encoded once and repeated.
class Publisher {
 public:
  explicit Publisher(const Load& load);
  Publisher(const Load& load, const std::string& exchange);

  bool done() const { return outstanding_.confirmed() == load_.messages; }
  AmqpPeer& peer() { return peer_; }
  Latencies& latencies() { return latencies_; }

  /// Fills the window. Waits until a good part of it is open, so that writes stay large.
  void publish();
  void take_confirms();

 private:
  void send(std::uint64_t count, Clock::time_point now);
  std::uint64_t wanted() const;

  const Load load_;
  AmqpPeer peer_;
  std::string block_;  ///< the frames of per_write_ messages, which are all of one size
  std::size_t one_bytes_ = 0;
  std::size_t id_at_ = 0;
  std::uint64_t per_write_ = 1;
  Outstanding outstanding_;
  Latencies latencies_;
};

/// Takes the confirms that can be read; tells `taken` since when each was awaited. Throws on a
/// nack.
template <class Taken>
void take_confirms(AmqpPeer& peer, Outstanding& outstanding, Taken taken) {
  AmqpPeer::Frame frame;
  while (peer.next(frame)) {
    if (frame.method == basic_nack) throw std::runtime_error("a message was refused");
    if (frame.method == tx_commit_ok) outstanding.confirm(outstanding.sent(), true, taken);
    if (frame.method != basic_ack) continue;
    const auto number = rialto::load_be<std::uint64_t>(frame.payload.data() + 4);
    outstanding.confirm(number, (frame.payload[12] & 1) != 0, taken);
  }
}

}  // namespace mqload
