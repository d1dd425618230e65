#include "core/model/record_composer.h"

#include "core/base/number.h"
#include "core/model/table_view.h"

#include <bit>

namespace rialto {

namespace {

void append_decimal(std::string& out, Bytes raw) {
  const auto scale = load_be<std::uint8_t>(raw.data());
  append_number(out, load_be<std::uint32_t>(raw.data() + 1));
  if (scale == 0) return;
  out.push_back('E');
  append_number(out, -static_cast<int>(scale));
}

// Appends a number as text; false for what is no number.
bool append_scalar(std::string& out, const FieldView& field) {
  if (is_integer_tag(field.tag)) {
    append_number(out, integer_of(field));
    return true;
  }
  switch (field.tag) {
    case 't': out += field.raw[0] != '\0' ? "true" : "false"; return true;
    case 'f':
      append_number(out, std::bit_cast<float>(load_be<std::uint32_t>(field.raw.data())));
      return true;
    case 'd':
      append_number(out, std::bit_cast<double>(load_be<std::uint64_t>(field.raw.data())));
      return true;
    case 'D': append_decimal(out, field.raw); return true;
    default: return false;
  }
}

}  // namespace

void RecordComposer::add_scalars(Bytes table, RecordParts& record) {
  FieldView field;
  while (next_field(table, field)) {
    HeaderView header;
    header.key = field.name;
    if (field.tag == 'A' || field.tag == 'F') continue;
    if (field.tag == 'S' || field.tag == 'x') {
      header.value = field.raw;
      if (field.name == key_header) record.key = field.raw;
    } else if (field.tag != 'V') {
      const std::size_t from = text_.size();
      if (!append_scalar(text_, field)) continue;
      texts_.push_back({headers_.size(), from, text_.size() - from});
    }
    headers_.push_back(header);
  }
}

RecordParts RecordComposer::compose(const Properties& properties, Bytes exchange, Bytes routing_key,
                                    std::span<const Bytes> body) {
  RecordParts record;
  headers_.clear();
  texts_.clear();
  text_.clear();
  headers_.push_back({amqp_header::properties, properties.raw});
  headers_.push_back({amqp_header::exchange, exchange});
  headers_.push_back({amqp_header::routing_key, routing_key});
  if (properties.has(Property::headers)) {
    add_scalars(properties.value(Property::headers), record);
    for (const Text& t : texts_)
      headers_[t.header].value = Bytes(text_).substr(t.from, t.size);
  }
  if (properties.has(Property::priority)) {
    record.priority = static_cast<std::uint8_t>(properties.value(Property::priority)[0]);
  }
  if (properties.has(Property::expiration)) {
    record.ttl_ms = expiration_ms(properties.value(Property::expiration));
  }
  record.body = body;
  record.headers = headers_;
  record.amqp_form = true;
  return record;
}

}  // namespace rialto
