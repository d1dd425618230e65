#include "tests/bench/mqload/workloads.h"

#include "core/base/bytes.h"
#include "tests/bench/mqload/amqp_peer.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <vector>

namespace mqload {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t write_bytes = 64U << 10;

double microseconds(Clock::duration d) {
  return std::chrono::duration<double, std::micro>(d).count();
}

/// Publishes within a window; the frames of one message are encoded once and repeated.
class Publisher {
 public:
  explicit Publisher(const Load& load) : load_(load), peer_(load.port) {
    peer_.declare_queue(load.queue, load.durable, load.quorum);
    peer_.confirm_select();
    one_ = AmqpPeer::publish_frames(load.queue, std::string(load.body_bytes, 'x'), true);
    per_write_ = std::max<std::uint64_t>(1, write_bytes / one_.size());
    for (std::uint64_t i = 0; i < per_write_; ++i)
      block_ += one_;
  }

  bool done() const { return confirmed_ == load_.messages; }
  AmqpPeer& peer() { return peer_; }

  /// Fills the window. Waits until a good part of it is open, so that writes stay large.
  void publish() {
    const std::uint64_t open = load_.window - (sent_ - confirmed_);
    const std::uint64_t want = std::min(open, load_.messages - sent_);
    if (want == 0 ||
        (want < std::min(per_write_, load_.window / 4) && want + sent_ < load_.messages)) {
      return;
    }
    std::uint64_t left = want;
    while (left > 0) {
      const std::uint64_t n = std::min(left, per_write_);
      peer_.send_all(std::string_view(block_).substr(0, n * one_.size()));
      left -= n;
    }
    sent_ += want;
  }

  void take_confirms() {
    AmqpPeer::Frame frame;
    while (peer_.next(frame)) {
      if (frame.type != 1) continue;
      if (frame.method == basic_nack) throw std::runtime_error("a message was refused");
      if (frame.method != basic_ack) continue;
      const auto tag = rialto::load_be<std::uint64_t>(frame.payload.data() + 4);
      const bool multiple = (frame.payload[12] & 1) != 0;
      // Singles may overtake each other; only the count matters to the window.
      confirmed_ = multiple ? std::max(confirmed_, tag) : confirmed_ + 1;
    }
  }

 private:
  const Load& load_;
  AmqpPeer peer_;
  std::string one_;
  std::string block_;
  std::uint64_t per_write_ = 1;
  std::uint64_t sent_ = 0;
  std::uint64_t confirmed_ = 0;
};

class Consumer {
 public:
  explicit Consumer(const Load& load) : load_(load), peer_(load.port) {
    peer_.consume(load.queue, load.prefetch);
  }
  bool done() const { return delivered_ == load_.messages; }
  AmqpPeer& peer() { return peer_; }

  void take_deliveries() {
    AmqpPeer::Frame frame;
    while (peer_.next(frame)) {
      if (frame.method != basic_deliver) continue;
      const auto tag_bytes = static_cast<std::uint8_t>(frame.payload[4]);
      tag_ = rialto::load_be<std::uint64_t>(frame.payload.data() + 5 + tag_bytes);
      ++delivered_;
    }
    if (delivered_ - acked_ < load_.ack_every && !done()) return;
    if (delivered_ == acked_) return;
    peer_.send_all(AmqpPeer::ack_frame(tag_, true));
    acked_ = delivered_;
  }

 private:
  const Load& load_;
  AmqpPeer peer_;
  std::uint64_t tag_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t acked_ = 0;
};

void pump(Publisher& publisher, Consumer* consumer) {
  pollfd fds[2] = {{publisher.peer().fd(), POLLIN, 0},
                   {consumer ? consumer->peer().fd() : -1, POLLIN, 0}};
  constexpr int stalled_ms = 30'000;
  if (::poll(fds, consumer ? 2 : 1, stalled_ms) == 0) throw std::runtime_error("stalled for 30 s");
  if (fds[0].revents != 0) {
    publisher.peer().fill(false);
    publisher.take_confirms();
  }
  if (consumer && fds[1].revents != 0) {
    consumer->peer().fill(false);
    consumer->take_deliveries();
  }
}

}  // namespace

Figures publish_and_consume(const Load& load) {
  Publisher publisher(load);
  Consumer consumer(load);
  const auto begin = Clock::now();
  while (!publisher.done() || !consumer.done()) {
    publisher.publish();
    pump(publisher, &consumer);
  }
  Figures out;
  out.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  publisher.peer().delete_queue(load.queue);
  return out;
}

Figures publish_only(const Load& load) {
  Publisher publisher(load);
  const auto begin = Clock::now();
  while (!publisher.done()) {
    publisher.publish();
    pump(publisher, nullptr);
  }
  Figures out;
  out.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return out;
}

Figures one_in_flight(const Load& load) {
  AmqpPeer peer(load.port);
  peer.declare_queue(load.queue, load.durable, load.quorum);
  peer.confirm_select();
  const std::string one =
      AmqpPeer::publish_frames(load.queue, std::string(load.body_bytes, 'x'), true);
  std::vector<double> taken;
  taken.reserve(load.messages);
  const auto begin = Clock::now();
  for (std::uint64_t i = 0; i < load.messages; ++i) {
    const auto sent_at = Clock::now();
    peer.send_all(one);
    bool confirmed = false;
    while (!confirmed) {
      peer.fill(true);
      AmqpPeer::Frame frame;
      while (peer.next(frame))
        confirmed = confirmed || frame.method == basic_ack;
    }
    taken.push_back(microseconds(Clock::now() - sent_at));
  }
  Figures out;
  out.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::sort(taken.begin(), taken.end());
  out.confirm_p50_us = taken[taken.size() / 2];
  out.confirm_p99_us = taken[taken.size() * 99 / 100];
  peer.delete_queue(load.queue);
  return out;
}

}  // namespace mqload
