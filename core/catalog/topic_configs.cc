#include "core/catalog/topic_configs.h"

#include "core/model/topic_config.h"

#include <algorithm>
#include <charconv>

namespace rialto {

Result<Keep> check_topic_configs(const std::vector<TopicConfig>& configs) {
  for (const TopicConfig& config : configs) {
    if (auto checked = check_topic_config(config); !checked) return checked.error();
  }
  return Keep::time_size;
}

std::string_view topic_config(const TopicRecord& topic, std::string_view name) {
  // The last one given holds, as for Kafka.
  const auto own = std::find_if(topic.configs.rbegin(), topic.configs.rend(),
                                [&](const TopicConfig& c) { return c.name == name; });
  if (own != topic.configs.rend()) return own->value;
  const TopicConfigRule* rule = find_topic_config(name);
  return rule == nullptr ? std::string_view() : rule->value_default;
}

std::int64_t topic_config_number(const TopicRecord& topic, std::string_view name) {
  const std::string_view value = topic_config(topic, name);
  std::int64_t number = -1;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

}  // namespace rialto
