#pragma once

#include "core/model/field_table.h"
#include "core/model/message_properties.h"
#include "core/model/record_batch.h"
#include "tests/unit/core/broker/core_rig.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
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
  std::string id = "";  ///< message-id; empty: none
  std::optional<MessageIdentity> identity = {};
  bool in_transaction = false;
};

inline std::uint64_t publish_amqp(Peer& peer, const AmqpMessage& m) {
  Properties properties;
  std::string table;
  std::string blob;
  if (!m.expiration.empty()) properties.set(Property::expiration, m.expiration);
  if (!m.id.empty()) properties.set(Property::message_id, m.id);
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
  message.sequence = m.in_transaction ? 0 : ++peer.last_sequence[PublisherId(1)];
  message.in_transaction = m.in_transaction;
  message.identity = m.identity;
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

/// As an AMQP client sees them.
inline FieldTable headers_of(const Delivery& delivery) {
  const RecordView record = view_of(delivery.record).value();
  Properties properties;
  split_properties(find_header(record, amqp_header::properties).value_or(Bytes()), properties);
  return open_field_table(properties.value(Property::headers)).fields;
}

/// Of x-death, newest first.
inline std::vector<FieldTable> deaths_of(const Delivery& delivery) {
  std::vector<FieldTable> out;
  const FieldTable headers = headers_of(delivery);
  const auto& array =
      std::get<std::shared_ptr<const FieldArray>>(headers.find("x-death")->value)->items;
  for (const FieldValue& death : array)
    out.push_back(*std::get<std::shared_ptr<const FieldTable>>(death.value));
  return out;
}

inline std::string text_of(const FieldTable& table, const char* name) {
  const FieldValue* value = table.find(name);
  return value && value->as_text() ? *value->as_text() : std::string("-");
}

inline QueueCounts counts_of(Peer& peer, const std::string& queue) {
  return peer.get(passive_of(queue)).value().counts;
}

}  // namespace rialto::test
