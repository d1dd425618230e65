#include "core/base/bytes.h"
#include "tests/bench/mqload/consumer.h"
#include "tests/bench/mqload/latencies.h"
#include "tests/bench/mqload/poller.h"
#include "tests/bench/mqload/publisher.h"
#include "tests/bench/mqload/workloads.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <string>

namespace mqload {

namespace {

constexpr std::size_t due_bytes = 8;

/// Publisher and consumer are two processes: their common clock is the wall clock.
std::int64_t wall_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

Figures publish_delayed(const Load& load) {
  AmqpPeer peer(load.port);
  peer.declare_queue(load.queue, !load.transient_queue, queue_arguments(load));
  peer.confirm_select();
  std::mt19937 rng(1);
  const auto begin = Clock::now();
  const std::int64_t began_us = wall_us();
  std::uniform_int_distribution<std::int32_t> due_ms(load.delay_from_ms, load.delay_to_ms);
  Publish message = message_of(load, 0);
  message.body.resize(std::max(load.body_bytes, due_bytes), 'x');
  Outstanding outstanding(load.messages);
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
      message.body.replace(0, due_bytes, due);
      message.headers = Table().number("x-delay", delay);
      block += publish_frames(message);
      outstanding.sent(Clock::now());
    }
    peer.send_all(block);
    while (outstanding.confirmed() < sent) {
      peer.fill(true);
      take_confirms(peer, outstanding, [](Clock::time_point) {});
    }
  }
  return {{"seconds", std::chrono::duration<double>(Clock::now() - begin).count()}};
}

Figures take_delayed(const Load& load) {
  Load all = load;
  all.prefetch = 0;
  Consumer consumer(all, load.queue, basic_ack);
  Poller poller;
  Latencies late(load.messages);
  double early = 0;
  poller.add(consumer.peer(), [&] {
    const std::int64_t now_us = wall_us();
    consumer.take_deliveries([&](std::string_view body) {
      const auto due_us = rialto::load_be<std::int64_t>(body.data());
      late.add(std::chrono::microseconds(now_us - due_us));
      early += now_us < due_us ? 1 : 0;
    });
  });
  while (!consumer.done())
    poller.wait();
  Figures out;
  late.add_to(out, "late");
  out.emplace_back("early", early);
  return out;
}

}  // namespace mqload
