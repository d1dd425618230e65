#pragma once

#include "core/model/ids.h"
#include "core/model/record.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rialto::http {

/// id, partition, offset, timestamp, key, headers and body (text) or body_base64. What our AMQP
/// door wrote (`amqp_written`) comes with its exchange, routing key, typed headers and properties.
boost::json::object message_json(std::string_view destination, PartitionIndex partition,
                                 const RecordView& record, bool amqp_written);

}  // namespace rialto::http
