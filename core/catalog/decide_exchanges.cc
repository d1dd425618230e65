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
constexpr std::string_view delayed_exchange = "x-delayed-message";
constexpr std::string_view delayed_type = "x-delayed-type";
constexpr std::string_view deduplication = "x-message-deduplication";

/// How an exchange routes, and whether it is declared as one that delays.
struct Kind {
  ExchangeType type = ExchangeType::direct;
  bool delayed = false;
};

std::optional<ExchangeType> type_of(std::string_view name) {
  if (name == "direct") return ExchangeType::direct;
  if (name == "fanout") return ExchangeType::fanout;
  if (name == "topic") return ExchangeType::topic;
  if (name == "headers") return ExchangeType::headers;
  if (name == "x-consistent-hash") return ExchangeType::consistent_hash;
  return std::nullopt;
}

/// invalid_argument: unknown, or one that delays and does not say how it routes.
Result<Kind> kind_of(const ExchangeDeclaration& command) {
  if (command.type != delayed_exchange) {
    if (const auto type = type_of(command.type)) return Kind{*type, false};
    return Error(Errc::invalid_argument, fmt::format("unknown exchange type '{}'", command.type));
  }
  const FieldValue* value = command.arguments.find(delayed_type);
  const std::string* name = value ? value->as_text() : nullptr;
  if (const auto type = name ? type_of(*name) : std::nullopt) return Kind{*type, true};
  return Error(Errc::invalid_argument,
               "Invalid argument, 'x-delayed-type' must be an existing exchange type");
}

std::string quoted(const ExchangeRecord& exchange) {
  return fmt::format("'{}'", exchange_type_name(exchange));
}

const char* quoted(ExchangeType type) {
  switch (type) {
    case ExchangeType::direct: return "'direct'";
    case ExchangeType::fanout: return "'fanout'";
    case ExchangeType::topic: return "'topic'";
    case ExchangeType::headers: return "'headers'";
    case ExchangeType::consistent_hash: return "'x-consistent-hash'";
  }
  return "";
}

Error compare_with(const ExchangeDeclaration& command, Kind kind, const ExchangeRecord& current) {
  const std::string object = exchange_in(command.name, command.vhost);
  if (kind.delayed != current.delayed || (!kind.delayed && kind.type != current.type)) {
    return inequivalent("type", object, fmt::format("'{}'", command.type), quoted(current));
  }
  if (kind.type != current.type) {
    return inequivalent(delayed_type, object, quoted(kind.type), quoted(current.type));
  }
  if (command.durable != current.durable) {
    return inequivalent("durable", object, quoted_flag(command.durable),
                        quoted_flag(current.durable));
  }
  if (command.auto_delete != current.auto_delete) {
    return inequivalent("auto_delete", object, quoted_flag(command.auto_delete),
                        quoted_flag(current.auto_delete));
  }
  if (command.internal != current.internal) {
    return inequivalent("internal", object, quoted_flag(command.internal),
                        quoted_flag(current.internal));
  }
  const FieldTable stored = arguments_of(current.arguments);
  const FieldValue* mine = command.arguments.find(alternate);
  const FieldValue* theirs = stored.find(alternate);
  if (!same_argument(mine, theirs)) {
    return inequivalent(alternate, object, shown(mine), shown(theirs));
  }
  return {};
}

Error check_hash_arguments(const ExchangeDeclaration& command) {
  const std::string object = exchange_in(command.name, command.vhost);
  const FieldValue* header = command.arguments.find("hash-header");
  const FieldValue* property = command.arguments.find("hash-property");
  if (header != nullptr && property != nullptr) {
    return {Errc::invalid_argument,
            fmt::format("{}: hash-header and hash-property exclude each other", object)};
  }
  if (property != nullptr) {
    return {Errc::not_supported,
            fmt::format("argument 'hash-property' of {} is not supported: messages are hashed by "
                        "routing key or by a header",
                        object)};
  }
  if (header != nullptr && (header->tag != 'S' || header->as_text()->empty())) {
    return {Errc::invalid_argument, fmt::format("invalid arg 'hash-header' for {}", object)};
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
  if (command.arguments.find(deduplication) != nullptr) {
    return {Errc::not_supported,
            fmt::format("argument '{}' of {} is not supported: its queues take it", deduplication,
                        exchange_in(command.name, command.vhost))};
  }
  const FieldValue* other = command.arguments.find(alternate);
  if (other != nullptr && other->tag != 'S') {
    return {Errc::invalid_argument,
            fmt::format("invalid type '{}' for arg '{}' in {}", field_type_name(other->tag),
                        alternate, exchange_in(command.name, command.vhost))};
  }
  if (type == ExchangeType::consistent_hash) return check_hash_arguments(command);
  return {};
}

}  // namespace

std::string_view exchange_type_name(const ExchangeRecord& exchange) {
  if (exchange.delayed) return delayed_exchange;
  std::string_view name = quoted(exchange.type);
  name.remove_prefix(1);
  name.remove_suffix(1);
  return name;
}

Result<CatalogFrame> decide_declare_exchange(const Catalog& catalog,
                                             const ExchangeDeclaration& command) {
  const ExchangeRecord* current = catalog.exchange(command.vhost, command.name);
  if (command.passive) {
    if (command.name.empty()) return default_exchange();
    if (current == nullptr) return no_such_exchange(command.name, command.vhost);
    return CatalogFrame{};
  }
  const Result<Kind> kind = kind_of(command);
  if (!kind) return kind.error();
  if (command.name.empty()) return default_exchange();
  if (current != nullptr) {
    if (Error e = compare_with(command, *kind, *current); e.code != Errc::ok) return e;
    return CatalogFrame{};
  }
  if (Error e = check_new(command, kind->type); e.code != Errc::ok) return e;

  ExchangeRecord record;
  record.id = ExchangeId(FreshIds(catalog).take(!command.durable));
  record.vhost = command.vhost;
  record.name = command.name;
  record.type = kind->type;
  record.delayed = kind->delayed;
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
  remove_exchange(catalog, exchange->id, frame);
  return frame;
}

}  // namespace rialto
