#pragma once

#include "core/model/ids.h"
#include "core/model/record.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rialto::http {

/// What of a record a message in JSON shows.
enum class Shown : std::uint8_t { whole, without_body };

/// id, partition, offset, timestamp, key, headers and body (text) or body_base64. What our AMQP
/// door wrote (`amqp_written`) comes with its exchange, routing key, typed headers and properties.
/// headers_base64 is a table of headers that is too large to be taken apart: `headers` are then
/// those that every reader of the log sees. properties_base64: properties that nobody can read.
boost::json::object message_json(std::string_view destination, PartitionIndex partition,
                                 const RecordView& record, bool amqp_written,
                                 Shown shown = Shown::whole);

}  // namespace rialto::http
