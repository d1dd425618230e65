#pragma once

#include "core/broker/delay.h"
#include "core/broker/message_identity.h"
#include "core/model/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Requests that bring messages together; they belong to requests.h.
namespace rialto {

/// A message in one piece, for requests that carry it whole.
struct NewMessage {
  std::string routing_key;
  std::optional<PartitionIndex> partition;  ///< of a topic
  std::optional<std::string> key;
  std::optional<std::string> body;  ///< nothing: a tombstone
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  /// AMQP's properties, flags and list as on the wire: the message is stored as the AMQP door
  /// stores it, and `headers` has to be empty. Empty: it has none.
  std::string properties;
  std::optional<OwnedDelay> delay;  ///< not to a topic
};

/// All of them or none, in one write set; answered when it is durable. Each is mandatory, but one
/// with a delay is routed when that is over. Refusals name the first message that is at fault:
/// not_found (the exchange, or nobody takes it), access_denied, full, too_large, invalid_argument.
struct PublishMessages {
  struct Answer {
    std::uint64_t repeated = 0;  ///< messages that all of their queues had before
  };
  std::string exchange;
  std::vector<NewMessage> messages;
  MessageIdentity identity = {};  ///< of the first, and by its id of the others; no producer
};

/// Messages from HTTP to a topic, all of them or none: partition given, else by murmur2 of the
/// key, else sticky. Answers the place of each. Refusals as above.
struct AppendMessages {
  struct Place {
    PartitionIndex partition;
    Offset offset;          ///< of one that came before by a sequence, maybe no_offset
    bool repeated = false;  ///< it came before: this is where it is
  };
  using Answer = std::vector<Place>;
  std::string topic;
  std::vector<NewMessage> messages;
  MessageIdentity identity = {};  ///< as above; a producer is for one message
};

}  // namespace rialto
