#include "adapters/http/amqp_properties.h"

#include "adapters/http/json.h"
#include "core/model/message_properties.h"

#include <boost/json/value.hpp>

#include <array>
#include <cstdint>
#include <utility>

namespace rialto::http {

namespace {

namespace json = boost::json;

// In the order of Property.
constexpr std::array<const char*, property_count> names = {
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
      if (!table) return std::nullopt;
      out.headers = std::move(*table);
    } else {
      out.properties[names[i]] = value_of(properties.value(property), form_of(property));
    }
  }
  return out;
}

}  // namespace rialto::http
