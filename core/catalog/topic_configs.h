#pragma once

#include "core/base/result.h"
#include "core/model/frames/catalog_frame.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace rialto {

/// The Keep that the configs ask for. Refusals: those of check_topic_config.
Result<Keep> check_topic_configs(const std::vector<TopicConfig>& configs);

/// The value that holds for a topic: its own, or the default. Empty for an unknown name.
std::string_view topic_config(const TopicRecord& topic, std::string_view name);
/// The same as a number; only for configs that are whole numbers.
std::int64_t topic_config_number(const TopicRecord& topic, std::string_view name);

}  // namespace rialto
