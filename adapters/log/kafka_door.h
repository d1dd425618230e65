#pragma once

#include "core/base/clock.h"
#include "core/broker/port.h"
#include "core/net/door.h"
#include "core/net/out_queue.h"

#include <cstdint>
#include <memory>
#include <string>

namespace rialto::kafka {

struct KafkaSettings {
  std::string cluster_id = "rialto";
  /// Whether asking for the metadata of a missing topic may create it.
  bool auto_create = true;
  /// For CreateTopics that leaves the count to the broker (-1).
  std::int32_t partitions_default = 1;
};

/// The Kafka wire protocol for one connection. A loopback peer is the user guest on vhost "/";
/// any other is closed, since nothing here authenticates yet. `port` and `out` outlive the door.
std::unique_ptr<Door> make_kafka_door(BrokerPort& port, OutQueue& out, const PeerInfo& peer,
                                      const KafkaSettings& settings, Instant now);

}  // namespace rialto::kafka
