#pragma once

#include "core/model/frames/frame_kind.h"
#include "core/model/ids.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rialto {

/// What is kept in a partition's log beyond what its queue views need.
enum class Keep : std::uint8_t { none = 0, time_size = 1, compact = 2 };

/// `delay`: the messages of a vhost that wait for their time. It has no name, and no client sees
/// it.
enum class QueueType : std::uint8_t { classic = 0, quorum = 1, stream = 2, delay = 3 };

/// As clients name it; empty for what no client can ask for.
constexpr std::string_view queue_type_name(QueueType type) {
  switch (type) {
    case QueueType::classic: return "classic";
    case QueueType::quorum: return "quorum";
    case QueueType::stream: return "stream";
    case QueueType::delay: break;
  }
  return {};
}

struct QueueRecord {
  QueueId id;
  std::string vhost;
  std::string name;
  PartitionId partition;
  TopicId topic;  ///< the topic it shows at the Kafka door; 0 = hidden
  bool durable = true;
  bool exclusive = false;
  bool auto_delete = false;
  QueueType type = QueueType::classic;
  std::string arguments;  ///< AMQP field table with its length, as declared
  /// Of a subscription: the topic whose partitions it shows beside its own, and the first offset
  /// that it sees of each.
  TopicId source;
  std::vector<Offset> starts;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.id, s.vhost, s.name, s.partition, s.topic, s.durable, s.exclusive, s.auto_delete, s.type,
      s.arguments, s.source, s.starts);
  }
};

struct TopicConfig {
  std::string name;
  std::string value;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.value);
  }
};

struct TopicRecord {
  TopicId id;
  std::string vhost;
  std::string name;       ///< its Kafka name, chosen at creation
  QueueId queue;          ///< its queue, or its default delivery state; 0 = none
  bool of_queue = false;  ///< lives and dies with `queue`
  Keep keep = Keep::time_size;
  std::vector<PartitionId> partitions;
  std::vector<TopicConfig> configs;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.id, s.vhost, s.name, s.queue, s.of_queue, s.keep, s.partitions, s.configs);
  }
};

enum class ExchangeType : std::uint8_t {
  direct = 0,
  fanout = 1,
  topic = 2,
  headers = 3,
  consistent_hash = 4,
};

struct ExchangeRecord {
  ExchangeId id;
  std::string vhost;
  std::string name;
  ExchangeType type = ExchangeType::direct;
  bool durable = true;
  bool auto_delete = false;
  bool internal = false;
  bool delayed = false;  ///< declared as x-delayed-message; `type` is how it routes
  std::string arguments;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.id, s.vhost, s.name, s.type, s.durable, s.auto_delete, s.internal, s.delayed, s.arguments);
  }
};

/// From an exchange to a queue or to another exchange (exactly one of the two ids is set).
struct BindingRecord {
  BindingId id;
  ExchangeId source;
  QueueId queue;
  ExchangeId destination;
  std::string routing_key;
  std::string arguments;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.id, s.source, s.queue, s.destination, s.routing_key, s.arguments);
  }
};

/// Known by its name, which all that is in it carries.
struct VhostRecord {
  std::string name;
  std::string description;
  std::string tags;  ///< separated by commas

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.description, s.tags);
  }
};

enum class PolicyKind : std::uint8_t {
  user = 0,
  operators = 1,  ///< guard rails of who runs the server: they narrow what the others ask for
};

enum class PolicyTarget : std::uint8_t {
  all = 0,
  queues = 1,
  classic_queues = 2,
  quorum_queues = 3,
  streams = 4,
  exchanges = 5,
};

/// Names one policy: each kind has names of its own.
struct PolicyName {
  PolicyKind kind = PolicyKind::user;
  std::string vhost;
  std::string name;
  friend auto operator<=>(const PolicyName&, const PolicyName&) = default;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.kind, s.vhost, s.name);
  }
};

/// Settings for the queues and exchanges whose names match. Which ones these are follows from the
/// catalogue as it stands; nothing else is written about it.
struct PolicyRecord {
  PolicyName id;
  std::string pattern;  ///< a regular expression that is found somewhere in the name
  PolicyTarget apply_to = PolicyTarget::all;
  std::int32_t priority = 0;
  std::string definition;  ///< AMQP field table with its length

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.id, s.pattern, s.apply_to, s.priority, s.definition);
  }
};

/// The effect of one catalogue change, all or nothing: removals first, then additions. Replay
/// decides nothing.
struct CatalogFrame {
  static constexpr FrameKind kind = FrameKind::catalog;

  std::vector<BindingId> removed_bindings;
  std::vector<ExchangeId> removed_exchanges;
  std::vector<QueueId> removed_queues;
  std::vector<TopicId> removed_topics;
  std::vector<TopicRecord> topics;
  std::vector<QueueRecord> queues;
  std::vector<ExchangeRecord> exchanges;
  std::vector<BindingRecord> bindings;
  std::vector<std::string> removed_vhosts;
  std::vector<VhostRecord> vhosts;
  std::vector<PolicyName> removed_policies;
  std::vector<PolicyRecord> policies;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.removed_bindings, s.removed_exchanges, s.removed_queues, s.removed_topics, s.topics,
      s.queues, s.exchanges, s.bindings, s.removed_vhosts, s.vhosts, s.removed_policies,
      s.policies);
  }
};

}  // namespace rialto
