#include "adapters/amqp/wire/properties.h"

#include "core/model/table_view.h"

namespace rialto::amqp {

PropertiesRead read_properties(Bytes raw, Properties& out) {
  if (!split_properties(raw, out)) return PropertiesRead::bad;
  if (!out.has(Property::headers)) return PropertiesRead::good;
  switch (shape_of_table(out.value(Property::headers))) {
    case TableShape::good: return PropertiesRead::good;
    case TableShape::too_large: return PropertiesRead::too_large;
    case TableShape::unknown_tag:
    case TableShape::bad: break;
  }
  return PropertiesRead::bad;
}

PropertiesRead read_content_header(Bytes payload, ContentHeader& out) {
  ByteReader in(payload);
  out.class_id = in.be<std::uint16_t>();
  in.skip(2);
  out.body_bytes = in.be<std::uint64_t>();
  if (in.failed()) return PropertiesRead::bad;
  return read_properties(in.rest(), out.properties);
}

void append_content_header_fixed(std::string& out, std::uint64_t body_bytes) {
  char head[content_header_fixed_bytes] = {};
  store_be(head, basic_class);
  store_be(head + 4, body_bytes);
  out.append(head, sizeof head);
}

}  // namespace rialto::amqp
