#pragma once

#include "core/model/message_properties.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace rialto::amqp {

constexpr std::uint16_t basic_class = 60;

enum class PropertiesRead : std::uint8_t {
  good,
  bad,  ///< truncated, left-over bytes, unknown flags, a damaged table or one with a type that
        ///< 0-9-1 does not know, which no reader could get past
  too_large,  ///< a table over a bound of FieldTable
};

/// Reads flags and list; `raw` becomes all of `in`. Short strings may hold any bytes, as in
/// RabbitMQ.
PropertiesRead read_properties(Bytes in, Properties& out);

/// Payload of a content header frame: class u16, weight u16, body size u64, properties.
struct ContentHeader {
  std::uint16_t class_id = 0;
  std::uint64_t body_bytes = 0;
  Properties properties;
};
constexpr std::size_t content_header_fixed_bytes = 12;

PropertiesRead read_content_header(Bytes payload, ContentHeader& out);

/// Appends the part before the properties.
void append_content_header_fixed(std::string& out, std::uint64_t body_bytes);

}  // namespace rialto::amqp
