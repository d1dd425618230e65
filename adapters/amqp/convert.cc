#include "adapters/amqp/convert.h"

#include "core/model/table_view.h"

namespace rialto::amqp {

void add_number_header(MessageView& message, Bytes name, std::int64_t number,
                       const RecordPlace& place, std::string& scratch) {
  Properties properties;
  if (!split_properties(message.properties, properties)) return;
  std::string table;
  if (properties.has(Property::headers)) {
    append_without(table, properties.value(Property::headers), name);
  }
  table.push_back(static_cast<char>(name.size()));
  table.append(name).push_back('l');
  append_be(table, number);
  properties.set(Property::headers, table);
  std::string with;
  append_properties(with, properties);
  if (with.size() > place.properties_bytes_max) return;
  scratch = std::move(with);
  message.properties = scratch;
}

}  // namespace rialto::amqp
