#pragma once

#include "core/base/result.h"
#include "core/broker/port.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace rialto::http {

/// Publishes under way on one connection. Each has a lane (a publisher of its own) until its
/// outcome is known, so that a returned message, which carries no sequence, finds its request.
class PublishLanes {
 public:
  /// Told once: stored and routed; stored nowhere because nothing was bound (`returned`); refused.
  struct Outcome {
    Error error;
    bool returned = false;
    bool repeated = false;  ///< all of its queues had it before
  };
  using Done = std::function<void(const Outcome&)>;

  explicit PublishLanes(BrokerPort& broker) : broker_(broker) {}

  /// Sends the message, mandatory, on a free lane; publisher and sequence are filled in here.
  void publish(SessionId session, Publish message, Done done);

  void on_returned(const ReturnedMessage& message);
  void on_published(const PublishOutcome& outcome);

 private:
  struct Lane {
    SessionId session;
    std::uint64_t sequence = 0;
    Done done;  ///< empty: the lane is free
    bool returned = false;
  };

  Lane* find(PublisherId publisher);

  BrokerPort& broker_;
  std::vector<Lane> lanes_;  // the lane of publisher n is at n - 1
};

}  // namespace rialto::http
