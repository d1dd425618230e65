#include "core/catalog/argument_text.h"
#include "core/catalog/decide.h"
#include "core/catalog/decision_parts.h"
#include "core/catalog/names.h"
#include "core/catalog/queue_arguments.h"
#include "core/catalog/queue_policy.h"

#include <fmt/format.h>

#include <algorithm>

namespace rialto {
namespace {

QueueShape shape_of(const QueueDeclaration& command) {
  // RabbitMQ too: an exclusive queue ends with its connection, whatever was asked for.
  return {command.durable && !command.exclusive, command.exclusive, command.auto_delete,
          command.server_named};
}

/// Is the declaration the same as what exists? Errc::ok, locked or not_equivalent.
Error compare_with(const Catalog& catalog, const QueueDeclaration& command,
                   const QueueRecord& current) {
  const bool own = catalog.owner(current.id) == command.session;
  if (current.exclusive != command.exclusive || (current.exclusive && !own)) {
    return queue_locked(command.name, command.vhost);
  }
  const QueueShape shape = shape_of(command);
  const std::string object = queue_in(command.name, command.vhost);
  if (shape.durable != current.durable) {
    return inequivalent("durable", object, quoted_flag(shape.durable),
                        quoted_flag(current.durable));
  }
  if (shape.auto_delete != current.auto_delete) {
    return inequivalent("auto_delete", object, quoted_flag(shape.auto_delete),
                        quoted_flag(current.auto_delete));
  }
  return compare_queue_arguments(command.arguments, arguments_of(current.arguments), object);
}

Error check_name(const QueueDeclaration& command) {
  if (command.name.empty() || command.name.size() > name_bytes_max) {
    return {Errc::invalid_name, fmt::format("a queue name has 1 to {} bytes, not {}",
                                            name_bytes_max, command.name.size())};
  }
  if (is_reserved(command.name) && !command.server_named) {
    return {Errc::access_denied,
            fmt::format("queue name '{}' contains reserved prefix 'amq.*'", command.name)};
  }
  return {};
}

/// A topic takes no other queue than a durable one that everybody may use.
Error check_adoptable(const QueueDeclaration& command) {
  if (command.exclusive) return queue_locked(command.name, command.vhost);
  const std::string object = queue_in(command.name, command.vhost);
  if (!command.durable) return inequivalent("durable", object, "'false'", "'true'");
  if (command.auto_delete) return inequivalent("auto_delete", object, "'true'", "'false'");
  return {};
}

QueueRecord record_of(const QueueDeclaration& command, QueueType type) {
  const QueueShape shape = shape_of(command);
  QueueRecord out;
  out.vhost = command.vhost;
  out.name = command.name;
  out.durable = shape.durable;
  out.exclusive = shape.exclusive;
  out.auto_delete = shape.auto_delete;
  out.type = type;
  out.arguments = stored_arguments(command.arguments);
  return out;
}

/// Of a subscription: the topic that it names.
Error find_source(const Catalog& catalog, const QueueDeclaration& command, QueueRecord& queue) {
  const FieldValue* name = command.arguments.find("x-source-topic");
  if (name == nullptr) return {};
  const TopicRecord* topic = catalog.topic(command.vhost, *name->as_text());
  if (topic == nullptr) {
    return {Errc::not_found,
            fmt::format("no topic '{}' in vhost '{}' for {} to subscribe to", *name->as_text(),
                        command.vhost, queue_in(command.name, command.vhost))};
  }
  queue.source = topic->id;
  return {};
}

/// A topic of that name that was made since is another one.
Error source_is_gone(const QueueDeclaration& command) {
  const FieldValue* name = command.arguments.find("x-source-topic");
  return {Errc::invalid_argument,
          fmt::format("topic '{}', to which {} subscribes, was deleted: delete the queue and "
                      "declare it again",
                      *name->as_text(), queue_in(command.name, command.vhost))};
}

bool shows_as_topic(const QueueRecord& queue) {
  if (policy_of(queue).expires_ms || queue.source != TopicId(0)) return false;
  return queue.durable && !queue.exclusive && !queue.auto_delete && !is_reserved(queue.name) &&
         is_topic_name(queue.name);
}

CatalogFrame creation_of(const Catalog& catalog, QueueRecord queue) {
  FreshIds ids(catalog);
  const bool ends_with_process = !queue.durable;
  queue.id = QueueId(ids.take(ends_with_process));
  queue.partition = PartitionId(ids.take(ends_with_process));
  CatalogFrame frame;
  if (shows_as_topic(queue)) {
    TopicRecord topic;
    topic.id = TopicId(ids.take(false));
    topic.vhost = queue.vhost;
    topic.name = queue.name;
    topic.queue = queue.id;
    topic.of_queue = true;
    topic.keep = Keep::none;
    topic.partitions = {queue.partition};
    if (const auto retention = retention_of(queue)) {
      topic.keep = Keep::time_size;
      topic.configs = {{"retention.ms", std::to_string(retention->ms)},
                       {"retention.bytes", std::to_string(retention->bytes)}};
    }
    queue.topic = topic.id;
    frame.topics.push_back(std::move(topic));
  }
  frame.queues.push_back(std::move(queue));
  return frame;
}

Result<CatalogFrame> decide_passive(const Catalog& catalog, const QueueDeclaration& command) {
  if (const QueueRecord* queue = catalog.queue(command.vhost, command.name)) {
    if (auto locked = check_not_locked(catalog, *queue, command.session)) return *locked;
    return CatalogFrame{};
  }
  if (catalog.topic(command.vhost, command.name) != nullptr) return CatalogFrame{};
  return no_such_queue(command.name, command.vhost);
}

Error topic_not_queue(const std::string& name, const std::string& vhost) {
  return {Errc::policy_violation,
          fmt::format("{} shows topic '{}': delete it with DeleteTopics, not with queue.delete",
                      queue_in(name, vhost), name)};
}

/// What the log of a topic keeps, and of what it is the log, is not for its queue to say.
Error check_topic_knows_better(const QueueDeclaration& command, const TopicRecord& topic) {
  for (const char* name : {"x-source-topic", "x-retention-ms", "x-retention-bytes", "x-max-age"}) {
    if (!command.arguments.find(name)) continue;
    return {Errc::invalid_argument,
            fmt::format("invalid arg '{}' for {}: the name is that of topic '{}', whose configs "
                        "say what it keeps; a subscription has a name of its own",
                        name, queue_in(command.name, command.vhost), topic.name)};
  }
  return {};
}

}  // namespace

std::optional<Error> check_not_locked(const Catalog& catalog, const QueueRecord& queue,
                                      SessionId session) {
  if (!queue.exclusive || catalog.owner(queue.id) == session) return std::nullopt;
  return queue_locked(queue.name, queue.vhost);
}

Result<const QueueRecord*> find_queue(const Catalog& catalog, std::string_view vhost,
                                      std::string_view name, SessionId session) {
  const QueueRecord* queue = catalog.queue(vhost, name);
  if (queue == nullptr) return no_such_queue(name, vhost);
  if (auto locked = check_not_locked(catalog, *queue, session)) return *locked;
  return queue;
}

Result<CatalogFrame> decide_declare_queue(const Catalog& catalog, const QueueDeclaration& command) {
  if (command.passive) return decide_passive(catalog, command);
  const std::string object = queue_in(command.name, command.vhost);
  const auto type = check_queue_arguments(command.arguments, shape_of(command), object);
  if (const QueueRecord* current = catalog.queue(command.vhost, command.name)) {
    // A difference is told before a value that would be refused anyway: RabbitMQ's order matters
    // to clients that declare a queue of another client's making.
    if (Error different = compare_with(catalog, command, *current); different.code != Errc::ok) {
      return different;
    }
    if (!type.has_value()) return type.error();
    if (current->source != TopicId(0) && catalog.topic(current->source) == nullptr) {
      return source_is_gone(command);
    }
    return CatalogFrame{};
  }
  if (Error bad = check_name(command); bad.code != Errc::ok) return bad;
  if (!type.has_value()) return type.error();
  if (const TopicRecord* topic = catalog.topic(command.vhost, command.name)) {
    if (Error bad = check_adoptable(command); bad.code != Errc::ok) return bad;
    if (Error bad = check_topic_knows_better(command, *topic); bad.code != Errc::ok) return bad;
    return adoption_of(catalog, *topic, record_of(command, *type));
  }
  QueueRecord queue = record_of(command, *type);
  if (Error bad = find_source(catalog, command, queue); bad.code != Errc::ok) return bad;
  if (retention_of(queue) && !shows_as_topic(queue)) {
    return Error(Errc::invalid_argument,
                 fmt::format("invalid arg for {}: only the log of a durable queue for everybody, "
                             "with a name that a topic can have, has a retention",
                             object));
  }
  return creation_of(catalog, std::move(queue));
}

Result<CatalogFrame> decide_adopt_topic(const Catalog& catalog, std::string_view vhost,
                                        std::string_view name) {
  if (catalog.queue(vhost, name) != nullptr) return CatalogFrame{};
  const TopicRecord* topic = catalog.topic(vhost, name);
  if (topic == nullptr) return no_such_queue(name, vhost);
  return adoption_of(catalog, *topic, default_queue_of(*topic));
}

CatalogFrame creation_of_delay_queue(const Catalog& catalog, const std::string& vhost) {
  FreshIds ids(catalog);
  QueueRecord queue;
  queue.vhost = vhost;
  queue.type = QueueType::delay;
  queue.id = QueueId(ids.take(false));
  queue.partition = PartitionId(ids.take(false));
  CatalogFrame frame;
  frame.queues.push_back(std::move(queue));
  return frame;
}

Result<CatalogFrame> decide_delete_queue(const Catalog& catalog, const QueueDeletion& command) {
  const QueueRecord* queue = catalog.queue(command.vhost, command.name);
  if (queue == nullptr) {
    if (catalog.topic(command.vhost, command.name) == nullptr) return CatalogFrame{};
    return topic_not_queue(command.name, command.vhost);
  }
  if (auto locked = check_not_locked(catalog, *queue, command.session)) return *locked;
  const TopicRecord* topic = catalog.topic(queue->topic);
  if (topic != nullptr && !topic->of_queue) return topic_not_queue(queue->name, queue->vhost);
  const std::string object = queue_in(command.name, command.vhost);
  if (command.if_unused && command.consumers != 0) return Error(Errc::in_use, object + " in use");
  if (command.if_empty && command.messages != 0)
    return Error(Errc::not_empty, object + " not empty");
  return removal_of(catalog, *queue);
}

CatalogFrame removal_of(const Catalog& catalog, const QueueRecord& queue) {
  CatalogFrame frame;
  remove_bindings(catalog, catalog.bindings_to(queue.id), frame);
  frame.removed_queues.push_back(queue.id);
  const TopicRecord* topic = catalog.topic(queue.topic);
  if (topic != nullptr && topic->of_queue) {
    frame.removed_topics.push_back(topic->id);
  } else if (topic != nullptr) {
    TopicRecord alone = *topic;
    alone.queue = QueueId(0);
    frame.topics.push_back(std::move(alone));
  }
  return frame;
}

}  // namespace rialto
