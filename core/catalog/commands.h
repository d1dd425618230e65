#pragma once

#include "core/model/field_table.h"
#include "core/model/frames/catalog_frame.h"
#include "core/model/ids.h"

#include <cstdint>
#include <string>
#include <vector>

namespace rialto {

/// What a client asks of the catalogue. `session` is who asks: exclusive queues are its own.

struct QueueDeclaration {
  SessionId session;
  std::string vhost = "/";
  std::string name;           ///< never empty: the caller makes names for nameless queues
  bool server_named = false;  ///< the caller made the name; amq.gen-... is allowed then
  bool passive = false;
  bool durable = false;
  bool exclusive = false;
  bool auto_delete = false;
  FieldTable arguments;
};

struct QueueDeletion {
  SessionId session;
  std::string vhost = "/";
  std::string name;
  bool if_unused = false;
  bool if_empty = false;
  std::uint64_t consumers = 0;  ///< that it has now
  std::uint64_t messages = 0;   ///< ready ones, now
};

struct ExchangeDeclaration {
  std::string vhost = "/";
  std::string name;
  std::string type;  ///< wire name
  bool passive = false;
  bool durable = false;
  bool auto_delete = false;
  bool internal = false;
  FieldTable arguments;
};

struct ExchangeDeletion {
  std::string vhost = "/";
  std::string name;
  bool if_unused = false;
};

/// A binding to make or to remove.
struct BindingChange {
  SessionId session;
  std::string vhost = "/";
  std::string exchange;
  std::string destination;
  std::string routing_key;
  FieldTable arguments;
  bool to_exchange = false;  ///< the destination is an exchange, otherwise a queue
};

/// A policy to make, or to be like this from now on.
struct PolicyChange {
  PolicyName id;
  std::string pattern;
  std::string apply_to;  ///< RabbitMQ's word
  std::int32_t priority = 0;
  FieldTable definition;
};

struct TopicCreation {
  std::string vhost = "/";
  std::string name;
  std::int32_t partitions = 1;  ///< -1: the default
  std::vector<TopicConfig> configs;
};

struct TopicDeletion {
  std::string vhost = "/";
  std::string name;
};

}  // namespace rialto
