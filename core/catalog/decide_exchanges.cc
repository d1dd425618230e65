#include "core/catalog/argument_text.h"
#include "core/catalog/decide.h"
#include "core/catalog/decision_parts.h"
#include "core/catalog/names.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

namespace rialto {
namespace {

constexpr std::string_view alternate = "alternate-exchange";

std::optional<ExchangeType> type_of(std::string_view name) {
  if (name == "direct") return ExchangeType::direct;
  if (name == "fanout") return ExchangeType::fanout;
  if (name == "topic") return ExchangeType::topic;
  if (name == "headers") return ExchangeType::headers;
  return std::nullopt;
}

const char* quoted(ExchangeType type) {
  switch (type) {
    case ExchangeType::direct: return "'direct'";
    case ExchangeType::fanout: return "'fanout'";
    case ExchangeType::topic: return "'topic'";
    case ExchangeType::headers: return "'headers'";
  }
  return "";
}

const char* quoted(bool value) {
  return value ? "'true'" : "'false'";
}

Error default_exchange() {
  return {Errc::access_denied, "operation not permitted on the default exchange"};
}

Error headers_exchange(std::string_view object) {
  return {Errc::not_supported, fmt::format("{}: headers exchanges are not supported yet", object)};
}

Error compare_with(const ExchangeDeclaration& command, ExchangeType type,
                   const ExchangeRecord& current) {
  const std::string object = exchange_in(command.name, command.vhost);
  if (type != current.type) {
    return inequivalent("type", object, quoted(type), quoted(current.type));
  }
  if (command.durable != current.durable) {
    return inequivalent("durable", object, quoted(command.durable), quoted(current.durable));
  }
  if (command.auto_delete != current.auto_delete) {
    return inequivalent("auto_delete", object, quoted(command.auto_delete),
                        quoted(current.auto_delete));
  }
  if (command.internal != current.internal) {
    return inequivalent("internal", object, quoted(command.internal), quoted(current.internal));
  }
  const FieldTable stored = arguments_of(current.arguments);
  const FieldValue* mine = command.arguments.find(alternate);
  const FieldValue* theirs = stored.find(alternate);
  if (!same_argument(mine, theirs)) {
    return inequivalent(alternate, object, shown(mine), shown(theirs));
  }
  return {};
}

Error check_new(const ExchangeDeclaration& command, ExchangeType type) {
  if (command.name.size() > name_bytes_max) {
    return {Errc::invalid_name,
            fmt::format("an exchange name has at most {} bytes", name_bytes_max)};
  }
  if (is_reserved(command.name)) {
    return {Errc::access_denied,
            fmt::format("exchange name '{}' contains reserved prefix 'amq.*'", command.name)};
  }
  const std::string object = exchange_in(command.name, command.vhost);
  if (type == ExchangeType::headers) return headers_exchange(object);
  if (command.arguments.find(alternate) != nullptr) {
    return {Errc::not_supported,
            fmt::format("argument '{}' of {} is not supported yet", alternate, object)};
  }
  return {};
}

/// Both ends of a binding change. `queue` is null over a topic that has no queue yet.
struct Ends {
  const ExchangeRecord* exchange = nullptr;
  const QueueRecord* queue = nullptr;
};

Result<Ends> find_ends(const Catalog& catalog, const BindingChange& command) {
  if (command.exchange.empty()) return default_exchange();
  Ends ends;
  ends.exchange = catalog.exchange(command.vhost, command.exchange);
  if (ends.exchange == nullptr) return no_such_exchange(command.exchange, command.vhost);
  ends.queue = catalog.queue(command.vhost, command.queue);
  if (ends.queue == nullptr && catalog.topic(command.vhost, command.queue) == nullptr) {
    return no_such_queue(command.queue, command.vhost);
  }
  if (ends.queue != nullptr) {
    if (auto locked = check_not_locked(catalog, *ends.queue, command.session)) return *locked;
  }
  return ends;
}

}  // namespace

Result<CatalogFrame> decide_declare_exchange(const Catalog& catalog,
                                             const ExchangeDeclaration& command) {
  const ExchangeRecord* current = catalog.exchange(command.vhost, command.name);
  if (command.passive) {
    if (command.name.empty()) return default_exchange();
    if (current == nullptr) return no_such_exchange(command.name, command.vhost);
    return CatalogFrame{};
  }
  const auto type = type_of(command.type);
  if (!type) {
    return Error(Errc::invalid_argument, fmt::format("unknown exchange type '{}'", command.type));
  }
  if (command.name.empty()) return default_exchange();
  if (current != nullptr) {
    if (Error e = compare_with(command, *type, *current); e.code != Errc::ok) return e;
    return CatalogFrame{};
  }
  if (Error e = check_new(command, *type); e.code != Errc::ok) return e;

  ExchangeRecord record;
  record.id = ExchangeId(FreshIds(catalog).take(!command.durable));
  record.vhost = command.vhost;
  record.name = command.name;
  record.type = *type;
  record.durable = command.durable;
  record.auto_delete = command.auto_delete;
  record.internal = command.internal;
  record.arguments = stored_arguments(command.arguments);
  CatalogFrame frame;
  frame.exchanges.push_back(std::move(record));
  return frame;
}

Result<CatalogFrame> decide_delete_exchange(const Catalog& catalog,
                                            const ExchangeDeletion& command) {
  if (command.name.empty()) return default_exchange();
  const std::string object = exchange_in(command.name, command.vhost);
  if (is_reserved(command.name)) {
    return Error(Errc::access_denied, fmt::format("deletion of system {} not allowed", object));
  }
  const ExchangeRecord* exchange = catalog.exchange(command.vhost, command.name);
  if (exchange == nullptr) return CatalogFrame{};
  if (command.if_unused && catalog.has_bindings_from(exchange->id)) {
    return Error(Errc::in_use, object + " in use");
  }
  CatalogFrame frame;
  frame.removed_bindings = catalog.bindings_from(exchange->id);
  frame.removed_exchanges.push_back(exchange->id);
  return frame;
}

Result<CatalogFrame> decide_bind(const Catalog& catalog, const BindingChange& command) {
  const auto ends = find_ends(catalog, command);
  if (!ends.has_value()) return ends.error();
  if (ends->exchange->type == ExchangeType::headers) {
    return headers_exchange(exchange_in(command.exchange, command.vhost));
  }
  const std::string arguments = stored_arguments(command.arguments);
  CatalogFrame frame;
  FreshIds ids(catalog);
  BindingRecord binding;
  if (ends->queue != nullptr) {
    binding.queue = ends->queue->id;
    if (catalog.binding(ends->exchange->id, binding.queue, command.routing_key, arguments)) {
      return frame;
    }
  } else {
    const TopicRecord& topic = *catalog.topic(command.vhost, command.queue);
    frame = adoption_of(catalog, topic, default_queue_of(topic));
    binding.queue = QueueId(ids.take(false));
  }
  const bool queue_ends = (binding.queue.get() & volatile_id_bit) != 0;
  binding.id = BindingId(ids.take(queue_ends || !ends->exchange->durable));
  binding.source = ends->exchange->id;
  binding.routing_key = command.routing_key;
  binding.arguments = arguments;
  frame.bindings.push_back(std::move(binding));
  return frame;
}

Result<CatalogFrame> decide_unbind(const Catalog& catalog, const BindingChange& command) {
  const auto ends = find_ends(catalog, command);
  if (!ends.has_value()) return ends.error();
  CatalogFrame frame;
  if (ends->queue == nullptr) return frame;
  const BindingRecord* binding =
      catalog.binding(ends->exchange->id, ends->queue->id, command.routing_key,
                      stored_arguments(command.arguments));
  if (binding != nullptr) remove_bindings(catalog, {binding->id}, frame);
  return frame;
}

}  // namespace rialto
