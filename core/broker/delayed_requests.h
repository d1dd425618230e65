#pragma once

#include "core/broker/delay.h"
#include "core/broker/message_identity.h"
#include "core/model/ids.h"
#include "core/model/record.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Requests about messages that wait for their time, like those in requests.h.
namespace rialto {

/// Publishes a message that enters its queues later, by the bindings of that time; answered when
/// it is durable. not_found (no exchange; no queue of that name when the exchange is the default
/// one), access_denied, too_large, full.
struct PublishDelayed {
  struct Answer {
    Offset id;  ///< of the vhost, until it has fired
    std::int64_t due_wall_ms = 0;
    bool repeated = false;  ///< it came before: only the id is told
  };
  std::string exchange;
  std::string routing_key;
  std::optional<std::string> key;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  OwnedDelay delay;
  MessageIdentity identity = {};
};

struct DelayedInfo {
  Offset id;
  std::int64_t due_wall_ms = 0;
  std::string exchange;
  std::vector<std::string> routing_keys;
  std::string cancel_key;
  RecordRef record;  ///< as it was stored
};

/// Those that are due first, after the one given; at most `max`, and no more than 1000.
struct ListDelayed {
  struct Answer {
    std::uint64_t pending = 0;  ///< in all
    std::vector<DelayedInfo> messages;
  };
  std::int64_t after_due_wall_ms = 0;
  Offset after_id = no_offset;
  std::uint32_t max = 100;
};

/// not_found: it has fired, was cancelled or never was.
struct DescribeDelayed {
  using Answer = DelayedInfo;
  Offset id;
};

/// By id, or all that were published with a key. Exactly one of fired and cancelled happens to a
/// message; answered when that is durable. not_found as above.
struct CancelDelayed {
  struct Answer {
    std::uint64_t cancelled = 0;
  };
  std::optional<Offset> id;
  std::string cancel_key;
};

}  // namespace rialto
