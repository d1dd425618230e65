#pragma once

#include "core/base/clock.h"
#include "core/broker/port.h"
#include "core/net/door.h"
#include "core/net/out_queue.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace rialto {

/// What all connections of one HTTP listener share. Outlives its doors.
struct HttpSettings {
  enum class Routes : std::uint8_t {
    all,      ///< the API, the first page, health and /metrics
    metrics,  ///< /metrics and health alone
  };

  Routes routes = Routes::all;
  std::int64_t head_timeout_ms = 10'000;  ///< from the first byte of a request to its empty line
  std::int64_t body_timeout_ms = 30'000;  ///< without any byte of a body that is under way
  std::int64_t idle_timeout_ms = 75'000;  ///< between requests

  /// Why requests are not served yet (recovery, drain); an empty text or no function: they are.
  /// Asked on the doors' threads.
  std::function<std::string()> why_not_ready;

  std::string version = "0.1.0";
  std::string revision = "unknown";
  /// host:port, for the first page.
  std::string amqp_address = "127.0.0.1:5672";
  std::string kafka_address = "127.0.0.1:9092";
  std::string http_address = "127.0.0.1:15672";
  /// This node as the Kafka door calls it: the one member of every ISR.
  std::int32_t node_id = 1;
};

std::unique_ptr<Door> make_http_door(BrokerPort& broker, OutQueue& out, const PeerInfo& peer,
                                     const HttpSettings& settings, Instant now);

}  // namespace rialto
