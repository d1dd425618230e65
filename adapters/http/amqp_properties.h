#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/model/field_table.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace rialto::http {

/// The properties of an AMQP message: flags and list as in a content header frame.
struct AmqpProperties {
  boost::json::object properties;  ///< all but the headers, by RabbitMQ's names
  std::optional<FieldTable> headers;
  /// The table as it lies on the wire, of one that is damaged or beyond the bounds of a table.
  std::string undecoded_headers = {};
};

/// Nothing when the blob is malformed: it is then shown as the bytes it is.
std::optional<AmqpProperties> decode_amqp_properties(Bytes blob);

/// The other way round, with the checks of the AMQP door; `user` is who sends it.
Result<std::string> encode_amqp_properties(const AmqpProperties& properties, std::string_view user);

}  // namespace rialto::http
