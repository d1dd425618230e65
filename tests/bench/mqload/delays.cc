#include "core/base/bytes.h"
#include "tests/bench/mqload/amqp_peer.h"
#include "tests/bench/mqload/workloads.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace mqload {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t due_bytes = 8;

/// Publisher and consumer are two processes: their common clock is the wall clock.
std::int64_t wall_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

void await_confirm(AmqpPeer& peer, std::uint64_t upto) {
  for (std::uint64_t confirmed = 0; confirmed < upto;) {
    AmqpPeer::Frame frame;
    while (peer.next(frame)) {
      if (frame.method == basic_nack) throw std::runtime_error("a message was refused");
      if (frame.method == basic_ack) {
        confirmed = std::max(confirmed, rialto::load_be<std::uint64_t>(frame.payload.data() + 4));
      }
    }
    if (confirmed < upto) peer.fill(true);
  }
}

}  // namespace

Figures publish_delayed(const Load& load) {
  AmqpPeer peer(load.port);
  peer.declare_queue(load.queue, load.durable, load.quorum);
  peer.confirm_select();
  std::mt19937 rng(1);
  const auto begin = Clock::now();
  const std::int64_t began_us = wall_us();
  std::uniform_int_distribution<std::int32_t> due_ms(load.delay_from_ms, load.delay_to_ms);
  std::string body(std::max(load.body_bytes, due_bytes), 'x');
  for (std::uint64_t sent = 0; sent < load.messages;) {
    std::string block;
    const std::uint64_t last = std::min(load.messages, sent + load.window);
    for (; sent < last; ++sent) {
      const std::int64_t now_us = wall_us();
      const std::int64_t wanted_us = began_us + std::int64_t{due_ms(rng)} * 1000;
      const auto delay =
          static_cast<std::int32_t>(std::max<std::int64_t>(1, (wanted_us - now_us) / 1000));
      std::string due;
      rialto::append_be(due, now_us + std::int64_t{delay} * 1000);
      body.replace(0, due_bytes, due);
      block += AmqpPeer::publish_frames(load.queue, body, true, delay);
    }
    peer.send_all(block);
    await_confirm(peer, sent);
  }
  Figures out;
  out.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return out;
}

Lateness take_delayed(const Load& load) {
  AmqpPeer peer(load.port);
  peer.consume(load.queue, 0);
  std::vector<double> late_ms;
  late_ms.reserve(load.messages);
  Lateness out;
  std::uint64_t tag = 0;
  std::uint64_t acked = 0;
  while (late_ms.size() < load.messages) {
    peer.fill(true);
    const std::int64_t now_us = wall_us();
    AmqpPeer::Frame frame;
    while (peer.next(frame)) {
      if (frame.type == 3) {
        const auto due_us = rialto::load_be<std::int64_t>(frame.payload.data());
        late_ms.push_back(static_cast<double>(now_us - due_us) / 1000);
        out.early += now_us < due_us ? 1 : 0;
      } else if (frame.method == basic_deliver) {
        const auto tag_bytes = static_cast<std::uint8_t>(frame.payload[4]);
        tag = rialto::load_be<std::uint64_t>(frame.payload.data() + 5 + tag_bytes);
      }
    }
    if (late_ms.size() - acked < load.ack_every && late_ms.size() < load.messages) continue;
    peer.send_all(AmqpPeer::ack_frame(tag, true));
    acked = late_ms.size();
  }
  std::sort(late_ms.begin(), late_ms.end());
  out.p50_ms = late_ms[late_ms.size() / 2];
  out.p99_ms = late_ms[late_ms.size() * 99 / 100];
  out.max_ms = late_ms.back();
  return out;
}

}  // namespace mqload
