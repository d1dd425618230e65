#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace mqload {

struct Load {
  std::uint16_t port = 5672;
  std::string queue = "mqload";
  bool durable = true;
  bool quorum = false;  ///< ask for a quorum queue (RabbitMQ's synced kind)
  std::size_t body_bytes = 128;
  std::uint64_t messages = 100'000;
  std::uint64_t window = 1000;  ///< publishes without a confirm at most
  std::uint16_t prefetch = 500;
  std::uint64_t ack_every = 100;
  std::int32_t delay_from_ms = 0;
  std::int32_t delay_to_ms = 0;
};

struct Figures {
  double seconds = 0;
  double confirm_p50_us = 0;
  double confirm_p99_us = 0;
};

/// Publishes with a window of unconfirmed messages and consumes with manual acks meanwhile.
Figures publish_and_consume(const Load& load);
/// One publish at a time, each waits for its confirm.
Figures one_in_flight(const Load& load);
/// Publishes only: a backlog.
Figures publish_only(const Load& load);

/// How late delayed messages came, by the clock of the publisher.
struct Lateness {
  double p50_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;
  std::uint64_t early = 0;
};
/// Publishes messages with delays spread evenly between two times from now.
Figures publish_delayed(const Load& load);
/// Takes them all as they come.
Lateness take_delayed(const Load& load);

}  // namespace mqload
