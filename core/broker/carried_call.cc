#include "core/broker/carried_call.h"

#include "core/broker/broker.h"

namespace rialto {

CarriedPublish carry(const Publish& message) {
  CarriedPublish out;
  out.publisher = message.publisher;
  out.sequence = message.sequence;
  out.mandatory = message.mandatory;
  out.in_transaction = message.in_transaction;
  out.null_value = message.record.null_value;
  out.amqp_form = message.record.amqp_form;
  out.priority = message.record.priority;
  out.ttl_ms = message.record.ttl_ms;
  out.identity = message.identity;
  out.exchange_bytes = static_cast<std::uint32_t>(message.exchange.size());
  out.routing_key_bytes = static_cast<std::uint32_t>(message.routing_key.size());
  std::size_t bytes = message.exchange.size() + message.routing_key.size();
  for (const Bytes piece : message.record.body)
    bytes += piece.size();
  out.bytes.reserve(bytes + message.record.key.value_or(Bytes()).size());
  out.bytes.append(message.exchange).append(message.routing_key);
  if (message.record.key) {
    out.has_key = true;
    out.key_bytes = static_cast<std::uint32_t>(message.record.key->size());
    out.bytes.append(*message.record.key);
  }
  for (const Bytes piece : message.record.body) {
    out.body_bytes += static_cast<std::uint32_t>(piece.size());
    out.bytes.append(piece);
  }
  for (const HeaderView& h : message.record.headers) {
    out.header_bytes.emplace_back(h.key.size(),
                                  h.value ? static_cast<std::int64_t>(h.value->size()) : -1);
    out.bytes.append(h.key).append(h.value.value_or(Bytes()));
  }
  out.table_bytes = static_cast<std::uint32_t>(message.headers.size());
  out.bytes.append(message.headers);
  for (const Bytes key : message.more_keys) {
    out.more_key_bytes.push_back(static_cast<std::uint32_t>(key.size()));
    out.bytes.append(key);
  }
  out.delay = message.delay;
  if (out.delay) out.bytes.append(out.delay->cancel_key);
  return out;
}

void with_carried(const CarriedPublish& in, const std::function<void(const Publish&)>& fn) {
  ByteReader bytes(in.bytes);
  Publish message;
  message.publisher = in.publisher;
  message.sequence = in.sequence;
  message.mandatory = in.mandatory;
  message.in_transaction = in.in_transaction;
  message.exchange = bytes.bytes(in.exchange_bytes);
  message.routing_key = bytes.bytes(in.routing_key_bytes);
  if (in.has_key) message.record.key = bytes.bytes(in.key_bytes);
  message.record.null_value = in.null_value;
  message.record.amqp_form = in.amqp_form;
  message.record.priority = in.priority;
  message.record.ttl_ms = in.ttl_ms;
  message.identity = in.identity;
  const Bytes body = bytes.bytes(in.body_bytes);
  message.record.body = {&body, 1};
  std::vector<HeaderView> headers;
  headers.reserve(in.header_bytes.size());
  for (const auto& [key_bytes, value_bytes] : in.header_bytes) {
    HeaderView h{bytes.bytes(key_bytes), {}};
    if (value_bytes >= 0) h.value = bytes.bytes(static_cast<std::size_t>(value_bytes));
    headers.push_back(h);
  }
  message.record.headers = headers;
  message.headers = bytes.bytes(in.table_bytes);
  std::vector<Bytes> more_keys;
  for (const std::uint32_t key_bytes : in.more_key_bytes)
    more_keys.push_back(bytes.bytes(key_bytes));
  message.more_keys = more_keys;
  message.delay = in.delay;
  if (message.delay) message.delay->cancel_key = bytes.bytes(bytes.remaining());
  fn(message);
}

void publish_carried(Broker& broker, SessionId session, const CarriedPublish& in) {
  with_carried(in, [&](const Publish& message) { broker.publish(session, message); });
}

}  // namespace rialto
