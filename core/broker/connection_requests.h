#pragma once

#include "core/model/field_table.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Requests about who is connected; they belong to requests.h.
namespace rialto {

/// What a door knows of its connection, for who lists connections.
struct ConnectionFacts {
  std::string peer_address;   ///< "127.0.0.1:40000"
  std::string local_address;  ///< the same for our end
  std::string protocol;       ///< "AMQP 0-9-1"
  FieldTable client_properties;
  std::uint32_t frame_max = 0;
  std::uint16_t channel_max = 0;
  std::uint16_t heartbeat_s = 0;

  std::string name() const { return peer_address + " -> " + local_address; }
};

/// A session without facts is not listed.
struct NoteConnection {
  struct Answer {};
  ConnectionFacts facts;
};

/// How a channel works.
struct ChannelFacts {
  std::uint32_t prefetch = 0;  ///< of consumers that start from now on; 0: no limit
  bool confirms = false;
  bool transactional = false;
};

/// A channel was opened or closed, or works in another way from now on.
struct NoteChannel {
  struct Answer {};
  std::uint16_t number = 0;
  bool open = true;
  ChannelFacts facts = {};
};

struct ConnectionInfo {
  ConnectionFacts facts;
  std::string user;
  std::string vhost;
  std::int64_t connected_wall_ms = 0;
  std::size_t channels = 0;
};

struct ListConnections {
  using Answer = std::vector<ConnectionInfo>;
};

struct ChannelInfo {
  ConnectionInfo connection;
  std::uint16_t number = 0;
  std::uint32_t consumers = 0;
  std::uint64_t unacked = 0;          ///< of its consumers
  std::uint32_t shared_prefetch = 0;  ///< 0: none
  ChannelFacts facts;
};

struct ListChannels {
  using Answer = std::vector<ChannelInfo>;
};

struct ConsumerInfo {
  ConnectionInfo connection;
  std::uint16_t channel = 0;
  std::string queue;
  std::string tag;
  bool no_ack = false;
  bool exclusive = false;
  std::uint32_t prefetch = 0;
  std::int32_t priority = 0;
  bool one_at_a_time = false;  ///< its queue has one active consumer
  bool active = true;          ///< false: another one is
};

/// Those of connections that have told their facts.
struct ListConsumers {
  using Answer = std::vector<ConsumerInfo>;
};

/// Its door tells the peer why and ends. not_found.
struct CloseConnection {
  struct Answer {};
  std::string name;
  std::string reason;
};

}  // namespace rialto
