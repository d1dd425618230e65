#pragma once

#include "core/base/result.h"
#include "core/model/frames/catalog_frame.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rialto {

/// A topic config as Kafka names it, what a topic has that does not set it, and why Rialto treats
/// it as it does.
struct TopicConfigRule {
  std::string_view name;
  std::string_view value_default;
  enum class Kind : std::uint8_t { number, boolean, word } kind;
  std::string_view allowed;  ///< the only value so far; empty: every value of the kind
  bool honoured;             ///< false: accepted, nothing to do on one node with one journal
};

std::span<const TopicConfigRule> topic_config_rules();

/// The Keep that the configs ask for. Refusals: invalid_argument (unknown name or bad value),
/// not_supported (a value that has a meaning Rialto lacks).
Result<Keep> check_topic_configs(const std::vector<TopicConfig>& configs);

/// The value that holds for a topic: its own, or the default. Empty for an unknown name.
std::string_view topic_config(const TopicRecord& topic, std::string_view name);
/// The same as a number; only for configs of kind number.
std::int64_t topic_config_number(const TopicRecord& topic, std::string_view name);

}  // namespace rialto
