#include "core/catalog/policy_settings.h"

#include "core/catalog/argument_text.h"
#include "core/catalog/queue_arguments.h"
#include "core/model/message_properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rialto {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 3> overflows = {"drop-head", "reject-publish",
                                                       "reject-publish-dlx"};
constexpr std::array<std::string_view, 2> strategies = {"at-most-once", "at-least-once"};
constexpr std::array<std::string_view, 2> modes = {"default", "lazy"};
constexpr std::array<std::string_view, 4> locators = {"client-local", "balanced", "random",
                                                      "least-leaders"};
constexpr std::array<std::string_view, 4> retry_types = {"disabled", "all", "failed", "returned"};
constexpr std::array<std::string_view, 3> retry_kinds = {"fixed", "linear", "exponential"};
constexpr std::array<std::string_view, 2> retry_ends = {"dead-letter", "drop"};

enum class Form : std::uint8_t { number, text, flag };

struct Setting {
  std::string_view name;
  std::string_view phrase;  ///< what a bad value is no valid one of
  bool for_operators = false;
  bool classic = true;  ///< classic queues have it
  bool quorum = true;
  Form form = Form::number;
  std::int64_t lowest = 0;
  std::int64_t highest = INT64_MAX;
  Words words = {};  ///< texts: none others, if there are any
};

constexpr Form a_number = Form::number;
constexpr Form a_text = Form::text;

constexpr Setting settings[] = {
    {"message-ttl", "message TTL", true, true, true, a_number, 0, time_to_live_ms_max},
    {"expires", "queue expiry", true, true, true, a_number, 1, time_to_live_ms_max},
    {"max-length", "maximum length", true},
    {"max-length-bytes", "maximum length in bytes", true},
    {"max-in-memory-length", "maximum memory in bytes", true, false},
    {"max-in-memory-bytes", "maximum memory in bytes", true, false},
    {"delivery-limit", "delivery limit", true, false, true, a_number, -1, INT32_MAX},
    {"overflow", "overflow value", true, true, true, a_text, 0, 0, overflows},
    {"message-deduplication", "message deduplication flag", false, true, true, Form::flag},
    {"dedup-window", "deduplication window", true, true, true, a_number, 1, dedup_window_ms_max},
    {"queue-version", "queue version", true, true, false, a_number, 1, 2},
    {"alternate-exchange", "alternate exchange name", false, true, true, a_text},
    {"dead-letter-exchange", "dead letter exchange name", false, true, true, a_text},
    {"dead-letter-routing-key", "dead letter routing key", false, true, true, a_text},
    {"dead-letter-strategy", "dead letter strategy", false, false, true, a_text, 0, 0, strategies},
    {"delayed-retry-type", "delayed retry type", false, false, true, a_text, 0, 0, retry_types},
    {"delayed-retry-min", "delayed retry minimum", false, false, true, a_number, 0,
     time_to_live_ms_max},
    {"delayed-retry-max", "delayed retry maximum", false, false, true, a_number, 0,
     time_to_live_ms_max},
    {"retry-kind", "retry kind", false, true, true, a_text, 0, 0, retry_kinds},
    {"retry-delay", "retry delay", false, true, true, a_number, 1, time_to_live_ms_max},
    {"retry-max-delay", "retry maximum delay", false, true, true, a_number, 1, time_to_live_ms_max},
    {"retry-limit", "retry limit", false, true, true, a_number, 0, INT32_MAX},
    {"retry-then", "retry end", false, true, true, a_text, 0, 0, retry_ends},
    {"queue-mode", "queue-mode value", false, true, false, a_text, 0, 0, modes},
    {"queue-leader-locator", "queue leader locator value", false, true, true, a_text, 0, 0,
     locators},
};

// With a meaning in RabbitMQ that is no queue argument.
constexpr std::array<std::string_view, 4> federated = {
    "federation-upstream", "federation-upstream-set", "federation-upstream-pattern",
    "message-interceptor"};

const Setting* setting_named(std::string_view name) {
  const auto at = std::find_if(std::begin(settings), std::end(settings),
                               [&](const Setting& s) { return s.name == name; });
  return at == std::end(settings) ? nullptr : at;
}

/// As RabbitMQ shows a value in the reasons of its refusals.
std::string term(const FieldValue& value) {
  return value.as_text() ? fmt::format("<<\"{}\">>", *value.as_text()) : shown_value(value);
}

bool is_valid(const Setting& setting, const FieldValue& value) {
  if (setting.form == Form::flag) return value.tag == 't';
  if (setting.form == Form::number) {
    const std::int64_t* n = value.is_integer() ? value.as_integer() : nullptr;
    return n && *n >= setting.lowest && *n <= setting.highest;
  }
  if (value.tag != 'S') return false;
  return setting.words.empty() || std::find(setting.words.begin(), setting.words.end(),
                                            *value.as_text()) != setting.words.end();
}

/// Known to RabbitMQ as a setting, and why not here; nothing: unknown to it as well.
std::string_view reason_against(std::string_view name) {
  if (std::find(federated.begin(), federated.end(), name) != federated.end()) {
    return "there is no federation";
  }
  constexpr std::array<std::string_view, 3> of_streams = {
      "max-age", "stream-max-segment-size-bytes", "stream-filter-size-bytes"};
  if (std::find(of_streams.begin(), of_streams.end(), name) != of_streams.end()) {
    return "a stream says it when it is declared";
  }
  constexpr std::array<std::string_view, 2> never_policies = {"max-priority", "queue-type"};
  if (std::find(never_policies.begin(), never_policies.end(), name) != never_policies.end()) {
    return {};
  }
  const ArgumentRule* rule = queue_argument_rule("x-" + std::string(name));
  return rule && rule->kind == ArgumentClass::refused ? rule->reason : std::string_view();
}

FieldValue merged(std::string_view name, const FieldValue& user, const FieldValue& operators) {
  const std::int64_t* a = user.as_integer();
  const std::int64_t* b = operators.as_integer();
  if (!a || !b || name == "queue-version") return operators;
  if (*a < 0 || *b < 0) return *a > *b ? user : operators;
  return *a < *b ? user : operators;
}

}  // namespace

Error validation_failed(const std::string& why) {
  return {Errc::invalid_argument, "Validation failed\n\n" + why + "\n"};
}

Error check_definition(PolicyKind kind, const FieldTable& definition) {
  if (definition.empty()) return validation_failed("no policy provided");
  std::string unknown;
  for (const auto& [name, value] : definition.entries) {
    const Setting* setting = setting_named(name);
    const bool allowed = setting && (kind == PolicyKind::user || setting->for_operators);
    if (const auto reason = setting ? std::string_view() : reason_against(name); !reason.empty()) {
      return {Errc::not_supported,
              fmt::format("policy setting '{}' is not supported: {}", name, reason)};
    }
    if (!allowed) {
      unknown += fmt::format("{}{{<<\"{}\">>,{}}}", unknown.empty() ? "" : ",", name, term(value));
    }
  }
  if (!unknown.empty()) {
    return validation_failed(fmt::format("[{}] are not recognised policy settings", unknown));
  }
  for (const auto& [name, value] : definition.entries) {
    const Setting& setting = *setting_named(name);
    if (is_valid(setting, value)) continue;
    return validation_failed(fmt::format("{} is not a valid {}", term(value), setting.phrase));
  }
  return {};
}

bool fits_queue_type(const FieldTable& definition, QueueType type) {
  if (type == QueueType::stream) return false;  // no setting is for them
  return std::all_of(
      definition.entries.begin(), definition.entries.end(), [&](const FieldEntry& entry) {
        const Setting* setting = setting_named(entry.name);
        return setting && (type == QueueType::quorum ? setting->quorum : setting->classic);
      });
}

FieldTable merged_definition(const FieldTable& user, const FieldTable& operators) {
  FieldTable out = user;
  for (const auto& [name, value] : operators.entries) {
    const FieldValue* other = user.find(name);
    out.set(name, other ? merged(name, *other, value) : value);
  }
  return out;
}

}  // namespace rialto
