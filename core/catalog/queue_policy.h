#pragma once

#include "core/base/result.h"
#include "core/catalog/policies.h"
#include "core/model/field_table.h"
#include "core/model/frames/catalog_frame.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rialto {

/// What happens to a message that a full queue should take.
enum class Overflow : std::uint8_t { drop_head, reject_publish, reject_publish_dlx };

/// What becomes of a dead letter that has nowhere to go. Without a word it waits for a queue that
/// is full, and is dropped when none is bound.
enum class DeadLetterStrategy : std::uint8_t {
  waits_for_room,
  at_most_once,   ///< dropped in both cases
  at_least_once,  ///< waits in both
};

/// How long a returned message waits before it is ready again.
struct RetryPolicy {
  enum class Kind : std::uint8_t { none, fixed, linear, exponential };
  Kind kind = Kind::none;
  std::int64_t delay_ms = 0;
  std::int64_t delay_ms_max = 0;
  bool after_failure = true;    ///< when its holder failed with it
  bool after_return = true;     ///< when it was just handed back
  bool counts_returns = false;  ///< handing a message back is a try like any other
  bool drops = false;  ///< who has failed too often goes nowhere, not even as a dead letter

  /// After so many deliveries that failed; 0: not at all.
  std::int64_t wait_ms(std::uint32_t deliveries, bool failed) const;
  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

/// What a queue's arguments and policies ask for its messages and consumers.
struct QueuePolicy {
  std::optional<std::int64_t> message_ttl_ms;
  std::optional<std::int64_t> expires_ms;  ///< the queue goes when it was unused for so long
  std::optional<std::uint64_t> max_length;
  std::optional<std::uint64_t> max_length_bytes;  ///< of the bodies of ready messages
  Overflow overflow = Overflow::drop_head;
  std::optional<std::string> dead_letter_exchange;
  std::optional<std::string> dead_letter_routing_key;
  DeadLetterStrategy dead_letter_strategy = DeadLetterStrategy::waits_for_room;
  std::optional<std::uint64_t> delivery_limit;  ///< failures before it leaves the queue
  RetryPolicy retry;
  std::optional<std::uint8_t> max_priority;
  bool single_active_consumer = false;
  bool deduplicates = false;                    ///< messages are known by what they say themselves
  std::optional<std::int64_t> dedup_window_ms;  ///< for which an id is remembered

  bool limits_length() const { return max_length || max_length_bytes; }
  bool refuses_publish() const { return limits_length() && overflow != Overflow::drop_head; }
  friend bool operator==(const QueuePolicy&, const QueuePolicy&) = default;
};

/// Of a declared queue: its arguments have been checked, and the policies hold for it. As in
/// RabbitMQ, of two limits the lower one is kept (a negative delivery limit is none), and an
/// argument is kept before a policy; but an overflow of the operators, and one of a quorum queue's
/// policy, goes before the argument.
QueuePolicy policy_of(const QueueRecord& queue, const MatchingPolicies& policies = {});

/// What the log of a queue keeps of what is settled; -1: no bound of this kind.
struct Retention {
  std::int64_t ms = -1;
  std::int64_t bytes = -1;
};

/// What a queue asks for by its arguments; nothing: its log keeps what the history has room for.
std::optional<Retention> retention_of(const QueueRecord& queue);

/// Where unroutable messages of an exchange without such an argument go by its policy.
std::optional<std::string> alternate_of(const MatchingPolicies& policies);

/// Values and combinations of the arguments above, whose types are right; Errc::ok or
/// invalid_argument. `object` is the queue in RabbitMQ's words.
Error check_policy(const FieldTable& arguments, QueueType type, std::string_view object);

}  // namespace rialto
