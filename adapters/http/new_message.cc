#include "adapters/http/new_message.h"

#include "adapters/http/amqp_properties.h"
#include "adapters/http/asked_delay.h"
#include "adapters/http/json.h"
#include "adapters/http/json_body.h"
#include "adapters/http/message_headers.h"
#include "core/model/record_composer.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

namespace rialto::http {

namespace json = boost::json;

namespace {

Error invalid_message(std::string text) {
  return {Errc::invalid_argument, std::move(text)};
}

/// What a reader is told about the place of a message; another one has another place.
Result<void> check_no_place(const json::object& object) {
  constexpr std::array<const char*, 6> told = {"id",    "offset",  "timestamp",
                                               "lease", "attempt", "redelivered"};
  for (const char* name : told) {
    if (object.contains(name)) {
      return invalid_message(fmt::format("'{}' is given by the server; leave it out", name));
    }
  }
  return {};
}

/// The body, and whether its type is thereby known to be JSON.
Result<bool> take_body(Members& members, NewMessage& out) {
  const json::value* text = members.any("body");
  const json::value* encoded = members.any("body_base64");
  const json::value* value = members.any("json");
  if ((text != nullptr) + (encoded != nullptr) + (value != nullptr) != 1) {
    return invalid_message("a message has one of 'body', 'body_base64' and 'json'");
  }
  if (value) {
    out.body = json_body(*value);
    return true;
  }
  if (text && text->is_null()) return false;
  const json::value& given = text ? *text : *encoded;
  const auto* string = given.if_string();
  if (!string)
    return invalid_message(text ? "'body' has to be a text or null" : "'body_base64' is no text");
  const std::string_view view(string->data(), string->size());
  out.body = text ? std::optional(std::string(view)) : from_base64(view);
  if (!out.body) return invalid_message("'body_base64' does not hold base64");
  return false;
}

Result<void> add_plain_header(std::string name, const json::value& value, NewMessage& out) {
  std::optional<std::string> bytes = bytes_of(value);
  if (!bytes && !value.is_null()) {
    return invalid_message(
        fmt::format("the header '{}' is no text, bytes, null or list of them; headers "
                    "with types need 'properties', which may be {{}}",
                    name));
  }
  out.headers.emplace_back(std::move(name), std::move(bytes));
  return {};
}

Result<void> take_plain_headers(const json::object* headers, bool is_json, NewMessage& out) {
  const auto has = [&](const char* name) { return headers && headers->contains(name); };
  if (is_json && !has(content_type_header)) {
    out.headers.emplace_back(content_type_header, "application/json");
  }
  if (!headers) return {};
  for (const auto& member : *headers) {
    const std::string name(member.key().data(), member.key().size());
    const auto* list = member.value().if_array();
    if (!list) {
      if (auto ok = add_plain_header(name, member.value(), out); !ok) return ok;
      continue;
    }
    if (list->empty())
      return invalid_message(fmt::format("the header '{}' is an empty list", name));
    for (const json::value& item : *list) {
      if (auto ok = add_plain_header(name, item, out); !ok) return ok;
    }
  }
  return {};
}

/// An AMQP reader finds the key of a message in its headers.
Result<void> agree_on_key(FieldTable& headers, NewMessage& out) {
  const std::string name(key_header);
  const FieldValue* given = headers.find(name);
  const std::string* text = given ? given->as_text() : nullptr;
  if (!out.key) {
    if (text) out.key = *text;
    return {};
  }
  if (given && (!text || *text != *out.key)) {
    return invalid_message(fmt::format("'key' and the header '{}' differ", name));
  }
  if (!given) headers.set(name, FieldValue{is_text(*out.key) ? 'S' : 'x', *out.key});
  return {};
}

Result<void> take_properties(const json::object& properties, const json::object* headers,
                             bool is_json, std::string_view user, NewMessage& out) {
  AmqpProperties amqp;
  amqp.properties = properties;
  if (is_json && !properties.contains("content_type")) {
    amqp.properties["content_type"] = "application/json";
  }
  auto table = to_field_table(headers);
  if (!table) return invalid_message("the header " + table.error().text);
  if (auto ok = agree_on_key(*table, out); !ok) return ok;
  if (!table->empty()) amqp.headers = std::move(*table);
  auto blob = encode_amqp_properties(amqp, user);
  if (!blob) return blob.error();
  out.properties = std::move(*blob);
  return {};
}

/// What is not sent through an exchange has no routing key of its own, and only topics have
/// partitions: members that are not read are unknown ones.
void take_destination(Members& members, SentTo to, NewMessage& out) {
  constexpr std::size_t key_bytes_max = 255;
  if (to == SentTo::exchange) {
    if (const json::value* key = members.any("routing_key")) {
      auto bytes = bytes_of(*key);
      if (!bytes || bytes->size() > key_bytes_max || !is_utf8(*bytes)) {
        members.wrong("routing_key", "a text of at most 255 bytes");
      } else {
        out.routing_key = std::move(*bytes);
      }
    }
  } else if (to == SentTo::topic) {
    constexpr std::int64_t any = std::numeric_limits<std::int32_t>::max();
    const std::int64_t partition = members.integer("partition", -1, 0, any);
    if (partition >= 0) out.partition = PartitionIndex(static_cast<std::int32_t>(partition));
  }
}

std::optional<std::string> given_text(Members& members, const char* name) {
  const json::value* given = members.any(name);
  if (!given) return std::nullopt;
  if (!given->is_string()) members.wrong(name, "a text");
  return given->is_string() ? std::string(std::string_view(given->get_string())) : std::string();
}

/// A topic has what it stores at once, so that these are unknown members there.
AskedDelay take_delay(Members& members) {
  AskedDelay out;
  const std::int64_t ms = members.integer("delay", -1, 0, delay_ms_max);
  if (ms >= 0) out.ms = ms;
  out.at = given_text(members, "deliver_at");
  out.cancel_key = given_text(members, "cancel_key");
  return out;
}

}  // namespace

Result<NewMessage> new_message(const json::object& object, SentTo to, std::string_view user) {
  if (auto ok = check_no_place(object); !ok) return ok.error();
  Members members(object);
  NewMessage out;
  const auto is_json = take_body(members, out);
  if (!is_json) return is_json.error();
  const json::value* key = members.any("key");
  if (key && !key->is_null()) {
    out.key = bytes_of(*key);
    if (!out.key) members.wrong("key", "a text, {\"base64\": ...} or null");
  }
  const json::object* headers = members.object("headers");
  const json::object* properties = members.object("properties");
  take_destination(members, to, out);
  AskedDelay asked = to == SentTo::topic ? AskedDelay() : take_delay(members);
  if (auto ok = members.finish(); !ok) return ok.error();
  auto delay = delay_of(std::move(asked), {"delay", "deliver_at", "cancel_key"});
  if (!delay) return delay.error();
  out.delay = std::move(*delay);
  const auto taken = properties ? take_properties(*properties, headers, *is_json, user, out)
                                : take_plain_headers(headers, *is_json, out);
  if (!taken) return taken.error();
  return out;
}

}  // namespace rialto::http
