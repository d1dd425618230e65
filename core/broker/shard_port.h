#pragma once

#include "core/broker/port.h"
#include "core/broker/session_event.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace rialto {

/// What every port shares: the sessions of its shard, and handing them their events once a tick.
class ShardPort : public BrokerPort {
 public:
  explicit ShardPort(std::uint32_t shard) : shard_(shard) {}

  /// Gives the waiting events to their sessions, in order. Events that this causes wait for the
  /// next call. True when there were any.
  bool dispatch();

 protected:
  SessionId add(Session& session);
  void remove(SessionId session) { sessions_.erase(session); }

  std::vector<SessionEvent> inbox_;

 private:
  std::uint32_t shard_;
  std::uint64_t last_session_ = 0;
  boost::unordered_flat_map<SessionId, Session*> sessions_;
  std::vector<SessionEvent> under_way_;
};

/// The port of a machine with one shard: the shard's thread is the core thread, requests are
/// plain calls (while the broker holds calls: kept by it), events wait in the inbox until
/// dispatch().
class InlinePort final : public ShardPort, private EventSink {
 public:
  explicit InlinePort(Broker& broker) : ShardPort(0), broker_(broker) {}

  SessionId open(Session& session, Principal who, Protocol protocol) override;
  void close(SessionId session) override;
  void publish(SessionId session, const Publish& message) override;
  void settle(SessionId session, const SettleRun& run) override;
  void drained(SessionId session, std::uint32_t cost_bytes) override;
  void end_publisher(SessionId session, PublisherId publisher) override;
  bool admits_publish() const override;

 protected:
  void post(std::function<void(Broker&)> work) override;
  void bring_back(SessionId session, std::function<void()> reply) override;

 private:
  void push(SessionEvent event) override { inbox_.push_back(std::move(event)); }

  Broker& broker_;
};

}  // namespace rialto
