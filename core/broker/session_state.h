#pragma once

#include "core/broker/port.h"
#include "core/broker/session_event.h"
#include "core/broker/transaction.h"
#include "core/model/ids.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rialto {

class Router;
struct ParkedFetch;
struct ParkedPull;

/// A prefetch that the consumers of a group have in common.
struct SharedPrefetch {
  std::uint32_t limit = 0;
  std::uint64_t held = 0;
  bool full = false;  ///< they have been told to wait
};

/// What the core knows of one session.
struct SessionState {
  /// Deliveries under way to the peer: beyond this its consumers get nothing until bytes left.
  static constexpr std::uint64_t unsent_bytes_max = 2U << 20;

  SessionId id;
  Principal who;
  Protocol protocol = Protocol::amqp;
  EventSink* events = nullptr;
  Router* router = nullptr;  ///< of its vhost; null: there is no such vhost
  std::map<ConsumerId, QueueId> consumers;
  boost::unordered_flat_map<ConsumerId, std::string> consumer_tags;
  std::optional<ConnectionFacts> facts;
  std::int64_t opened_wall_ms = 0;
  std::map<std::uint16_t, ChannelFacts> channels;
  /// Every queue that may hold something for this session, to be visited when it ends.
  boost::unordered_flat_set<QueueId> queues;
  std::vector<QueueId> exclusive;
  /// What waits for records on its behalf.
  boost::unordered_flat_set<std::shared_ptr<ParkedFetch>> fetches;
  boost::unordered_flat_set<std::shared_ptr<ParkedPull>> pulls;
  /// Publishers whose channel has failed: what they sent after the failure is dropped.
  boost::unordered_flat_set<PublisherId> failed;
  boost::unordered_flat_map<std::uint16_t, SharedPrefetch> shared_prefetch;  ///< by group
  boost::unordered_flat_map<ConsumerId, std::string> reply_addresses;
  boost::unordered_flat_map<PublisherId, Transaction> transactions;
  std::uint64_t unsent_bytes = 0;
  bool held_back = false;
};

}  // namespace rialto
