#include "core/catalog/queue_policy.h"

#include "core/catalog/argument_text.h"
#include "core/catalog/policy_settings.h"
#include "core/model/message_properties.h"
#include "core/model/start_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace rialto {
namespace {

struct Range {
  std::string_view name;
  std::int64_t lowest = 0;
  std::int64_t highest = INT64_MAX;
};

// As in RabbitMQ.
constexpr std::int64_t segment_bytes_max = 3'000'000'000;

constexpr std::array<Range, 20> ranges = {{
    {"x-message-ttl", 0, time_to_live_ms_max},
    {"x-expires", 1, time_to_live_ms_max},
    {"x-max-length", 0, INT64_MAX},
    {"x-max-length-bytes", 0, INT64_MAX},
    {"x-max-priority", 0, 255},
    {"x-delivery-limit", -1, INT32_MAX},
    {"x-dedup-window", 1, dedup_window_ms_max},
    {"x-retry-delay", 1, time_to_live_ms_max},
    {"x-retry-max-delay", 1, time_to_live_ms_max},
    {"x-retry-limit", 0, INT32_MAX},
    {"x-delayed-retry-min", 0, time_to_live_ms_max},
    {"x-delayed-retry-max", 0, time_to_live_ms_max},
    {"x-retention-ms", 1, INT64_MAX},
    {"x-retention-bytes", 1, INT64_MAX},
    {"x-queue-version", 1, 2},
    {"x-quorum-initial-group-size", 1, INT64_MAX},
    {"x-initial-cluster-size", 1, INT64_MAX},
    {"x-max-in-memory-length", 0, INT64_MAX},
    {"x-max-in-memory-bytes", 0, INT64_MAX},
    {"x-stream-max-segment-size-bytes", 0, segment_bytes_max},
}};

Error bad(std::string_view name, std::string_view object, std::string_view why) {
  return {Errc::invalid_argument, fmt::format("invalid arg '{}' for {}: {}", name, object, why)};
}

std::optional<std::int64_t> integer_in(const FieldTable& arguments, std::string_view name) {
  const FieldValue* value = arguments.find(name);
  return value && value->is_integer() ? std::optional(*value->as_integer()) : std::nullopt;
}

std::optional<std::uint64_t> unsigned_of(std::optional<std::int64_t> n) {
  return n && *n >= 0 ? std::optional(static_cast<std::uint64_t>(*n)) : std::nullopt;
}

std::optional<std::string> text_in(const FieldTable& arguments, std::string_view name) {
  const FieldValue* value = arguments.find(name);
  return value && value->as_text() ? std::optional(*value->as_text()) : std::nullopt;
}

bool is_set(const FieldTable& arguments, std::string_view name) {
  const FieldValue* value = arguments.find(name);
  return value && value->as_bool() && *value->as_bool();
}

std::optional<Overflow> overflow_named(std::string_view name) {
  if (name == "drop-head") return Overflow::drop_head;
  if (name == "reject-publish") return Overflow::reject_publish;
  if (name == "reject-publish-dlx") return Overflow::reject_publish_dlx;
  return std::nullopt;
}

/// What a queue was declared with, and what its policies say.
struct Asked {
  FieldTable arguments;
  FieldTable definition;  ///< of both policies
  FieldTable operators;

  /// Of an argument and a setting the lower one; a negative one is no limit.
  std::optional<std::int64_t> lower(std::string_view setting) const {
    const auto argument = integer_in(arguments, "x-" + std::string(setting));
    const auto policy = integer_in(definition, setting);
    if (!argument || !policy) return argument ? argument : policy;
    if (*argument < 0 || *policy < 0) return std::max(*argument, *policy);
    return std::min(*argument, *policy);
  }
  /// The argument, else the setting.
  std::optional<std::string> word(std::string_view setting) const {
    auto argument = text_in(arguments, "x-" + std::string(setting));
    return argument ? argument : text_in(definition, setting);
  }
};

Asked asked_of(const QueueRecord& queue, const MatchingPolicies& policies) {
  Asked out;
  out.arguments = arguments_of(queue.arguments);
  if (policies.user) out.definition = arguments_of(policies.user->definition);
  if (!policies.operators) return out;
  out.operators = arguments_of(policies.operators->definition);
  out.definition = merged_definition(out.definition, out.operators);
  return out;
}

Overflow overflow_of(const Asked& asked, QueueType type) {
  const bool quorum = type == QueueType::quorum;
  auto name = text_in(asked.operators, "overflow");
  if (!name && quorum) name = text_in(asked.definition, "overflow");
  if (!name) name = asked.word("overflow");
  const auto found = overflow_named(name.value_or(""));
  // A policy for queues of all types may say what only classic queues do.
  const bool not_here = quorum && found == Overflow::reject_publish_dlx;
  return found && !not_here ? *found : Overflow::drop_head;
}

/// As in RabbitMQ, at least once is for queues that refuse publishes; others would drop one message
/// after the other.
DeadLetterStrategy strategy_of(const Asked& asked, Overflow overflow) {
  const std::string name = asked.word("dead-letter-strategy").value_or("");
  if (name == "at-most-once") return DeadLetterStrategy::at_most_once;
  const bool waits = name == "at-least-once" && overflow == Overflow::reject_publish;
  return waits ? DeadLetterStrategy::at_least_once : DeadLetterStrategy::waits_for_room;
}

Error check_range(const Range& range, const FieldTable& arguments, std::string_view object) {
  const auto n = integer_in(arguments, range.name);
  if (!n || (*n >= range.lowest && *n <= range.highest)) return {};
  return bad(range.name, object,
             fmt::format("{} is not within {} and {}", *n, range.lowest, range.highest));
}

Error check_overflow(const FieldTable& arguments, QueueType type, std::string_view object) {
  const FieldValue* value = arguments.find("x-overflow");
  if (value == nullptr) return {};
  const auto found = overflow_named(text_in(arguments, "x-overflow").value_or(""));
  const bool dlx = found == Overflow::reject_publish_dlx;
  if (found && !(dlx && type == QueueType::quorum)) return {};
  return bad("x-overflow", object,
             shown(value) + " is not one of drop-head, reject-publish" +
                 (type == QueueType::quorum ? "" : ", reject-publish-dlx"));
}

struct WordArgument {
  std::string_view argument;
  std::vector<std::string_view> allowed;
};

Error check_words(const FieldTable& arguments, std::string_view object) {
  const WordArgument all[] = {
      {"x-dead-letter-strategy", {"at-most-once", "at-least-once"}},
      {"x-retry-kind", {"fixed", "linear", "exponential"}},
      {"x-retry-then", {"dead-letter", "drop"}},
      {"x-delayed-retry-type", {"disabled", "all", "failed", "returned"}},
      {"x-queue-mode", {"default", "lazy"}},
      {"x-queue-leader-locator", {"client-local", "balanced", "random", "least-leaders"}},
  };
  for (const WordArgument& words : all) {
    const auto given = text_in(arguments, words.argument);
    const auto& allowed = words.allowed;
    if (!given || std::find(allowed.begin(), allowed.end(), *given) != allowed.end()) continue;
    return bad(words.argument, object,
               fmt::format("it is not one of {}", fmt::join(allowed, ", ")));
  }
  return {};
}

Error check_retries(const FieldTable& arguments, QueueType type, std::string_view object) {
  const bool kind = arguments.find("x-retry-kind") != nullptr;
  for (const auto& [name, value] : arguments.entries) {
    if (name.starts_with("x-retry-") && !kind) {
      return bad(name, object, "x-retry-kind says how the delay grows");
    }
    if (!name.starts_with("x-delayed-retry-")) continue;
    if (kind) return bad(name, object, "x-retry-kind and this exclude each other");
    if (type != QueueType::quorum) {
      return bad(name, object, "only quorum queues have it; x-retry-kind is for all");
    }
  }
  if (kind && !arguments.find("x-retry-delay")) {
    return bad("x-retry-kind", object, "x-retry-delay is missing");
  }
  const auto when = text_in(arguments, "x-delayed-retry-type");
  if (when && *when != "disabled" && !arguments.find("x-delayed-retry-min")) {
    return bad("x-delayed-retry-type", object, "x-delayed-retry-min is missing");
  }
  return {};
}

RetryPolicy::Kind retry_kind(std::string_view name) {
  if (name == "fixed") return RetryPolicy::Kind::fixed;
  if (name == "linear") return RetryPolicy::Kind::linear;
  if (name == "exponential") return RetryPolicy::Kind::exponential;
  return RetryPolicy::Kind::none;
}

/// Ours, or those that quorum queues have in RabbitMQ.
void read_retries(const Asked& asked, QueueType type, QueuePolicy& out) {
  RetryPolicy& retry = out.retry;
  retry.delay_ms_max = time_to_live_ms_max;
  // A policy may name the kind and leave the delay to the arguments, or nobody says one.
  const auto delay_ms = asked.lower("retry-delay");
  if (delay_ms) retry.kind = retry_kind(asked.word("retry-kind").value_or(""));
  if (retry.kind != RetryPolicy::Kind::none) {
    retry.delay_ms = *delay_ms;
    retry.delay_ms_max = asked.lower("retry-max-delay").value_or(time_to_live_ms_max);
    retry.counts_returns = true;
    retry.drops = asked.word("retry-then") == "drop";
    const auto limit = unsigned_of(asked.lower("retry-limit"));
    if (limit) out.delivery_limit = std::min(*limit, out.delivery_limit.value_or(*limit));
    return;
  }
  const std::string when = asked.word("delayed-retry-type").value_or("disabled");
  if (type != QueueType::quorum || when == "disabled") return;
  retry.kind = RetryPolicy::Kind::linear;
  retry.delay_ms = asked.lower("delayed-retry-min").value_or(0);
  retry.delay_ms_max = asked.lower("delayed-retry-max").value_or(time_to_live_ms_max);
  retry.after_failure = when != "returned";
  retry.after_return = when != "failed";
}

}  // namespace

std::int64_t RetryPolicy::wait_ms(std::uint32_t deliveries, bool failed) const {
  if (kind == Kind::none) return 0;
  deliveries = std::max(deliveries, 1U);
  if (failed ? !after_failure : !after_return) return 0;
  std::int64_t times = 1;
  // Above that many doublings every delay is the greatest one.
  constexpr std::uint32_t doublings_max = 40;
  if (kind == Kind::linear) times = deliveries;
  if (kind == Kind::exponential) times = std::int64_t{1} << std::min(deliveries - 1, doublings_max);
  return delay_ms > delay_ms_max / times ? delay_ms_max : delay_ms * times;
}

QueuePolicy policy_of(const QueueRecord& queue, const MatchingPolicies& policies) {
  // Since RabbitMQ 4.0 a quorum queue gives up on a message without being told so.
  constexpr std::uint64_t quorum_delivery_limit = 20;
  const Asked asked = asked_of(queue, policies);
  QueuePolicy out;
  if (queue.type == QueueType::stream) return out;
  if (queue.type == QueueType::quorum) out.delivery_limit = quorum_delivery_limit;
  if (asked.arguments.empty() && asked.definition.empty()) return out;
  out.message_ttl_ms = asked.lower("message-ttl");
  out.expires_ms = asked.lower("expires");
  out.max_length = unsigned_of(asked.lower("max-length"));
  out.max_length_bytes = unsigned_of(asked.lower("max-length-bytes"));
  out.overflow = overflow_of(asked, queue.type);
  out.dead_letter_exchange = asked.word("dead-letter-exchange");
  out.dead_letter_routing_key = asked.word("dead-letter-routing-key");
  out.dead_letter_strategy = strategy_of(asked, out.overflow);
  if (const auto limit = asked.lower("delivery-limit")) {
    out.delivery_limit = unsigned_of(limit);  // negative: none
  }
  read_retries(asked, queue.type, out);
  if (const auto levels = integer_in(asked.arguments, "x-max-priority")) {
    out.max_priority = static_cast<std::uint8_t>(*levels);
  }
  out.single_active_consumer = is_set(asked.arguments, "x-single-active-consumer");
  const std::string argument = "x-message-deduplication";
  out.deduplicates = asked.arguments.find(argument)
                         ? is_set(asked.arguments, argument)
                         : is_set(asked.definition, "message-deduplication");
  out.dedup_window_ms = asked.lower("dedup-window");
  return out;
}

std::optional<std::string> alternate_of(const MatchingPolicies& policies) {
  if (!policies.user) return std::nullopt;
  return text_in(arguments_of(policies.user->definition), "alternate-exchange");
}

std::optional<Retention> retention_of(const QueueRecord& queue) {
  constexpr std::int64_t unlimited = -1;
  const FieldTable arguments = arguments_of(queue.arguments);
  if (queue.type == QueueType::stream) {
    const auto age = text_in(arguments, "x-max-age");
    return Retention{age ? age_ms(*age).value_or(unlimited) : unlimited,
                     integer_in(arguments, "x-max-length-bytes").value_or(unlimited)};
  }
  const auto ms = integer_in(arguments, "x-retention-ms");
  const auto bytes = integer_in(arguments, "x-retention-bytes");
  if (!ms && !bytes) return std::nullopt;
  return Retention{ms.value_or(unlimited), bytes.value_or(unlimited)};
}

Error check_policy(const FieldTable& arguments, QueueType type, std::string_view object) {
  for (const Range& range : ranges) {
    if (Error e = check_range(range, arguments, object); e.code != Errc::ok) return e;
  }
  if (Error e = check_overflow(arguments, type, object); e.code != Errc::ok) return e;
  if (Error e = check_words(arguments, object); e.code != Errc::ok) return e;
  if (Error e = check_retries(arguments, type, object); e.code != Errc::ok) return e;
  if (arguments.find("x-dead-letter-routing-key") && !arguments.find("x-dead-letter-exchange")) {
    return bad("x-dead-letter-routing-key", object, "routing_key_but_no_dlx_defined");
  }
  if (const auto age = text_in(arguments, "x-max-age"); age && !age_ms(*age)) {
    return bad("x-max-age", object, "it is not a number with one of the units Y, M, D, h, m, s");
  }
  if (arguments.find("x-start") && !arguments.find("x-source-topic")) {
    return bad("x-start", object, "x-source-topic says of what it is the start");
  }
  return {};
}

}  // namespace rialto
