#include "adapters/log/handlers/topic_lookup.h"

#include <algorithm>

namespace rialto::kafka {
namespace {

template <class Predicate>
const TopicInfo* find(const std::vector<TopicInfo>& topics, Predicate predicate) {
  const auto found = std::find_if(topics.begin(), topics.end(), [&](const TopicInfo& t) {
    return t.error == Errc::ok && predicate(t);
  });
  return found == topics.end() ? nullptr : &*found;
}

}  // namespace

const TopicInfo* topic_of(const std::vector<TopicInfo>& topics, std::string_view name) {
  return find(topics, [name](const TopicInfo& t) { return t.name == name; });
}

const TopicInfo* topic_of(const std::vector<TopicInfo>& topics, const Uuid& id) {
  return find(topics, [&id](const TopicInfo& t) { return uuid_of(t.id) == id; });
}

const PartitionInfo* partition_of(const TopicInfo* topic, std::int32_t index) {
  if (topic == nullptr || index < 0) return nullptr;
  const auto place = static_cast<std::size_t>(index);
  return place < topic->partitions.size() ? &topic->partitions[place] : nullptr;
}

}  // namespace rialto::kafka
