#include "tests/bench/mqload/workloads.h"

#include "tests/bench/mqload/consumer.h"
#include "tests/bench/mqload/latencies.h"
#include "tests/bench/mqload/poller.h"
#include "tests/bench/mqload/publisher.h"

#include <memory>
#include <string>

namespace mqload {

namespace {

std::string dead_letters_of(const Load& load) {
  return load.queue + ".dead";
}

}  // namespace

Table queue_arguments(const Load& load) {
  Table out;
  if (load.quorum) out.text("x-queue-type", "quorum");
  if (load.priorities > 0) out.number("x-max-priority", load.priorities);
  if (load.max_length > 0) out.number("x-max-length", load.max_length);
  if (load.message_ids) out.flag("x-message-deduplication");
  if (load.dead_letters) {
    out.text("x-dead-letter-exchange", "");
    out.text("x-dead-letter-routing-key", dead_letters_of(load));
  }
  return out;
}

Publish message_of(const Load& load, std::uint64_t n) {
  Publish out;
  out.routing_key = load.queue;
  out.body = std::string(load.body_bytes, 'x');
  out.expiration = load.expiration;
  if (load.delay_ms > 0) out.headers.number("x-delay", load.delay_ms);
  if (load.priorities > 0) {
    out.priority = static_cast<int>(n % static_cast<std::uint64_t>(load.priorities));
  }
  if (load.message_ids) out.message_id = MessageId::blank();
  return out;
}

Figures publish_and_consume(const Load& load) {
  AmqpPeer owner(load.port);
  owner.declare_queue(load.queue, !load.transient_queue, queue_arguments(load));
  std::unique_ptr<Consumer> undertaker;
  if (load.dead_letters) {
    owner.declare_queue(dead_letters_of(load), !load.transient_queue, {});
    undertaker = std::make_unique<Consumer>(load, dead_letters_of(load), basic_ack);
  }
  Publisher publisher(load);
  Consumer consumer(load, load.queue, load.dead_letters ? basic_nack : basic_ack);
  Poller poller;
  poller.add(publisher.peer(), [&] { publisher.take_confirms(); });
  poller.add(consumer.peer(), [&] { consumer.take_deliveries(); });
  if (undertaker) poller.add(undertaker->peer(), [&] { undertaker->take_deliveries(); });
  const auto begin = Clock::now();
  while (!publisher.done() || !consumer.done() || (undertaker && !undertaker->done())) {
    publisher.publish();
    poller.wait();
  }
  Figures out;
  add_rate(out, load.messages, begin);
  publisher.latencies().add_to(out, "confirm");
  owner.delete_queue(load.queue);
  if (undertaker) owner.delete_queue(dead_letters_of(load));
  return out;
}

Figures publish_only(const Load& load) {
  AmqpPeer(load.port).declare_queue(load.queue, !load.transient_queue, queue_arguments(load));
  Publisher publisher(load);
  Poller poller;
  poller.add(publisher.peer(), [&] { publisher.take_confirms(); });
  const auto begin = Clock::now();
  while (!publisher.done()) {
    publisher.publish();
    poller.wait();
  }
  Figures out;
  add_rate(out, load.messages, begin);
  return out;
}

Figures one_in_flight(const Load& load) {
  AmqpPeer peer(load.port);
  peer.declare_queue(load.queue, !load.transient_queue, queue_arguments(load));
  peer.confirm_select();
  const std::string one = publish_frames(message_of(load, 0));
  Latencies confirms(load.messages);
  Latencies deliveries(load.messages);
  Poller poller;
  std::uint64_t confirmed = 0;
  Clock::time_point sent_at;
  poller.add(peer, [&] {
    AmqpPeer::Frame frame;
    while (peer.next(frame)) {
      if (frame.method != basic_ack) continue;
      ++confirmed;
      confirms.add(Clock::now() - sent_at);
    }
  });
  std::unique_ptr<Consumer> consumer;
  if (load.consume) {
    Load each = load;
    each.ack_every = 1;
    consumer = std::make_unique<Consumer>(each, load.queue, basic_ack);
    poller.add(consumer->peer(), [&] {
      const auto now = Clock::now();
      if (consumer->take_deliveries() > 0) deliveries.add(now - sent_at);
    });
  }
  const auto begin = Clock::now();
  for (std::uint64_t i = 1; i <= load.messages; ++i) {
    sent_at = Clock::now();
    peer.send_all(one);
    while (confirmed < i || (consumer && consumer->delivered() < i))
      poller.wait();
  }
  Figures out;
  add_rate(out, load.messages, begin);
  confirms.add_to(out, "confirm");
  if (consumer) deliveries.add_to(out, "delivery");
  peer.delete_queue(load.queue);
  return out;
}

}  // namespace mqload
