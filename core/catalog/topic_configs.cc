#include "core/catalog/topic_configs.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace rialto {
namespace {

using enum TopicConfigRule::Kind;

constexpr TopicConfigRule rules[] = {
    {"cleanup.policy", "delete", word, "delete", true},
    {"retention.ms", "604800000", number, "", true},
    {"retention.bytes", "-1", number, "", true},
    {"max.message.bytes", "1048588", number, "", true},
    {"min.insync.replicas", "1", number, "", true},
    {"compression.type", "producer", word, "producer", true},
    {"message.timestamp.type", "CreateTime", word, "CreateTime", true},
    {"message.timestamp.before.max.ms", "9223372036854775807", number, "9223372036854775807", true},
    {"message.timestamp.after.max.ms", "9223372036854775807", number, "9223372036854775807", true},
    {"message.timestamp.difference.max.ms", "9223372036854775807", number, "9223372036854775807",
     true},
    {"remote.storage.enable", "false", boolean, "false", true},

    {"segment.bytes", "1073741824", number, "", false},
    {"segment.ms", "604800000", number, "", false},
    {"segment.jitter.ms", "0", number, "", false},
    {"segment.index.bytes", "10485760", number, "", false},
    {"index.interval.bytes", "4096", number, "", false},
    {"file.delete.delay.ms", "60000", number, "", false},
    {"flush.messages", "9223372036854775807", number, "", false},
    {"flush.ms", "9223372036854775807", number, "", false},
    {"preallocate", "false", boolean, "", false},
    {"delete.retention.ms", "86400000", number, "", false},
    {"min.cleanable.dirty.ratio", "0.5", word, "", false},
    {"min.compaction.lag.ms", "0", number, "", false},
    {"max.compaction.lag.ms", "9223372036854775807", number, "", false},
    {"message.format.version", "3.0-IV1", word, "", false},
    {"message.downconversion.enable", "true", boolean, "", false},
    {"unclean.leader.election.enable", "false", boolean, "", false},
    {"leader.replication.throttled.replicas", "", word, "", false},
    {"follower.replication.throttled.replicas", "", word, "", false},
};

const TopicConfigRule* rule_of(std::string_view name) {
  const auto found = std::find_if(std::begin(rules), std::end(rules),
                                  [&](const TopicConfigRule& r) { return r.name == name; });
  return found == std::end(rules) ? nullptr : found;
}

std::optional<std::int64_t> as_number(std::string_view value) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  return out;
}

bool is_of_kind(const TopicConfigRule& rule, std::string_view value) {
  switch (rule.kind) {
    case number: return as_number(value).has_value();
    case boolean: return value == "true" || value == "false";
    case word: return true;
  }
  return false;
}

}  // namespace

std::span<const TopicConfigRule> topic_config_rules() {
  return rules;
}

Result<Keep> check_topic_configs(const std::vector<TopicConfig>& configs) {
  for (const TopicConfig& config : configs) {
    const TopicConfigRule* rule = rule_of(config.name);
    if (rule == nullptr) {
      return Error(Errc::invalid_argument,
                   fmt::format("Unknown topic config name: {}", config.name));
    }
    if (!is_of_kind(*rule, config.value)) {
      return Error(Errc::invalid_argument,
                   fmt::format("Invalid value {} for configuration {}", config.value, config.name));
    }
    if (!rule->allowed.empty() && config.value != rule->allowed) {
      return Error(Errc::not_supported, fmt::format("{}={} is not supported, only {} is",
                                                    config.name, config.value, rule->allowed));
    }
  }
  return Keep::time_size;
}

std::string_view topic_config(const TopicRecord& topic, std::string_view name) {
  // The last one given holds, as for Kafka.
  const auto own = std::find_if(topic.configs.rbegin(), topic.configs.rend(),
                                [&](const TopicConfig& c) { return c.name == name; });
  if (own != topic.configs.rend()) return own->value;
  const TopicConfigRule* rule = rule_of(name);
  return rule == nullptr ? std::string_view() : rule->value_default;
}

std::int64_t topic_config_number(const TopicRecord& topic, std::string_view name) {
  return as_number(topic_config(topic, name)).value_or(-1);
}

}  // namespace rialto
