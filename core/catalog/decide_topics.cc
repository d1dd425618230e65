#include "core/catalog/decide.h"
#include "core/catalog/decision_parts.h"
#include "core/catalog/names.h"
#include "core/catalog/topic_configs.h"

#include <fmt/format.h>

#include <utility>

namespace rialto {

Result<CatalogFrame> decide_create_topic(const Catalog& catalog, const TopicCreation& command) {
  if (!is_topic_name(command.name)) {
    return Error(Errc::invalid_name,
                 fmt::format("Topic name is invalid: '{}' is not 1 to {} of the characters a-z, "
                             "A-Z, 0-9, '.', '_' and '-'",
                             command.name, topic_name_bytes_max));
  }
  if (is_reserved(command.name)) {
    return Error(Errc::invalid_name,
                 fmt::format("topic name '{}' contains reserved prefix 'amq.*'", command.name));
  }
  if (catalog.topic(command.vhost, command.name) != nullptr) {
    return Error(Errc::already_exists, fmt::format("Topic '{}' already exists.", command.name));
  }
  if (catalog.queue(command.vhost, command.name) != nullptr) {
    return Error(Errc::already_exists,
                 fmt::format("Topic '{}' cannot be made: the name belongs to {}", command.name,
                             queue_in(command.name, command.vhost)));
  }
  const std::int32_t count =
      command.partitions == -1 ? topic_partitions_default : command.partitions;
  if (count < 1 || count > topic_partitions_max) {
    return Error(Errc::invalid_partitions, fmt::format("a topic has 1 to {} partitions, not {}",
                                                       topic_partitions_max, count));
  }
  const std::size_t all = catalog.partition_count() + static_cast<std::size_t>(count);
  if (all > partitions_max) {
    return Error(Errc::invalid_partitions,
                 fmt::format("with {} more partitions there would be {} of them; one node has at "
                             "most {}",
                             count, all, partitions_max));
  }
  const auto keep = check_topic_configs(command.configs);
  if (!keep.has_value()) return keep.error();

  FreshIds ids(catalog);
  TopicRecord topic;
  topic.id = TopicId(ids.take(false));
  topic.vhost = command.vhost;
  topic.name = command.name;
  topic.keep = *keep;
  topic.configs = command.configs;
  for (std::int32_t i = 0; i < count; ++i)
    topic.partitions.push_back(PartitionId(ids.take(false)));
  CatalogFrame frame;
  frame.topics.push_back(std::move(topic));
  return frame;
}

Result<CatalogFrame> decide_delete_topic(const Catalog& catalog, const TopicDeletion& command) {
  const TopicRecord* topic = catalog.topic(command.vhost, command.name);
  if (topic == nullptr) {
    return Error(Errc::not_found,
                 fmt::format("no topic '{}' in vhost '{}'", command.name, command.vhost));
  }
  if (topic->of_queue) {
    return Error(Errc::policy_violation,
                 fmt::format("topic '{}' is {}: delete it with queue.delete", command.name,
                             queue_in(command.name, command.vhost)));
  }
  CatalogFrame frame;
  if (const QueueRecord* queue = catalog.queue(topic->queue)) {
    frame = removal_of(catalog, *queue);
    // It goes as a whole: no record of it without its queue.
    frame.topics.clear();
  }
  frame.removed_topics.push_back(topic->id);
  return frame;
}

}  // namespace rialto
