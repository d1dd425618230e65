#include "adapters/amqp/wire/properties.h"

#include "adapters/amqp/wire/table_view.h"
#include "adapters/amqp/wire/utf8.h"

namespace rialto::amqp {
namespace {

enum class Kind : std::uint8_t { short_text, table, octet, seconds };

constexpr std::array<Kind, property_count> kinds = {
    Kind::short_text, Kind::short_text, Kind::table,      Kind::octet,      Kind::octet,
    Kind::short_text, Kind::short_text, Kind::short_text, Kind::short_text, Kind::seconds,
    Kind::short_text, Kind::short_text, Kind::short_text, Kind::short_text};

// Bit 0 announces a second flag word, which no property of 0-9-1 needs; bit 1 is nobody's.
constexpr std::uint16_t unknown_flags = 3;

bool read_value(ByteReader& in, Kind kind, Bytes& value) {
  switch (kind) {
    case Kind::short_text: value = in.bytes(in.be<std::uint8_t>()); return is_utf8(value);
    case Kind::table:
      value = in.bytes(in.be<std::uint32_t>());
      if (shape_of_table(value) == TableShape::bad) in.fail();
      return true;
    case Kind::octet: value = in.bytes(1); return true;
    case Kind::seconds: value = in.bytes(8); return true;
  }
  return true;
}

}  // namespace

PropertiesRead read_properties(Bytes raw, Properties& out) {
  ByteReader in(raw);
  out.raw = raw;
  out.flags = in.be<std::uint16_t>();
  if ((out.flags & unknown_flags) != 0) return PropertiesRead::bad;
  bool utf8 = true;
  for (std::size_t i = 0; i < property_count; ++i) {
    if ((out.flags & (0x8000U >> i)) == 0) continue;
    utf8 = read_value(in, kinds[i], out.values[i]) && utf8;
  }
  if (in.failed() || !in.at_end()) return PropertiesRead::bad;
  return utf8 ? PropertiesRead::good : PropertiesRead::not_utf8;
}

void append_properties(std::string& out, const Properties& properties) {
  append_be(out, properties.flags);
  for (std::size_t i = 0; i < property_count; ++i) {
    if ((properties.flags & (0x8000U >> i)) == 0) continue;
    const Bytes value = properties.values[i];
    if (kinds[i] == Kind::short_text) out.push_back(static_cast<char>(value.size()));
    if (kinds[i] == Kind::table) append_be(out, static_cast<std::uint32_t>(value.size()));
    out.append(value);
  }
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
