#pragma once

#include "core/broker/session.h"
#include "core/model/ids.h"

#include <functional>
#include <string>
#include <variant>

namespace rialto {

/// The broker's words to a session, as they travel to its shard.
struct DeliveryEvent {
  ConsumerId consumer;
  Delivery delivery;
};
struct CancelledEvent {
  ConsumerId consumer;
};
struct BlockedEvent {
  std::string reason;
};
struct EndedEvent {
  std::string reason;
};
using ReplyEvent = std::function<void()>;

struct SessionEvent {
  SessionId session;
  std::variant<DeliveryEvent, PublishOutcome, ReturnedMessage, CancelledEvent, BlockedEvent,
               EndedEvent, ReplyEvent>
      what;
};

/// Where the core leaves events for the sessions of one shard. Core thread.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void push(SessionEvent event) = 0;
};

}  // namespace rialto
