#include "core/catalog/queue_policy.h"

#include "core/catalog/argument_text.h"
#include "core/model/message_properties.h"

#include <fmt/format.h>

#include <array>

namespace rialto {
namespace {

struct Range {
  std::string_view name;
  std::int64_t lowest = 0;
  std::int64_t highest = INT64_MAX;
};

constexpr std::array<Range, 5> ranges = {{
    {"x-message-ttl", 0, time_to_live_ms_max},
    {"x-expires", 1, time_to_live_ms_max},
    {"x-max-length", 0, INT64_MAX},
    {"x-max-priority", 0, 255},
    {"x-delivery-limit", -1, INT32_MAX},
}};

Error bad(std::string_view name, std::string_view object, std::string_view why) {
  return {Errc::invalid_argument, fmt::format("invalid arg '{}' for {}: {}", name, object, why)};
}

std::optional<std::int64_t> number(const FieldTable& arguments, std::string_view name) {
  const FieldValue* value = arguments.find(name);
  return value && value->is_integer() ? std::optional(*value->as_integer()) : std::nullopt;
}

std::optional<std::uint64_t> count(const FieldTable& arguments, std::string_view name) {
  const auto value = number(arguments, name);
  return value && *value >= 0 ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

std::optional<std::string> text(const FieldTable& arguments, std::string_view name) {
  const FieldValue* value = arguments.find(name);
  return value && value->as_text() ? std::optional(*value->as_text()) : std::nullopt;
}

std::optional<Overflow> overflow_named(std::string_view name) {
  if (name == "drop-head") return Overflow::drop_head;
  if (name == "reject-publish") return Overflow::reject_publish;
  if (name == "reject-publish-dlx") return Overflow::reject_publish_dlx;
  return std::nullopt;
}

Error check_range(const Range& range, const FieldTable& arguments, std::string_view object) {
  const auto n = number(arguments, range.name);
  if (!n || (*n >= range.lowest && *n <= range.highest)) return {};
  return bad(range.name, object,
             fmt::format("{} is not within {} and {}", *n, range.lowest, range.highest));
}

Error check_overflow(const FieldTable& arguments, QueueType type, std::string_view object) {
  const FieldValue* value = arguments.find("x-overflow");
  if (value == nullptr) return {};
  const auto found = overflow_named(text(arguments, "x-overflow").value_or(""));
  const bool dlx = found == Overflow::reject_publish_dlx;
  if (found && !(dlx && type == QueueType::quorum)) return {};
  return bad("x-overflow", object,
             shown(value) + " is not one of drop-head, reject-publish" +
                 (type == QueueType::quorum ? "" : ", reject-publish-dlx"));
}

Error check_strategy(const FieldTable& arguments, std::string_view object) {
  const auto strategy = text(arguments, "x-dead-letter-strategy");
  if (!strategy || *strategy == "at-most-once" || *strategy == "at-least-once") return {};
  return bad("x-dead-letter-strategy", object, "it is not at-most-once or at-least-once");
}

}  // namespace

QueuePolicy policy_of(const QueueRecord& queue) {
  // Since RabbitMQ 4.0 a quorum queue gives up on a message without being told so.
  constexpr std::uint64_t quorum_delivery_limit = 20;
  const FieldTable arguments = arguments_of(queue.arguments);
  QueuePolicy out;
  if (queue.type == QueueType::quorum) out.delivery_limit = quorum_delivery_limit;
  if (arguments.empty()) return out;
  out.message_ttl_ms = number(arguments, "x-message-ttl");
  out.expires_ms = number(arguments, "x-expires");
  out.max_length = count(arguments, "x-max-length");
  out.overflow = overflow_named(text(arguments, "x-overflow").value_or("")).value_or(out.overflow);
  out.dead_letter_exchange = text(arguments, "x-dead-letter-exchange");
  out.dead_letter_routing_key = text(arguments, "x-dead-letter-routing-key");
  if (number(arguments, "x-delivery-limit")) {
    out.delivery_limit = count(arguments, "x-delivery-limit");  // negative: none
  }
  if (const auto levels = count(arguments, "x-max-priority")) {
    out.max_priority = static_cast<std::uint8_t>(*levels);
  }
  const FieldValue* single = arguments.find("x-single-active-consumer");
  out.single_active_consumer = single && single->as_bool() && *single->as_bool();
  return out;
}

Error check_policy(const FieldTable& arguments, QueueType type, std::string_view object) {
  for (const Range& range : ranges) {
    if (Error e = check_range(range, arguments, object); e.code != Errc::ok) return e;
  }
  if (Error e = check_overflow(arguments, type, object); e.code != Errc::ok) return e;
  if (Error e = check_strategy(arguments, object); e.code != Errc::ok) return e;
  if (arguments.find("x-dead-letter-routing-key") && !arguments.find("x-dead-letter-exchange")) {
    return bad("x-dead-letter-routing-key", object, "routing_key_but_no_dlx_defined");
  }
  if (type == QueueType::quorum && arguments.find("x-max-priority")) {
    return bad("x-max-priority", object, "a quorum queue has no priority levels");
  }
  return {};
}

}  // namespace rialto
