#include "tests/bench/mqload/consumer.h"
#include "tests/bench/mqload/latencies.h"
#include "tests/bench/mqload/poller.h"
#include "tests/bench/mqload/publisher.h"
#include "tests/bench/mqload/workloads.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace mqload {

Figures fan_out(const Load& load) {
  const std::string exchange = load.queue + ".fanout";
  AmqpPeer owner(load.port);
  owner.declare_fanout(exchange);
  std::vector<std::unique_ptr<Consumer>> consumers;
  Publisher publisher(load, exchange);
  Poller poller;
  poller.add(publisher.peer(), [&] { publisher.take_confirms(); });
  for (std::uint64_t i = 0; i < load.queues; ++i) {
    const std::string queue = load.queue + std::to_string(i);
    owner.declare_queue(queue, !load.transient_queue, queue_arguments(load));
    owner.bind(queue, exchange);
    consumers.push_back(std::make_unique<Consumer>(load, queue, basic_ack));
    poller.add(consumers.back()->peer(),
               [consumer = consumers.back().get()] { consumer->take_deliveries(); });
  }
  const auto done = [&] {
    return publisher.done() &&
           std::all_of(consumers.begin(), consumers.end(), [](const auto& c) { return c->done(); });
  };
  const auto begin = Clock::now();
  while (!done()) {
    publisher.publish();
    poller.wait();
  }
  Figures out;
  add_rate(out, load.messages * load.queues, begin);
  for (std::uint64_t i = 0; i < load.queues; ++i)
    owner.delete_queue(load.queue + std::to_string(i));
  owner.delete_exchange(exchange);
  return out;
}

}  // namespace mqload
