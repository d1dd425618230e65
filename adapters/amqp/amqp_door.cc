#include "adapters/amqp/amqp_door.h"

#include "adapters/amqp/connection.h"

namespace rialto {

std::unique_ptr<Door> make_amqp_door(BrokerPort& port, OutQueue& out, const PeerInfo& peer,
                                     const AmqpSettings& settings, Instant now) {
  return std::make_unique<amqp::Connection>(port, out, peer, settings, now);
}

}  // namespace rialto
