#pragma once

#include "core/base/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace rialto {

/// Record headers that only the AMQP door and dead letters write. In a batch of theirs they come
/// first, so that a header of the same name sent by a client cannot stand in for them.
namespace amqp_header {
constexpr Bytes deaths = "amqp.deaths";          ///< a dead letter: its x-death is ours
constexpr Bytes properties = "amqp.properties";  ///< flags and list as on the wire
constexpr Bytes exchange = "amqp.exchange";
constexpr Bytes routing_key = "amqp.routing_key";
}  // namespace amqp_header

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

constexpr std::uint16_t flag_of(Property p) {
  return static_cast<std::uint16_t>(1U << (15 - static_cast<unsigned>(p)));
}

/// How a property lies on the wire.
enum class PropertyForm : std::uint8_t { short_text, table, octet, seconds };
PropertyForm form_of(Property p);

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
  void clear(Property p) { flags = static_cast<std::uint16_t>(flags & ~flag_of(p)); }
};

/// Takes flags and list apart; `raw` becomes all of `in`. What is in the values is not looked at.
/// False: truncated, left-over bytes or unknown flags.
bool split_properties(Bytes in, Properties& out);

/// Appends flags and list made from `flags` and `values`; the inverse of split_properties.
void append_properties(std::string& out, const Properties& properties);

/// Makes `raw` anew from `flags` and `values`, in `bytes`, which has to outlive it. The values must
/// not be views of `bytes`.
void remake_raw(Properties& properties, std::string& bytes);

/// Ten years, as in RabbitMQ.
constexpr std::int64_t time_to_live_ms_max = 10LL * 365 * 24 * 3600 * 1000;

/// How long the id of a message is remembered when nobody says, and at most.
constexpr std::int64_t dedup_window_ms_default = 10LL * 60 * 1000;
constexpr std::int64_t dedup_window_ms_max = 7LL * 24 * 3600 * 1000;

/// The time to live that the property `expiration` stands for; nothing when it is not a number of
/// milliseconds up to that.
std::optional<std::int64_t> expiration_ms(Bytes text);

}  // namespace rialto
