#include "adapters/log/topic_configs.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace rialto::kafka {
namespace {

constexpr std::array known = {
    KnownConfig{"cleanup.policy", "delete", ConfigType::list},
    KnownConfig{"compression.type", "producer", ConfigType::text, true},
    KnownConfig{"delete.retention.ms", "86400000", ConfigType::int64},
    KnownConfig{"file.delete.delay.ms", "60000", ConfigType::int64},
    KnownConfig{"flush.messages", "9223372036854775807", ConfigType::int64},
    KnownConfig{"flush.ms", "9223372036854775807", ConfigType::int64},
    KnownConfig{"follower.replication.throttled.replicas", "", ConfigType::list},
    KnownConfig{"index.interval.bytes", "4096", ConfigType::int32},
    KnownConfig{"leader.replication.throttled.replicas", "", ConfigType::list},
    KnownConfig{"max.compaction.lag.ms", "9223372036854775807", ConfigType::int64},
    KnownConfig{"max.message.bytes", "1048588", ConfigType::int32},
    KnownConfig{"message.downconversion.enable", "false", ConfigType::boolean},
    KnownConfig{"message.format.version", "3.0-IV1", ConfigType::text},
    KnownConfig{"message.timestamp.type", "CreateTime", ConfigType::text, true},
    KnownConfig{"min.cleanable.dirty.ratio", "0.5", ConfigType::real},
    KnownConfig{"min.compaction.lag.ms", "0", ConfigType::int64},
    KnownConfig{"min.insync.replicas", "1", ConfigType::int32, true},
    KnownConfig{"preallocate", "true", ConfigType::boolean},
    KnownConfig{"retention.bytes", "-1", ConfigType::int64},
    KnownConfig{"retention.ms", "604800000", ConfigType::int64},
    KnownConfig{"segment.bytes", "67108864", ConfigType::int32},
    KnownConfig{"segment.index.bytes", "10485760", ConfigType::int32},
    KnownConfig{"segment.jitter.ms", "0", ConfigType::int64},
    KnownConfig{"segment.ms", "604800000", ConfigType::int64},
    KnownConfig{"unclean.leader.election.enable", "false", ConfigType::boolean},
};

template <class Number>
bool reads_as(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool fits(ConfigType type, std::string_view value) {
  switch (type) {
    case ConfigType::boolean: return value == "true" || value == "false";
    case ConfigType::int32: return reads_as<std::int32_t>(value);
    case ConfigType::int64: return reads_as<std::int64_t>(value);
    case ConfigType::real: return reads_as<double>(value);
    case ConfigType::text:
    case ConfigType::list: return true;
  }
  return false;
}

}  // namespace

std::span<const KnownConfig> topic_configs() {
  return known;
}

const KnownConfig* find_topic_config(std::string_view name) {
  const auto found = std::find_if(known.begin(), known.end(),
                                  [name](const KnownConfig& c) { return c.name == name; });
  return found == known.end() ? nullptr : &*found;
}

Result<void> check_topic_configs(const std::vector<TopicConfig>& configs) {
  for (const TopicConfig& config : configs) {
    const KnownConfig* found = find_topic_config(config.name);
    if (found == nullptr && !config.name.starts_with("rialto.")) {
      return Error(Errc::invalid_argument, "unknown topic config " + config.name);
    }
    if (found == nullptr) continue;
    if (!fits(found->type, config.value)) {
      return Error(Errc::invalid_argument,
                   config.name + " cannot be '" + config.value + "': not of its type");
    }
    if (found->fixed && config.value != found->value) {
      return Error(Errc::invalid_argument, config.name + " can only be '" +
                                               std::string(found->value) + "' here, not '" +
                                               config.value + "'");
    }
  }
  return {};
}

}  // namespace rialto::kafka
