#pragma once

#include "tests/bench/mqload/amqp_frames.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mqload {

struct Load {
  std::uint16_t port = 5672;
  std::string queue = "mqload";
  bool transient_queue = false;
  bool quorum = false;  ///< ask for a quorum queue (RabbitMQ's synced kind)
  std::size_t body_bytes = 128;
  std::uint64_t messages = 100'000;
  std::uint64_t window = 1000;  ///< publishes without a confirm at most
  std::uint16_t prefetch = 500;
  std::uint64_t ack_every = 100;

  // What a message or its queue asks for besides.
  std::string expiration;
  std::int32_t priorities = 0;  ///< levels of the queue; messages go round them
  std::int32_t delay_ms = 0;
  std::int32_t max_length = 0;
  bool message_ids = false;      ///< each its own, on a queue that looks for those that come again
  bool dead_letters = false;     ///< every message is rejected once and acked where it went
  std::uint64_t per_commit = 0;  ///< transactions of so many instead of confirms

  // Of single modes.
  bool consume = false;
  std::uint64_t rate = 10'000;  ///< messages a second that are due
  std::uint64_t connections = 10;
  std::uint64_t warm_up = 5000;  ///< messages that are not counted
  std::uint64_t queues = 10;
  std::int32_t delay_from_ms = 0;
  std::int32_t delay_to_ms = 0;
};

/// The arguments of the queue that the load asks for.
Table queue_arguments(const Load& load);
/// The n-th message of the load.
Publish message_of(const Load& load, std::uint64_t n);

/// What was measured, by name.
using Figures = std::vector<std::pair<std::string, double>>;

/// Publishes with a window of unconfirmed messages and consumes with manual acks meanwhile.
Figures publish_and_consume(const Load& load);
/// Publishes only: a backlog.
Figures publish_only(const Load& load);
/// One publish at a time, each waits for its confirm, and for its delivery where there is a
/// consumer.
Figures one_in_flight(const Load& load);
/// Publishes when it is due by a fixed schedule, whatever the answers; every latency counts from
/// the time at which the message was due.
Figures open_loop(const Load& load);
/// One fanout exchange, many queues, a connection with manual acks for each.
Figures fan_out(const Load& load);
/// Publishes messages with delays spread evenly between two times from now.
Figures publish_delayed(const Load& load);
/// Takes delayed messages as they come; how late they are, by the clock of the publisher.
Figures take_delayed(const Load& load);

}  // namespace mqload
