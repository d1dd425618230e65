#include "core/catalog/argument_text.h"
#include "core/catalog/decide.h"
#include "core/catalog/decision_parts.h"
#include "core/catalog/names.h"
#include "core/model/headers_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rialto {
namespace {

/// Both ends of a binding change. No destination at all: a topic that has no queue yet.
struct Ends {
  const ExchangeRecord* source = nullptr;
  const QueueRecord* queue = nullptr;
  const ExchangeRecord* exchange = nullptr;
};

Result<Ends> find_ends(const Catalog& catalog, const BindingChange& command) {
  if (command.exchange.empty()) return default_exchange();
  if (command.to_exchange && command.destination.empty()) return default_exchange();
  Ends ends;
  ends.source = catalog.exchange(command.vhost, command.exchange);
  if (ends.source == nullptr) return no_such_exchange(command.exchange, command.vhost);
  if (command.to_exchange) {
    ends.exchange = catalog.exchange(command.vhost, command.destination);
    if (ends.exchange == nullptr) return no_such_exchange(command.destination, command.vhost);
    return ends;
  }
  ends.queue = catalog.queue(command.vhost, command.destination);
  if (ends.queue == nullptr && catalog.topic(command.vhost, command.destination) == nullptr) {
    return no_such_queue(command.destination, command.vhost);
  }
  return ends;
}

/// What is asked for, without an id. The order of arguments makes no difference.
BindingRecord wanted_binding(const Ends& ends, const BindingChange& command) {
  BindingRecord out;
  out.source = ends.source->id;
  if (ends.queue != nullptr) out.queue = ends.queue->id;
  if (ends.exchange != nullptr) out.destination = ends.exchange->id;
  out.routing_key = command.routing_key;
  FieldTable sorted = command.arguments;
  std::stable_sort(sorted.entries.begin(), sorted.entries.end(),
                   [](const FieldEntry& a, const FieldEntry& b) { return a.name < b.name; });
  out.arguments = stored_arguments(sorted);
  return out;
}

Error check_headers_arguments(const FieldTable& arguments) {
  if (headers_match_of(arguments)) return {};
  const FieldValue* match = arguments.find(match_argument);
  const std::string* text = match->as_text();
  if (match->tag != 'S' || text == nullptr) {
    return {Errc::invalid_argument,
            fmt::format("Invalid x-match field type {} (value {}); expected longstr",
                        field_type_name(match->tag), shown_value(*match))};
  }
  return {Errc::invalid_argument, fmt::format("Invalid x-match field value <<\"{}\">>; expected "
                                              "all, any, all-with-x, or any-with-x",
                                              *text)};
}

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// RabbitMQ too: the binding key is a weight.
Error check_weight(const std::string& key) {
  const bool digits = key.size() < 10 && is_number(key);
  if (digits && key.find_first_not_of('0') != key.npos) return {};
  if (digits || (key.starts_with('-') && is_number(std::string_view(key).substr(1)))) {
    return {Errc::invalid_argument, "The binding key must be greater than 0"};
  }
  return {Errc::invalid_argument, fmt::format("The binding key must be an integer: \"{}\"", key)};
}

std::optional<Error> locked_for(const Catalog& catalog, const Ends& ends, SessionId session) {
  if (ends.queue == nullptr) return std::nullopt;
  return check_not_locked(catalog, *ends.queue, session);
}

bool ends_with_process(const BindingRecord& binding, const Ends& ends) {
  const bool queue_ends = (binding.queue.get() & volatile_id_bit) != 0;
  const bool exchange_ends = ends.exchange != nullptr && !ends.exchange->durable;
  return queue_ends || exchange_ends || !ends.source->durable;
}

}  // namespace

Result<CatalogFrame> decide_bind(const Catalog& catalog, const BindingChange& command) {
  const auto ends = find_ends(catalog, command);
  if (!ends.has_value()) return ends.error();
  if (auto locked = locked_for(catalog, *ends, command.session)) return *locked;
  BindingRecord binding = wanted_binding(*ends, command);
  if (catalog.binding_like(binding) != nullptr) return CatalogFrame{};
  if (ends->source->type == ExchangeType::headers) {
    if (Error bad = check_headers_arguments(command.arguments); bad.code != Errc::ok) return bad;
  }
  if (ends->source->type == ExchangeType::consistent_hash) {
    if (Error bad = check_weight(command.routing_key); bad.code != Errc::ok) return bad;
  }
  CatalogFrame frame;
  FreshIds ids(catalog);
  if (!command.to_exchange && ends->queue == nullptr) {
    const TopicRecord& topic = *catalog.topic(command.vhost, command.destination);
    frame = adoption_of(catalog, topic, default_queue_of(topic));
    binding.queue = QueueId(ids.take(false));
  }
  binding.id = BindingId(ids.take(ends_with_process(binding, *ends)));
  frame.bindings.push_back(std::move(binding));
  return frame;
}

Result<CatalogFrame> decide_unbind(const Catalog& catalog, const BindingChange& command) {
  const auto ends = find_ends(catalog, command);
  CatalogFrame frame;
  // What is not there is not bound: nothing to do, as for RabbitMQ.
  if (!ends.has_value() && ends.error().code == Errc::not_found) return frame;
  if (!ends.has_value()) return ends.error();
  if (!command.to_exchange && ends->queue == nullptr) return frame;
  const BindingRecord* binding = catalog.binding_like(wanted_binding(*ends, command));
  if (binding == nullptr) return frame;
  if (auto locked = locked_for(catalog, *ends, command.session)) return *locked;
  remove_bindings(catalog, {binding->id}, frame);
  return frame;
}

}  // namespace rialto
