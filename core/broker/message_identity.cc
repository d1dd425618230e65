#include "core/broker/message_identity.h"

#include "core/model/message_properties.h"
#include "core/model/table_view.h"

namespace rialto {

WideHash own_id_of(const RecordParts& record) {
  Bytes id;
  for (const HeaderView& h : record.headers) {
    const Bytes value = h.value.value_or(Bytes());
    Properties properties;
    if (h.key == amqp_header::properties && split_properties(value, properties)) {
      Bytes table = properties.value(Property::headers);
      FieldView field;
      while (next_field(table, field)) {
        if (field.name == deduplication_header) id = field.raw;
      }
      if (id.empty()) id = properties.value(Property::message_id);
      break;
    }
    if (h.key == deduplication_header) id = value;
  }
  return id.empty() ? WideHash() : wide_hash(id);
}

}  // namespace rialto
