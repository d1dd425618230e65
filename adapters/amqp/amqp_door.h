#pragma once

#include "core/base/clock.h"
#include "core/broker/port.h"
#include "core/net/door.h"
#include "core/net/out_queue.h"

#include <cstdint>
#include <memory>
#include <string>

namespace rialto {

/// What the AMQP door says of itself and what it allows. Outlives every door made with it.
struct AmqpSettings {
  /// Clients branch on these two: see the room's README.
  std::string product = "Rialto";
  std::string version = "4.2.0";
  std::string rialto_version = "0.1.0";
  std::string cluster_name = "rialto";
  std::uint16_t channel_max = 2047;
  std::uint32_t frame_max = 131'072;
  std::uint16_t heartbeat_s = 60;
  std::uint64_t body_bytes_max = 16U << 20;
  std::int64_t handshake_ms_max = 10'000;
  /// x-rialto-id on deliveries of what this door stored, too.
  bool delivery_ids = false;
  /// The one user there is, from loopback only.
  std::string user = "guest";
  std::string password = "guest";
};

/// The AMQP 0-9-1 side of one connection.
std::unique_ptr<Door> make_amqp_door(BrokerPort& port, OutQueue& out, const PeerInfo& peer,
                                     const AmqpSettings& settings, Instant now);

}  // namespace rialto
