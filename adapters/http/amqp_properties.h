#pragma once

#include "core/base/bytes.h"
#include "core/model/field_table.h"

#include <boost/json/object.hpp>

#include <optional>

namespace rialto::http {

/// The properties of an AMQP message: flags and list as in a content header frame.
struct AmqpProperties {
  boost::json::object properties;  ///< all but the headers, by RabbitMQ's names
  std::optional<FieldTable> headers;
};

/// Nothing when the blob is malformed: it is then shown as the bytes it is.
std::optional<AmqpProperties> decode_amqp_properties(Bytes blob);

}  // namespace rialto::http
