#include "core/catalog/queue_arguments.h"

#include "core/catalog/argument_text.h"
#include "core/catalog/names.h"
#include "core/catalog/queue_policy.h"
#include "core/model/start_point.h"

#include <fmt/format.h>

#include <algorithm>

namespace rialto {
namespace {

constexpr auto honoured = ArgumentClass::honoured;
constexpr auto no_effect = ArgumentClass::no_effect;
constexpr auto refused = ArgumentClass::refused;
constexpr auto text = ArgumentValue::text;
constexpr auto integer = ArgumentValue::integer;
constexpr auto boolean = ArgumentValue::boolean;
constexpr auto start = ArgumentValue::start;

// For queues of which types an argument is. Quorum and classic queues differ in less here than in
// RabbitMQ: a limit of failures and a strategy for dead letters are for both.
constexpr QueueTypes classic_only{true, false, false};
constexpr QueueTypes quorum_only{false, true, false};
constexpr QueueTypes streams_only{false, false, true};
constexpr QueueTypes not_streams{true, true, false};
constexpr QueueTypes all_types{true, true, true};

constexpr std::string_view type_argument = "x-queue-type";

constexpr ArgumentRule rules[] = {
    {type_argument, honoured, text, all_types,
     "classic, quorum, stream; all are one durable log here"},
    {"x-message-ttl", honoured, integer, not_streams, "messages expire"},
    {"x-expires", honoured, integer, not_streams, "unused queues expire"},
    {"x-dead-letter-exchange", honoured, text, not_streams,
     "where messages go that leave without an ack"},
    {"x-dead-letter-routing-key", honoured, text, not_streams,
     "instead of the keys they came with"},
    {"x-dead-letter-strategy", honoured, text, not_streams,
     "when there is no room or no way: at-most-once, at-least-once"},
    {"x-max-length", honoured, integer, not_streams, "ready messages"},
    {"x-max-length-bytes", honoured, integer, all_types, "bytes of the bodies of ready messages"},
    {"x-overflow", honoured, text, not_streams, "drop-head, reject-publish, reject-publish-dlx"},
    {"x-max-priority", honoured, integer, classic_only, "levels of priority"},
    {"x-delivery-limit", honoured, integer, not_streams, "failures before a message is given up"},
    {"x-message-deduplication", honoured, boolean, not_streams,
     "a message that comes again is not stored"},
    {"x-dedup-window", honoured, integer, not_streams, "ms for which an id is remembered"},

    {"x-delayed-retry-type", honoured, text, not_streams,
     "disabled, all, failed, returned; quorum queues"},
    {"x-delayed-retry-min", honoured, integer, not_streams,
     "ms for each delivery, before it is ready again"},
    {"x-delayed-retry-max", honoured, integer, not_streams, "ms at most"},
    {"x-retry-kind", honoured, text, not_streams,
     "fixed, linear, exponential; queues of all types"},
    {"x-retry-delay", honoured, integer, not_streams,
     "ms before a returned message is ready again"},
    {"x-retry-max-delay", honoured, integer, not_streams, "ms at most"},
    {"x-retry-limit", honoured, integer, not_streams, "returns before a message is given up"},
    {"x-retry-then", honoured, text, not_streams, "dead-letter, drop"},

    {"x-queue-mode", no_effect, text, classic_only,
     "bodies are on disk and cached, whatever the mode"},
    {"x-queue-version", no_effect, integer, classic_only, "there is one storage format"},
    {"x-quorum-initial-group-size", no_effect, integer, quorum_only, "one node is the whole group"},
    {"x-initial-cluster-size", no_effect, integer, streams_only, "one node is the whole cluster"},
    {"x-queue-leader-locator", no_effect, text, all_types, "one node leads every queue"},
    {"x-queue-master-locator", no_effect, text, classic_only, "one node leads every queue"},
    {"x-max-in-memory-length", no_effect, integer, quorum_only,
     "memory does not grow with the backlog"},
    {"x-max-in-memory-bytes", no_effect, integer, quorum_only,
     "memory does not grow with the backlog"},

    {"x-cache-size", refused, integer, all_types,
     "x-dedup-window says how long ids are remembered"},
    {"x-cache-ttl", refused, integer, all_types, "x-dedup-window says how long ids are remembered"},
    {"x-deduplication-header", refused, text, all_types, "the header of a message has this name"},
    {"x-single-active-consumer", honoured, boolean, not_streams,
     "one active consumer, the next when it leaves"},
    {"x-consumer-timeout", refused, integer, all_types, "consumers do not time out yet"},
    {"x-consumer-disconnected-timeout", refused, integer, all_types,
     "consumers do not time out yet"},
    {"x-source-topic", honoured, text, not_streams,
     "a subscription: all messages of a topic, beside its own"},
    {"x-start", honoured, start, not_streams, "where it begins: earliest, latest or a time"},
    {"x-retention-ms", honoured, integer, not_streams, "how long the log keeps what is settled"},
    {"x-retention-bytes", honoured, integer, not_streams, "how much of the log is kept"},
    {"x-max-age", honoured, text, streams_only, "how long a stream keeps its messages"},
    {"x-stream-max-segment-size-bytes", no_effect, integer, streams_only,
     "slots of one journal hold every log"},
    {"x-stream-filter-size-bytes", no_effect, integer, all_types,
     "consumers filter for themselves"},
};

// Names of ours, whole families of which come later.
constexpr ArgumentRule families[] = {
    {"x-retry-", refused, text, all_types, "use -kind, -delay, -max-delay, -limit, -then"},
    {"x-retention-", refused, text, all_types, "use -ms and -bytes"},
};

Error not_supported(const ArgumentRule& rule, std::string_view name, std::string_view object) {
  return {Errc::not_supported,
          fmt::format("argument '{}' of {} is not supported: {}", name, object, rule.reason)};
}

Error bad_value(std::string_view name, std::string_view object, std::string_view why) {
  return {Errc::invalid_argument, fmt::format("invalid arg '{}' for {}: {}", name, object, why)};
}

bool is_of(const FieldValue& value, ArgumentValue kind) {
  switch (kind) {
    case ArgumentValue::text: return value.tag == 'S';
    case ArgumentValue::integer: return value.is_integer();
    case ArgumentValue::boolean: return value.tag == 't';
    case ArgumentValue::start: return subscription_start(value).has_value();
  }
  return false;
}

Result<QueueType> queue_type(const FieldValue* value, std::string_view object) {
  if (value == nullptr) return QueueType::classic;
  const std::string* name = value->as_text();
  if (name != nullptr && *name == "classic") return QueueType::classic;
  if (name != nullptr && *name == "quorum") return QueueType::quorum;
  if (name != nullptr && *name == "stream") return QueueType::stream;
  return bad_value(type_argument, object, "not a queue type; use classic, quorum or stream");
}

/// The first argument that has no meaning for queues of this type; null: none.
const std::string* argument_of_others(const FieldTable& arguments, QueueType type) {
  for (const auto& [name, value] : arguments.entries) {
    const ArgumentRule* rule = queue_argument_rule(name);
    if (rule != nullptr && !rule->types.has(type)) return &name;
  }
  return nullptr;
}

/// What quorum queues and streams cannot be.
const char* misfit(const QueueShape& shape) {
  if (shape.auto_delete) return "auto-delete";
  if (shape.exclusive) return "exclusive-owner";
  if (!shape.durable) return "non-durable";
  return nullptr;
}

Error check_shape(const QueueShape& shape, QueueType type, std::string_view object) {
  if (type == QueueType::classic) return {};
  if (shape.server_named) {
    return {Errc::invalid_argument,
            fmt::format("Cannot declare a server-named queue for type {}", rabbit_type_name(type))};
  }
  const char* property = misfit(shape);
  if (property == nullptr) return {};
  return {Errc::invalid_argument, fmt::format("invalid property '{}' for {}", property, object)};
}

}  // namespace

std::string rabbit_type_name(QueueType type) {
  return fmt::format("rabbit_{}_queue", queue_type_name(type));
}

std::span<const ArgumentRule> queue_argument_rules() {
  return rules;
}

const ArgumentRule* queue_argument_rule(std::string_view name) {
  const auto exact = std::find_if(std::begin(rules), std::end(rules),
                                  [&](const ArgumentRule& r) { return r.name == name; });
  if (exact != std::end(rules)) return exact;
  const auto family = std::find_if(std::begin(families), std::end(families),
                                   [&](const auto& r) { return name.starts_with(r.name); });
  return family == std::end(families) ? nullptr : family;
}

Result<QueueType> check_queue_arguments(const FieldTable& arguments, const QueueShape& shape,
                                        std::string_view object) {
  for (const auto& [name, value] : arguments.entries) {
    const ArgumentRule* rule = queue_argument_rule(name);
    if (rule != nullptr && rule->kind == refused) return not_supported(*rule, name, object);
  }
  const auto type = queue_type(arguments.find(type_argument), object);
  if (!type.has_value()) return type;
  if (Error bad = check_shape(shape, *type, object); bad.code != Errc::ok) return bad;
  if (const std::string* alien = argument_of_others(arguments, *type)) {
    return Error(Errc::invalid_argument, fmt::format("invalid arg '{}' for {} of queue type {}",
                                                     *alien, object, rabbit_type_name(*type)));
  }
  for (const auto& [name, value] : arguments.entries) {
    const ArgumentRule* rule = queue_argument_rule(name);
    if (rule != nullptr && !is_of(value, rule->value)) {
      return bad_value(name, object, shown(&value) + " is not of the right type");
    }
  }
  if (Error bad = check_policy(arguments, *type, object); bad.code != Errc::ok) return bad;
  return type;
}

Error compare_queue_arguments(const FieldTable& received, const FieldTable& current,
                              std::string_view object) {
  const FieldValue classic = FieldValue::text("classic");
  for (const ArgumentRule& rule : rules) {
    const FieldValue* mine = received.find(rule.name);
    const FieldValue* theirs = current.find(rule.name);
    if (rule.name == type_argument) {
      mine = mine == nullptr ? &classic : mine;
      theirs = theirs == nullptr ? &classic : theirs;
    }
    if (!same_argument(mine, theirs)) {
      return inequivalent(rule.name, object, shown(mine), shown(theirs));
    }
  }
  return {};
}

}  // namespace rialto
