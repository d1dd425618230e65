#include "core/queue/delayed_message.h"

#include "core/base/stable_hash.h"
#include "core/model/frames/codec.h"
#include "core/model/message_properties.h"
#include "core/model/record_batch.h"

#include <algorithm>

namespace rialto {
namespace {

constexpr Bytes delay_header = "x-delay";

/// The signed tag that holds the negative of what this one can hold.
char signed_tag(char tag) {
  switch (tag) {
    case 'B': return 's';
    case 'u': return 'I';
    case 'i': return 'l';
    default: return tag;
  }
}

}  // namespace

std::uint64_t hash_of_cancel_key(Bytes key) {
  if (key.empty()) return 0;
  return std::max<std::uint64_t>(stable_hash(key), 1);
}

std::optional<DelayNote> delay_note_of(const RecordView& record) {
  std::optional<Bytes> encoded;
  for_each_header(record, [&](const HeaderView& h) {
    encoded = h.key == DelayNote::header ? h.value : std::nullopt;
    return true;
  });
  DelayNote note;
  if (!encoded || !decode_fields(*encoded, note) || note.routing_keys.empty()) return std::nullopt;
  return note;
}

DelayedMessage::DelayedMessage(const RecordView& record, bool amqp_written) {
  for_each_header(record, [&](const HeaderView& h) {
    headers_.push_back(h);
    return true;
  });
  if (!headers_.empty() && headers_.back().key == DelayNote::header) headers_.pop_back();
  const bool has_blob =
      amqp_written && !headers_.empty() && headers_.front().key == amqp_header::properties;
  if (has_blob) {
    read_properties(headers_.front().value.value_or(Bytes()));
  } else {
    for (const HeaderView& h : headers_)
      table_.set(std::string(h.key), FieldValue::text(std::string(h.value.value_or(Bytes()))));
  }
  body_ = record.value.value_or(Bytes());
  parts_.key = record.key;
  parts_.null_value = !record.value;
  if (record.value) parts_.body = {&body_, 1};
  parts_.headers = headers_;
}

void DelayedMessage::read_properties(Bytes raw) {
  Properties properties;
  if (!split_properties(raw, properties)) return;
  if (properties.has(Property::priority)) {
    parts_.priority = static_cast<std::uint8_t>(properties.value(Property::priority)[0]);
  }
  if (properties.has(Property::expiration)) {
    parts_.ttl_ms = expiration_ms(properties.value(Property::expiration));
  }
  if (!properties.has(Property::headers)) return;
  auto table = decode_field_table(properties.value(Property::headers));
  if (!table) return;
  table_ = std::move(*table);
  const FieldValue* delay = table_.find(delay_header);
  if (!delay || !delay->is_integer() || *delay->as_integer() <= 0) return;
  negate_delay();
  std::string encoded;
  append_field_table(encoded, table_);
  constexpr std::size_t length_bytes = 4;
  properties.set(Property::headers, Bytes(encoded).substr(length_bytes));
  remake_raw(properties, properties_);
  headers_.front().value = properties_;
}

/// In the table, and in the text that readers of the log see.
void DelayedMessage::negate_delay() {
  for (FieldEntry& entry : table_.entries) {
    if (entry.name != delay_header || !entry.value.is_integer()) continue;
    entry.value = {signed_tag(entry.value.tag), -*entry.value.as_integer()};
    break;
  }
  for (HeaderView& h : headers_) {
    if (h.key != delay_header || !h.value) continue;
    negated_ = "-" + std::string(*h.value);
    h.value = negated_;
    return;
  }
}

}  // namespace rialto
