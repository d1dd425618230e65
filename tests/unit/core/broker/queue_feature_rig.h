#pragma once

#include "core/model/field_table.h"
#include "core/model/message_properties.h"
#include "tests/unit/core/broker/core_rig.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rialto::test {

/// A queue declared with arguments.
inline DeclareQueue queue_with(const std::string& name,
                               const std::vector<std::pair<std::string, FieldValue>>& arguments) {
  DeclareQueue what;
  what.name = name;
  what.durable = true;
  for (const auto& [key, value] : arguments)
    what.arguments.set(key, value);
  return what;
}

inline FieldValue number(std::int64_t n) {
  return FieldValue::integer(n);
}
inline FieldValue text(const std::string& t) {
  return FieldValue::text(t);
}

/// A message as the AMQP door hands it over.
struct AmqpMessage {
  std::string exchange;
  std::string key;
  std::string body;
  std::string expiration = "";  ///< empty: none
  FieldTable headers = {};
  std::uint8_t priority = 0;
  std::optional<Delay> delay = {};
};

inline std::uint64_t publish_amqp(Peer& peer, const AmqpMessage& m) {
  Properties properties;
  std::string table;
  std::string blob;
  if (!m.expiration.empty()) properties.set(Property::expiration, m.expiration);
  if (!m.headers.empty()) {
    append_field_table(table, m.headers);
    properties.set(Property::headers, Bytes(table).substr(4));
  }
  append_properties(blob, properties);
  const std::vector<HeaderView> headers = {{amqp_header::properties, Bytes(blob)},
                                           {amqp_header::exchange, Bytes(m.exchange)},
                                           {amqp_header::routing_key, Bytes(m.key)}};
  const Bytes body = m.body;
  Publish message;
  message.publisher = PublisherId(1);
  message.sequence = ++peer.last_sequence[PublisherId(1)];
  message.exchange = m.exchange;
  message.routing_key = m.key;
  message.record.body = {&body, 1};
  message.record.headers = headers;
  message.record.priority = m.priority;
  message.delay = m.delay;
  if (!m.expiration.empty()) message.record.ttl_ms = expiration_ms(m.expiration);
  peer.port().publish(peer.id(), message);
  return message.sequence;
}

inline QueueCounts counts_of(Peer& peer, const std::string& queue) {
  return peer.get(passive_of(queue)).value().counts;
}

}  // namespace rialto::test
