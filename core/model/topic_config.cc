#include "core/model/topic_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace rialto {
namespace {

using enum ConfigType;

constexpr std::string_view never = "9223372036854775807";

constexpr TopicConfigRule rules[] = {
    {"cleanup.policy", "delete", list, "delete"},
    {"compression.type", "producer", text, "producer"},
    {"max.message.bytes", "1048588", int32, ""},
    {"message.timestamp.after.max.ms", never, int64, never},
    {"message.timestamp.before.max.ms", never, int64, never},
    {"message.timestamp.difference.max.ms", never, int64, never},
    {"message.timestamp.type", "CreateTime", text, "CreateTime"},
    {"min.insync.replicas", "1", int32, "1"},
    {"remote.storage.enable", "false", boolean, "false"},
    {"retention.bytes", "-1", int64, ""},
    {"retention.ms", "604800000", int64, ""},
    // From here on: nothing to do on one node with one journal.
    {"delete.retention.ms", "86400000", int64, ""},
    {"file.delete.delay.ms", "60000", int64, ""},
    {"flush.messages", never, int64, ""},
    {"flush.ms", never, int64, ""},
    {"follower.replication.throttled.replicas", "", list, ""},
    {"index.interval.bytes", "4096", int32, ""},
    {"leader.replication.throttled.replicas", "", list, ""},
    {"max.compaction.lag.ms", never, int64, ""},
    {"message.downconversion.enable", "false", boolean, ""},
    {"message.format.version", "3.0-IV1", text, ""},
    {"min.cleanable.dirty.ratio", "0.5", real, ""},
    {"min.compaction.lag.ms", "0", int64, ""},
    {"preallocate", "true", boolean, ""},
    {"segment.bytes", "67108864", int32, ""},
    {"segment.index.bytes", "10485760", int32, ""},
    {"segment.jitter.ms", "0", int64, ""},
    {"segment.ms", "604800000", int64, ""},
    {"unclean.leader.election.enable", "false", boolean, ""},
};

template <class Number>
bool reads_as(std::string_view value) {
  Number number{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  return error == std::errc() && end == value.data() + value.size();
}

bool fits(ConfigType type, std::string_view value) {
  switch (type) {
    case boolean: return value == "true" || value == "false";
    case int32: return reads_as<std::int32_t>(value);
    case int64: return reads_as<std::int64_t>(value);
    case real: return reads_as<double>(value);
    case text:
    case list: return true;
  }
  return false;
}

}  // namespace

std::span<const TopicConfigRule> topic_config_rules() {
  return rules;
}

const TopicConfigRule* find_topic_config(std::string_view name) {
  const auto found = std::find_if(std::begin(rules), std::end(rules),
                                  [&](const TopicConfigRule& r) { return r.name == name; });
  return found == std::end(rules) ? nullptr : found;
}

Result<void> check_topic_config(const TopicConfig& config) {
  const TopicConfigRule* rule = find_topic_config(config.name);
  if (rule == nullptr) {
    return Error(Errc::invalid_argument, fmt::format("Unknown topic config name: {}", config.name));
  }
  if (!fits(rule->type, config.value)) {
    return Error(Errc::invalid_argument,
                 fmt::format("Invalid value {} for configuration {}", config.value, config.name));
  }
  if (!rule->allowed.empty() && config.value != rule->allowed) {
    return Error(Errc::not_supported, fmt::format("{}={} is not supported, only {} is", config.name,
                                                  config.value, rule->allowed));
  }
  return {};
}

}  // namespace rialto
