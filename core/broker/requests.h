#pragma once

#include "core/base/result.h"
#include "core/base/slab.h"
#include "core/base/stats.h"
#include "core/broker/batch_requests.h"
#include "core/broker/browse_requests.h"
#include "core/broker/connection_requests.h"
#include "core/broker/delayed_requests.h"
#include "core/broker/history_requests.h"
#include "core/broker/session.h"
#include "core/broker/vhost_requests.h"
#include "core/engine/engine.h"
#include "core/model/field_table.h"
#include "core/model/frames/catalog_frame.h"
#include "core/model/frames/view_frames.h"
#include "core/model/ids.h"
#include "core/model/record.h"
#include "core/model/record_batch.h"
#include "core/model/start_point.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Every request a door can make of the broker, besides publish and settle (BrokerPort). Each
/// names its Answer. Names are relative to the vhost of the session. The answer comes when it is
/// true for good: a change when it is durable, a question when everything it depends on is.
namespace rialto {

template <class T>
using Reply = std::function<void(Result<T>)>;

struct Nothing {};

// ---- queues -------------------------------------------------------------------------------

struct QueueCounts {
  std::uint64_t ready = 0;
  std::uint64_t unacked = 0;
  std::uint32_t consumers = 0;
};

/// Declares (AMQP) or asserts existence (passive). An empty name asks for a server-made one.
/// Refusals: not_found (passive), not_equivalent, locked, invalid_name, invalid_argument,
/// access_denied (reserved name), already_exists (a topic that does not adopt).
struct DeclareQueue {
  struct Answer {
    std::string name;
    QueueCounts counts;
    bool created = false;
  };
  std::string name;
  bool passive = false;
  bool durable = false;
  bool exclusive = false;
  bool auto_delete = false;
  FieldTable arguments;
};

struct DeleteQueue {
  struct Answer {
    std::uint64_t messages = 0;
    bool existed = false;
  };
  std::string name;
  bool if_unused = false;
  bool if_empty = false;
};

/// Removes ready messages; answers how many.
struct PurgeQueue {
  struct Answer {
    std::uint64_t messages = 0;
  };
  std::string name;
};

/// Takes one message now. Never counts against a prefetch. With `no_ack` it is settled at once.
struct GetMessage {
  struct Answer {
    std::optional<Delivery> delivery;  ///< nothing: the queue is empty
    std::uint64_t remaining = 0;       ///< ready messages left
  };
  std::string queue;
  bool no_ack = false;
};

/// Starts a consumer; deliveries may follow right after the reply. With `read_from`, and always
/// for streams, it reads the log from there and takes nothing out: a settlement gives credit.
struct Consume {
  struct Answer {};
  std::string queue;
  ConsumerId consumer;
  bool no_ack = false;
  bool exclusive = false;
  std::uint32_t prefetch = 0;  ///< 0: no limit
  std::optional<std::int32_t> priority;
  std::string tag;  ///< what its owner calls it, for who lists consumers
  std::optional<StartPoint> read_from;
};

/// No delivery follows the reply. What is unacked stays so until it is settled or requeued.
struct CancelConsumer {
  struct Answer {};
  ConsumerId consumer;
};

/// One bound for what all consumers of a group hold together, beside their own prefetch; 0: none.
/// While it is reached nobody of the group gets anything, now or later, who need not settle
/// included; until the publisher with this number in its low 16 bits ends.
struct LimitConsumers {
  struct Answer {};
  std::uint16_t group = 0;  ///< see group_of
  std::uint32_t prefetch = 0;
};

/// An address that replies can be published to through the default exchange. They go to
/// `consumer` (which need not settle) at once, or nowhere; CancelConsumer ends it.
struct OpenReplies {
  struct Answer {
    std::string address;
  };
  ConsumerId consumer;
};

/// not_found when nobody waits there.
struct FindReplies {
  struct Answer {};
  std::string address;
};

/// Answered behind the faults of all that the session has published before; waits for nothing else.
struct HearFaults {
  struct Answer {};
};

/// What `publisher` published in its transaction and these settlements become durable and
/// visible together, or not at all. Answered when they are durable. policy_violation: a full queue
/// has refused a message; the rest is done.
struct CommitTransaction {
  struct Answer {
    std::uint64_t repeated = 0;  ///< messages that all of their queues had before
  };
  PublisherId publisher;
  std::vector<SettleRun> settlements;
};

struct RollbackTransaction {
  struct Answer {};
  PublisherId publisher;
};

struct QueueInfo {
  QueueId id;
  std::string name;
  bool durable = false;
  bool exclusive = false;
  bool auto_delete = false;
  QueueType type = QueueType::classic;
  FieldTable arguments;
  QueueCounts counts;
  std::uint64_t delayed = 0;  ///< returned, and not ready before their time
  std::uint64_t blocked = 0;  ///< dead letters that wait for room where they go
  /// Of ready messages, where they are limited.
  std::optional<std::uint64_t> ready_bytes;
  std::string topic;            ///< its name at the Kafka door; empty: hidden
  std::string policy;           ///< that holds for it; empty: none
  std::string operator_policy;  ///< the same
  FieldTable effective_policy;  ///< what both of them say together
  std::string vhost;
};

struct DescribeQueue {
  using Answer = QueueInfo;
  std::string name;
};

/// By vhost and name. `everywhere`: of all vhosts.
struct ListQueues {
  using Answer = std::vector<QueueInfo>;
  bool everywhere = false;
};

/// HTTP pull: hands out up to `max` messages with a deadline; the answer comes when the leases
/// are durable, or after `wait_ms` without a message.
struct LeasedMessage {
  std::string lease;  ///< opaque id: queue, offset, attempt, MAC
  Delivery delivery;
  std::uint32_t attempt = 1;
};

struct PullMessages {
  using Answer = std::vector<LeasedMessage>;
  std::string queue;
  std::uint32_t max = 1;
  std::int64_t lease_ms = 30'000;
  std::int64_t wait_ms = 0;
};

/// One result a lease, in order: ok, or lease_expired when it is no longer current.
struct SettleLeases {
  using Answer = std::vector<Errc>;
  std::vector<std::string> ack;
  std::vector<std::string> nack;
  std::vector<std::string> extend;
  std::int64_t extend_ms = 30'000;
};

// ---- exchanges ----------------------------------------------------------------------------

/// `type` is the wire name; an unknown one is invalid_argument.
struct DeclareExchange {
  struct Answer {
    bool created = false;
  };
  std::string name;
  std::string type;
  bool passive = false;
  bool durable = false;
  bool auto_delete = false;
  bool internal = false;
  FieldTable arguments;
};

struct DeleteExchange {
  struct Answer {};
  std::string name;
  bool if_unused = false;
};

struct BindQueue {
  struct Answer {};
  std::string queue;
  std::string exchange;
  std::string routing_key;
  FieldTable arguments;
};

struct UnbindQueue {
  struct Answer {};
  std::string queue;
  std::string exchange;
  std::string routing_key;
  FieldTable arguments;
};

/// `exchange` is the destination.
struct BindExchange {
  struct Answer {};
  std::string exchange;
  std::string source;
  std::string routing_key;
  FieldTable arguments;
};

struct UnbindExchange {
  struct Answer {};
  std::string exchange;
  std::string source;
  std::string routing_key;
  FieldTable arguments;
};

struct ExchangeInfo {
  std::string name;
  std::string type;
  bool durable = false;
  bool auto_delete = false;
  bool internal = false;
  FieldTable arguments;
  std::string vhost;
  std::string policy;  ///< that holds for it; empty: none
};

/// By vhost and name, the predeclared ones included.
struct ListExchanges {
  using Answer = std::vector<ExchangeInfo>;
  bool everywhere = false;
};

/// not_found.
struct DescribeExchange {
  using Answer = ExchangeInfo;
  std::string name;
};

struct BindingInfo {
  std::string source;
  std::string destination;
  bool to_exchange = false;  ///< the destination is an exchange, otherwise a queue
  std::string routing_key;
  FieldTable arguments;
  std::string vhost;
};

/// Those from one exchange, in the order of their making; the default exchange needs none.
/// not_found.
struct ListBindings {
  using Answer = std::vector<BindingInfo>;
  std::string exchange;
};

/// Those of every exchange, and first what the default exchange has: each queue by its name.
struct ListEveryBinding {
  using Answer = std::vector<BindingInfo>;
  bool everywhere = false;
};

// ---- topics -------------------------------------------------------------------------------

struct PartitionInfo {
  PartitionId id;
  Epoch leader_epoch;
  Offset log_start;
  Offset last_stable;
  Offset high_watermark;
  Offset log_end;
};

struct TopicInfo {
  TopicId id;
  std::string name;
  Errc error = Errc::ok;  ///< not_found, invalid_name
  bool of_queue = false;  ///< lives and dies with a queue of the same name
  Keep keep = Keep::time_size;
  std::vector<PartitionInfo> partitions;
  std::vector<TopicConfig> configs;
};

/// No names and `all`: every topic. With `create` missing ones are made (one partition) when the
/// configuration allows it.
struct DescribeTopics {
  using Answer = std::vector<TopicInfo>;
  std::vector<std::string> names;
  bool all = false;
  bool create = false;
};

/// Refusals: already_exists, invalid_name, invalid_partitions, invalid_argument (a config).
struct CreateTopic {
  using Answer = TopicInfo;
  std::string name;
  std::int32_t partitions = 1;  ///< -1: default
  std::vector<TopicConfig> configs;
  bool validate_only = false;
};

/// policy_violation for the topic of a queue, naming queue.delete.
struct DeleteTopic {
  struct Answer {};
  std::string name;
};

/// One validated batch for one partition (see validate_produced_batch).
struct ProducePart {
  std::string topic;
  PartitionIndex partition;
  Slice batch;
  std::vector<RecordDelay> delays = {};  ///< of records that queues do not hand out at once
};

struct ProducedPart {
  Errc error = Errc::ok;
  std::string text;
  Offset base_offset = no_offset;
  Offset log_start = no_offset;
};

/// acks -1: answered when every part is durable; 1: when written; 0: at once. Parts are
/// independent of each other; idempotence is checked per part (out_of_order_sequence, fenced; a
/// repeated batch answers its first offset).
struct Produce {
  using Answer = std::vector<ProducedPart>;
  std::vector<ProducePart> parts;
  std::int16_t acks = -1;
};

struct FetchPart {
  std::string topic;
  PartitionIndex partition;
  Offset from;
  std::uint32_t bytes_max = 0;
};

struct FetchedPart {
  Errc error = Errc::ok;  ///< not_found, out_of_range, corrupt
  PartitionInfo marks;
  std::vector<StoredBatch> batches;  ///< whole batches; the first may be larger than asked
};

/// Answered when `bytes_min` are there, an error is, or `wait_ms` is over. Only durable records.
struct Fetch {
  using Answer = std::vector<FetchedPart>;
  std::vector<FetchPart> parts;
  std::uint32_t bytes_min = 1;
  std::uint32_t bytes_max = 50U << 20;
  std::int64_t wait_ms = 0;
};

/// Timestamps: -1 latest (a read barrier), -2 earliest, -3 offset of the greatest timestamp.
struct ListOffset {
  struct Answer {
    Offset offset = no_offset;
    std::int64_t timestamp_ms = -1;
    Epoch leader_epoch;
  };
  std::string topic;
  PartitionIndex partition;
  std::int64_t timestamp_ms = -1;
};

struct NewProducerId {
  struct Answer {
    ProducerId id;
    ProducerEpoch epoch{0};
  };
};

// ---- groups -------------------------------------------------------------------------------

struct GroupProtocol {
  std::string name;
  std::string metadata;
};

struct GroupMember {
  std::string id;
  std::string instance_id;
  std::string client_id;
  std::string client_host;
  std::string metadata;  ///< of the chosen protocol
  std::string assignment;
};

/// Answered when the join phase ends. Refusals carry the member id in `text` for
/// member_id_required.
struct JoinGroup {
  struct Answer {
    Generation generation;
    std::string protocol_type;
    std::string protocol;
    std::string leader;
    std::string member_id;
    std::vector<GroupMember> members;  ///< for the leader only
  };
  std::string group;
  std::string member_id;
  std::string instance_id;
  std::string client_id;
  std::string client_host;
  std::string protocol_type;
  std::vector<GroupProtocol> protocols;
  std::int64_t session_timeout_ms = 10'000;
  std::int64_t rebalance_timeout_ms = 10'000;
  bool needs_member_id = false;  ///< JoinGroup v4+: an unknown member is told its id first
};

struct SyncGroup {
  struct Answer {
    std::string protocol_type;
    std::string protocol;
    std::string assignment;
  };
  std::string group;
  Generation generation;
  std::string member_id;
  std::vector<std::pair<std::string, std::string>> assignments;  ///< from the leader
};

struct GroupHeartbeat {
  struct Answer {};
  std::string group;
  Generation generation;
  std::string member_id;
};

struct LeaveGroup {
  using Answer = std::vector<Errc>;  ///< one a member
  std::string group;
  std::vector<std::string> member_ids;
};

/// One result an offset, in order: ok, or not_found for a partition that does not exist.
struct CommitOffsets {
  using Answer = std::vector<Errc>;
  std::string group;
  Generation generation{-1};  ///< -1 with an empty member: a simple consumer
  std::string member_id;
  std::vector<CommittedOffset> offsets;
};

/// `topics` empty and `all`: everything the group has committed. A partition without a commit
/// answers offset -1.
struct FetchOffsets {
  using Answer = std::vector<CommittedOffset>;
  std::string group;
  std::vector<std::pair<std::string, PartitionIndex>> partitions;
  bool all = false;
};

struct GroupInfo {
  std::string group;
  std::string
      state;  ///< Kafka's word: Empty, PreparingRebalance, CompletingRebalance, Stable, Dead
  std::string protocol_type;
  std::string protocol;
  std::vector<GroupMember> members;
};

struct DescribeGroups {
  using Answer = std::vector<GroupInfo>;
  std::vector<std::string> groups;
  bool all = false;
};

struct DeleteGroup {
  struct Answer {};
  std::string group;
};

// ---- the broker itself --------------------------------------------------------------------

struct ReadStats {
  using Answer = StatsSnapshot;
};

}  // namespace rialto
