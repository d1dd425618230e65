#include "adapters/amqp/wire/properties.h"

#include "adapters/amqp/wire/utf8.h"
#include "core/model/table_view.h"

namespace rialto::amqp {

PropertiesRead read_properties(Bytes raw, Properties& out) {
  if (!split_properties(raw, out)) return PropertiesRead::bad;
  bool utf8 = true;
  for (std::size_t i = 0; i < property_count; ++i) {
    const auto property = static_cast<Property>(i);
    if (!out.has(property)) continue;
    const PropertyForm form = form_of(property);
    if (form == PropertyForm::short_text) utf8 = is_utf8(out.values[i]) && utf8;
    if (form == PropertyForm::table && shape_of_table(out.values[i]) == TableShape::bad) {
      return PropertiesRead::bad;
    }
  }
  return utf8 ? PropertiesRead::good : PropertiesRead::not_utf8;
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
