#pragma once

#include "core/base/result.h"
#include "core/model/frames/catalog_frame.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace rialto {

/// What a value has to look like. The numbers are Kafka's, told since DescribeConfigs 3.
enum class ConfigType : std::int8_t {
  boolean = 1,
  text = 2,
  int32 = 3,
  int64 = 5,
  real = 6,
  list = 7,
};

/// A topic config as Kafka names it, and what a topic has that does not set it.
struct TopicConfigRule {
  std::string_view name;
  std::string_view value_default;
  ConfigType type;
  /// The only value so far, where another one has a meaning that Rialto lacks; empty: any.
  std::string_view allowed;
};

std::span<const TopicConfigRule> topic_config_rules();

/// Null when there is no topic config of that name.
const TopicConfigRule* find_topic_config(std::string_view name);

/// Refusals: invalid_argument (unknown name or bad value), not_supported (a value that has a
/// meaning Rialto lacks). The text names the config.
Result<void> check_topic_config(const TopicConfig& config);

}  // namespace rialto
