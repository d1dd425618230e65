#pragma once

#include "core/base/result.h"
#include "core/broker/requests.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::kafka {

/// Kafka's numbers for the type of a config, told since DescribeConfigs 3.
enum class ConfigType : std::int8_t {
  boolean = 1,
  text = 2,
  int32 = 3,
  int64 = 5,
  real = 6,
  list = 7,
};

/// A topic config that clients know by this name.
struct KnownConfig {
  std::string_view name;
  std::string_view value;  ///< unless the topic has its own
  ConfigType type;
  /// Another value has a meaning that this broker lacks, so it is refused; the others either are
  /// honoured by the broker or have no effect on one node, and are stored and shown as given.
  bool fixed = false;
};

std::span<const KnownConfig> topic_configs();

/// Null when there is no topic config of that name.
const KnownConfig* find_topic_config(std::string_view name);

/// Refuses, naming it, a config that is not known or not possible here.
Result<void> check_topic_configs(const std::vector<TopicConfig>& configs);

}  // namespace rialto::kafka
