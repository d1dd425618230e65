#include "core/model/message_properties.h"

#include <charconv>

namespace rialto {
namespace {

using enum PropertyForm;

constexpr std::array<PropertyForm, property_count> forms = {
    short_text, short_text, table,   octet,      octet,      short_text, short_text,
    short_text, short_text, seconds, short_text, short_text, short_text, short_text};

// Bit 0 announces a second flag word, which no property of 0-9-1 needs; bit 1 is nobody's.
constexpr std::uint16_t unknown_flags = 3;

Bytes take_value(ByteReader& in, PropertyForm form) {
  switch (form) {
    case short_text: return in.bytes(in.be<std::uint8_t>());
    case table: return in.bytes(in.be<std::uint32_t>());
    case octet: return in.bytes(1);
    case seconds: return in.bytes(8);
  }
  return {};
}

}  // namespace

PropertyForm form_of(Property p) {
  return forms[static_cast<std::size_t>(p)];
}

bool split_properties(Bytes raw, Properties& out) {
  ByteReader in(raw);
  out.raw = raw;
  out.flags = in.be<std::uint16_t>();
  if ((out.flags & unknown_flags) != 0) return false;
  for (std::size_t i = 0; i < property_count; ++i) {
    if ((out.flags & (0x8000U >> i)) != 0) out.values[i] = take_value(in, forms[i]);
  }
  return !in.failed() && in.at_end();
}

void append_properties(std::string& out, const Properties& properties) {
  append_be(out, properties.flags);
  for (std::size_t i = 0; i < property_count; ++i) {
    if ((properties.flags & (0x8000U >> i)) == 0) continue;
    const Bytes value = properties.values[i];
    if (forms[i] == short_text) out.push_back(static_cast<char>(value.size()));
    if (forms[i] == table) append_be(out, static_cast<std::uint32_t>(value.size()));
    out.append(value);
  }
}

void remake_raw(Properties& properties, std::string& bytes) {
  bytes.clear();
  append_properties(bytes, properties);
  properties.raw = bytes;
}

std::optional<std::int64_t> expiration_ms(Bytes text) {
  std::int64_t ms = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && ms >= 0 && ms <= time_to_live_ms_max ? std::optional(ms) : std::nullopt;
}

}  // namespace rialto
