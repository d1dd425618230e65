#pragma once

#include "core/base/bytes.h"
#include "core/model/field_table.h"

#include <boost/json/object.hpp>

#include <optional>

namespace rialto::http {

/// Kafka headers that the AMQP door writes beside a body.
inline constexpr Bytes amqp_properties_header = "amqp.properties";
inline constexpr Bytes amqp_exchange_header = "amqp.exchange";
inline constexpr Bytes amqp_routing_key_header = "amqp.routing_key";

/// The properties of an AMQP message: flags and list as in a content header frame.
struct AmqpProperties {
  boost::json::object properties;  ///< all but the headers, by RabbitMQ's names
  std::optional<FieldTable> headers;
};

/// Nothing when the blob is malformed: it is then shown as the bytes it is.
std::optional<AmqpProperties> decode_amqp_properties(Bytes blob);

}  // namespace rialto::http
