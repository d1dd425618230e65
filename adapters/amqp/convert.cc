#include "adapters/amqp/convert.h"

#include "core/model/message_id.h"
#include "core/model/table_view.h"

namespace rialto::amqp {
namespace {

bool has_field(Bytes table, Bytes name) {
  FieldView field;
  while (next_field(table, field)) {
    if (field.name == name) return true;
  }
  return false;
}

}  // namespace

void AddedHeaders::add_id(MessageView& message, Offset offset, const RecordPlace& place) {
  if (!begin(message, id_header, 'S')) return;
  const std::size_t length_at = table_.size();
  append_be(table_, std::uint32_t{0});
  append_message_id(table_, place.queue, place.index, offset);
  store_be(table_.data() + length_at, static_cast<std::uint32_t>(table_.size() - length_at - 4));
  finish(message, place);
}

void AddedHeaders::add_number(MessageView& message, Bytes name, std::int64_t number,
                              const RecordPlace& place) {
  if (!begin(message, name, 'l')) return;
  append_be(table_, number);
  finish(message, place);
}

void AddedHeaders::remove(MessageView& message, Bytes name, const RecordPlace& place) {
  const Bytes raw = message.properties;
  if (raw.size() < 2 || (load_be<std::uint16_t>(raw.data()) & flag_of(Property::headers)) == 0) {
    return;  // most messages have none
  }
  if (!split_properties(raw, properties_)) return;
  const Bytes headers = properties_.value(Property::headers);
  if (!has_field(headers, name)) return;
  table_.clear();
  append_without(table_, headers, name);
  finish(message, place);
}

bool AddedHeaders::begin(const MessageView& message, Bytes name, char tag) {
  if (!split_properties(message.properties, properties_)) return false;
  table_.clear();
  if (properties_.has(Property::headers)) {
    append_without(table_, properties_.value(Property::headers), name);
  }
  table_.push_back(static_cast<char>(name.size()));
  table_.append(name).push_back(tag);
  return true;
}

void AddedHeaders::finish(MessageView& message, const RecordPlace& place) {
  properties_.set(Property::headers, table_);
  with_.clear();
  append_properties(with_, properties_);
  if (with_.size() > place.properties_bytes_max) return;
  with_.swap(shown_);
  message.properties = shown_;
}

}  // namespace rialto::amqp
