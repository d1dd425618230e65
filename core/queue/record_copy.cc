#include "core/queue/record_copy.h"

#include "core/model/message_properties.h"
#include "core/model/record_batch.h"

#include <utility>

namespace rialto {

RecordCopy::RecordCopy(const RecordView& record, bool amqp_written) {
  for_each_header(record, [&](const HeaderView& h) {
    headers_.push_back(h);
    return true;
  });
  const Bytes blob = find_header(record, amqp_header::properties).value_or(Bytes());
  if (amqp_written && !blob.empty()) {
    read_properties(blob);
  } else {
    for (const HeaderView& h : headers_)
      table_.fields.set(std::string(h.key),
                        FieldValue::text(std::string(h.value.value_or(Bytes()))));
  }
  body_ = record.value.value_or(Bytes());
  parts_.key = record.key;
  parts_.null_value = !record.value;
}

RecordParts RecordCopy::parts() const {
  RecordParts out = parts_;
  if (!out.null_value) out.body = {&body_, 1};
  out.headers = headers_;
  return out;
}

void RecordCopy::read_properties(Bytes raw) {
  Properties properties;
  if (!split_properties(raw, properties)) return;
  if (properties.has(Property::priority)) {
    parts_.priority = static_cast<std::uint8_t>(properties.value(Property::priority)[0]);
  }
  if (properties.has(Property::expiration)) {
    parts_.ttl_ms = expiration_ms(properties.value(Property::expiration));
  }
  if (!properties.has(Property::headers)) return;
  table_ = open_field_table(properties.value(Property::headers));
}

void RecordCopy::store_table() {
  constexpr std::size_t length_bytes = 4;
  for (HeaderView& h : headers_) {
    Properties properties;
    if (h.key != amqp_header::properties) continue;
    if (!split_properties(h.value.value_or(Bytes()), properties)) return;
    std::string encoded;
    append_field_table(encoded, table_);
    properties.set(Property::headers, Bytes(encoded).substr(length_bytes));
    remake_raw(properties, properties_);
    h.value = properties_;
    return;
  }
}

}  // namespace rialto
