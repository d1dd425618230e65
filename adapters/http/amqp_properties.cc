#include "adapters/http/amqp_properties.h"

#include "adapters/http/json.h"
#include "core/model/message_properties.h"

#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace rialto::http {

namespace {

namespace json = boost::json;

// In the order of Property.
constexpr std::array<const char*, property_count> property_names = {
    "content_type",   "content_encoding", "headers",    "delivery_mode", "priority",
    "correlation_id", "reply_to",         "expiration", "message_id",    "timestamp",
    "type",           "user_id",          "app_id",     "cluster_id"};

json::value value_of(Bytes value, PropertyForm form) {
  ByteReader in(value);
  switch (form) {
    case PropertyForm::short_text: return json_bytes(value);
    case PropertyForm::octet: return in.be<std::uint8_t>();
    case PropertyForm::seconds: return in.be<std::uint64_t>();
    case PropertyForm::table: break;
  }
  return nullptr;
}

Error wrong_property(std::string_view name, std::string_view expected) {
  return {Errc::invalid_argument, fmt::format("the property '{}' has to be {}", name, expected)};
}

/// As it lies on the wire, without a length.
Result<std::string> bytes_of_property(const char* name, const json::value& value,
                                      PropertyForm form) {
  constexpr std::size_t text_bytes_max = 255;
  std::string out;
  std::uint64_t number = 0;
  if (const auto* whole = value.if_uint64()) number = *whole;
  const auto* signed_whole = value.if_int64();
  if (signed_whole && *signed_whole >= 0) number = static_cast<std::uint64_t>(*signed_whole);
  const bool is_number = value.is_uint64() || (signed_whole && *signed_whole >= 0);
  switch (form) {
    case PropertyForm::octet:
      if (!is_number || number > 0xff) return wrong_property(name, "a whole number from 0 to 255");
      out.push_back(static_cast<char>(number));
      break;
    case PropertyForm::seconds:
      if (!is_number) return wrong_property(name, "a time in seconds since 1970");
      append_be(out, number);
      break;
    case PropertyForm::short_text: {
      auto text = bytes_of(value);
      if (!text || text->size() > text_bytes_max || !is_utf8(*text)) {
        return wrong_property(name, "a text of at most 255 bytes");
      }
      return std::move(*text);
    }
    case PropertyForm::table: break;
  }
  return out;
}

Result<void> check_meaning(const Properties& properties, std::string_view user) {
  if (properties.has(Property::expiration) &&
      !expiration_ms(properties.value(Property::expiration))) {
    return wrong_property("expiration",
                          "a text of milliseconds such as \"60000\", at most ten years");
  }
  if (properties.has(Property::user_id) && properties.value(Property::user_id) != user) {
    return wrong_property("user_id", fmt::format("'{}', who sends it, or left out", user));
  }
  if (properties.has(Property::reply_to) &&
      properties.value(Property::reply_to) == "amq.rabbitmq.reply-to") {
    return Error(Errc::not_supported,
                 "the property 'reply_to' cannot be amq.rabbitmq.reply-to over HTTP, where nobody "
                 "waits for direct replies; name a queue");
  }
  return {};
}

/// Within the bounds of what the AMQP door takes and gives.
Result<std::string> encoded_table(const FieldTable& table) {
  constexpr std::size_t length_bytes = 4;
  std::string out;
  append_field_table(out, table);
  out.erase(0, length_bytes);
  if (auto again = decode_field_table(out); !again) {
    return Error(Errc::too_large, fmt::format("the headers exceed {} bytes, {} values or {} levels",
                                              field_table_bytes_max, field_table_entries_max,
                                              field_table_depth_max));
  }
  return out;
}

}  // namespace

std::optional<AmqpProperties> decode_amqp_properties(Bytes blob) {
  Properties properties;
  if (!split_properties(blob, properties)) return std::nullopt;
  AmqpProperties out;
  for (std::size_t i = 0; i < property_count; ++i) {
    const auto property = static_cast<Property>(i);
    if (!properties.has(property)) continue;
    if (property == Property::headers) {
      auto table = decode_field_table(properties.value(property));
      if (table) {
        out.headers = std::move(*table);
      } else {
        out.undecoded_headers = std::string(properties.value(property));
      }
    } else {
      out.properties[property_names[i]] = value_of(properties.value(property), form_of(property));
    }
  }
  return out;
}

Result<std::string> encode_amqp_properties(const AmqpProperties& properties,
                                           std::string_view user) {
  std::array<std::string, property_count> values;
  Properties out;
  for (const auto& member : properties.properties) {
    const std::string_view name(member.key().data(), member.key().size());
    const auto at = std::find(property_names.begin(), property_names.end(), name);
    const auto index = static_cast<std::size_t>(at - property_names.begin());
    const auto property = static_cast<Property>(index);
    if (at == property_names.end() || property == Property::headers) {
      return Error(Errc::invalid_argument, fmt::format("unknown property '{}'; there are: {}", name,
                                                       fmt::join(property_names, ", ")));
    }
    auto value = bytes_of_property(property_names[index], member.value(), form_of(property));
    if (!value) return value.error();
    values[index] = std::move(*value);
    out.set(property, values[index]);
  }
  if (auto ok = check_meaning(out, user); !ok) return ok.error();
  if (properties.headers) {
    auto table = encoded_table(*properties.headers);
    if (!table) return table.error();
    auto& kept = values[static_cast<std::size_t>(Property::headers)];
    kept = std::move(*table);
    out.set(Property::headers, kept);
  }
  std::string blob;
  append_properties(blob, out);
  return blob;
}

}  // namespace rialto::http
