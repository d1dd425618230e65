#pragma once

#include "core/base/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace rialto::amqp {

/// The properties of class basic in the order of the wire. The flag of property n is bit 15 - n.
enum class Property : std::uint8_t {
  content_type,
  content_encoding,
  headers,
  delivery_mode,
  priority,
  correlation_id,
  reply_to,
  expiration,
  message_id,
  timestamp,
  type,
  user_id,
  app_id,
  cluster_id,
};
constexpr std::size_t property_count = 14;
constexpr std::uint16_t basic_class = 60;

constexpr std::uint16_t flag_of(Property p) {
  return static_cast<std::uint16_t>(1U << (15 - static_cast<unsigned>(p)));
}

/// A property list as views. Texts and the headers table come without their length, numbers as
/// their bytes.
struct Properties {
  std::uint16_t flags = 0;
  Bytes raw;  ///< flags and list, as on the wire
  std::array<Bytes, property_count> values;

  bool has(Property p) const { return (flags & flag_of(p)) != 0; }
  Bytes value(Property p) const { return values[static_cast<std::size_t>(p)]; }
  void set(Property p, Bytes value) {
    flags = static_cast<std::uint16_t>(flags | flag_of(p));
    values[static_cast<std::size_t>(p)] = value;
  }
};

enum class PropertiesRead : std::uint8_t {
  good,
  bad,       ///< truncated, left-over bytes, unknown flags or a damaged table
  not_utf8,  ///< a short string is not UTF-8
};

/// Reads flags and list; `raw` becomes all of `in`.
PropertiesRead read_properties(Bytes in, Properties& out);

/// Appends flags and list made from `flags` and `values`; the inverse of read_properties.
void append_properties(std::string& out, const Properties& properties);

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
