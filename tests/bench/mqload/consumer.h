#pragma once

#include "tests/bench/mqload/amqp_peer.h"
#include "tests/bench/mqload/workloads.h"

#include <string>

namespace mqload {

/// Takes every message of the load from one queue and settles them by hand, many at once.
class Consumer {
 public:
  /// `settle` is basic_ack, or basic_nack to reject.
  Consumer(const Load& load, const std::string& queue, std::uint32_t settle);

  bool done() const { return delivered_ == wanted_; }
  std::uint64_t delivered() const { return delivered_; }
  AmqpPeer& peer() { return peer_; }

  /// Takes what can be read and tells each body to `body`; how many there were.
  template <class Body>
  std::uint64_t take_deliveries(Body body) {
    const std::uint64_t before = delivered_;
    AmqpPeer::Frame frame;
    while (peer_.next(frame)) {
      if (frame.type == body_frame) body(frame.payload);
      if (frame.method == basic_deliver) note(frame.payload);
    }
    settle();
    return delivered_ - before;
  }
  std::uint64_t take_deliveries() {
    return take_deliveries([](std::string_view) {});
  }

 private:
  static constexpr std::uint8_t body_frame = 3;

  void note(std::string_view deliver);
  void settle();

  AmqpPeer peer_;
  std::uint64_t wanted_;
  std::uint64_t settle_every_;
  std::uint32_t settle_method_;
  std::uint64_t tag_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t settled_ = 0;
};

}  // namespace mqload
