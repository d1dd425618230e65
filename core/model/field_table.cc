#include "core/model/field_table.h"

#include "core/base/check.h"
#include "core/model/table_view.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>

namespace rialto {

namespace {

constexpr std::size_t name_bytes_max = 255;

// A conversion between the widths quiets a signalling NaN; these keep every bit that fits, so
// that what arrived leaves unchanged.
double widen(std::uint32_t bits) {
  const auto narrow = std::bit_cast<float>(bits);
  if (!std::isnan(narrow)) return static_cast<double>(narrow);
  const std::uint64_t sign = bits >> 31;
  const std::uint64_t payload = bits & 0x7f'ffff;
  return std::bit_cast<double>(sign << 63 | 0x7ffULL << 52 | payload << 29);
}

std::uint32_t narrow(double v) {
  if (!std::isnan(v)) return std::bit_cast<std::uint32_t>(static_cast<float>(v));
  const auto bits = std::bit_cast<std::uint64_t>(v);
  const auto sign = static_cast<std::uint32_t>(bits >> 63);
  const auto payload = static_cast<std::uint32_t>(bits >> 29) & 0x7f'ffff;
  constexpr std::uint32_t quiet = 0x40'0000;
  return sign << 31 | 0xffU << 23 | (payload == 0 ? quiet : payload);
}

/// Recursion is bounded by field_table_depth_max, the number of values in all levels together by
/// `entries_max`. The first thing wrong ends it.
class Decoder {
 public:
  explicit Decoder(std::size_t entries_max) : entries_max_(entries_max) {}

  FieldTable table(Bytes body, std::size_t depth) {
    FieldTable out;
    ByteReader in(body);
    while (enter(in, depth)) {
      const Bytes name = in.bytes(in.be<std::uint8_t>());
      FieldValue v = value(in, depth);
      if (failed() || in.failed()) break;
      out.entries.push_back(FieldEntry{std::string(name), std::move(v)});
    }
    if (in.failed()) fail(Errc::corrupt);
    return out;
  }

  bool failed() const { return error_ != Errc::ok; }
  Errc error() const { return error_; }

 private:
  void fail(Errc code) {
    if (!failed()) error_ = code;
  }

  /// True when one more value may be read at this depth.
  bool enter(const ByteReader& in, std::size_t depth) {
    if (failed() || in.failed() || in.at_end()) return false;
    if (depth > field_table_depth_max || ++entries_ > entries_max_) {
      fail(Errc::too_large);
      return false;
    }
    return true;
  }

  FieldArray array(Bytes body, std::size_t depth) {
    FieldArray out;
    ByteReader in(body);
    while (enter(in, depth)) {
      FieldValue v = value(in, depth);
      if (failed() || in.failed()) break;
      out.items.push_back(std::move(v));
    }
    if (in.failed()) fail(Errc::corrupt);
    return out;
  }

  FieldValue value(ByteReader& in, std::size_t depth) {
    FieldValue v;
    v.tag = static_cast<char>(in.be<std::uint8_t>());
    switch (v.tag) {
      case 't': v.value = in.be<std::uint8_t>() != 0; break;
      case 'b': v.value = std::int64_t{in.be<std::int8_t>()}; break;
      case 'B': v.value = std::int64_t{in.be<std::uint8_t>()}; break;
      case 's': v.value = std::int64_t{in.be<std::int16_t>()}; break;
      case 'u': v.value = std::int64_t{in.be<std::uint16_t>()}; break;
      case 'I': v.value = std::int64_t{in.be<std::int32_t>()}; break;
      case 'i': v.value = std::int64_t{in.be<std::uint32_t>()}; break;
      case 'l':
      case 'L':
      case 'T': v.value = in.be<std::int64_t>(); break;
      case 'f': v.value = widen(in.be<std::uint32_t>()); break;
      case 'd': v.value = std::bit_cast<double>(in.be<std::uint64_t>()); break;
      case 'D': v.value = decimal(in); break;
      case 'S':
      case 'x': v.value = std::string(sized(in)); break;
      case 'A': v = FieldValue::array(array(sized(in), depth + 1)); break;
      case 'F': v = FieldValue::table(table(sized(in), depth + 1)); break;
      case 'V': break;
      default: fail(Errc::corrupt);
    }
    return v;
  }

  static Decimal decimal(ByteReader& in) {
    Decimal d;
    d.scale = in.be<std::uint8_t>();
    d.value = in.be<std::uint32_t>();
    return d;
  }

  static Bytes sized(ByteReader& in) { return in.bytes(in.be<std::uint32_t>()); }

  std::size_t entries_max_;
  std::size_t entries_ = 0;
  Errc error_ = Errc::ok;
};

template <class T>
const T& held(const FieldValue& v) {
  const T* p = std::get_if<T>(&v.value);
  RIALTO_CHECK(p, "a field value holds what its tag says");
  return *p;
}

template <class T>
void append_integer(std::string& out, const FieldValue& v) {
  append_be(out, static_cast<T>(held<std::int64_t>(v)));
}

void append_text(std::string& out, const std::string& text) {
  append_be(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

/// Leaves room for the length of what `write` appends and fills it in.
template <class F>
void append_sized(std::string& out, F&& write) {
  const std::size_t at = out.size();
  append_be<std::uint32_t>(out, 0);
  write();
  store_be(out.data() + at, static_cast<std::uint32_t>(out.size() - at - sizeof(std::uint32_t)));
}

void append_value(std::string& out, const FieldValue& v) {
  out.push_back(v.tag);
  switch (v.tag) {
    case 't': out.push_back(held<bool>(v) ? '\1' : '\0'); break;
    case 'b':
    case 'B': append_integer<std::uint8_t>(out, v); break;
    case 's':
    case 'u': append_integer<std::uint16_t>(out, v); break;
    case 'I':
    case 'i': append_integer<std::uint32_t>(out, v); break;
    case 'l':
    case 'L':
    case 'T': append_integer<std::uint64_t>(out, v); break;
    case 'f': append_be(out, narrow(held<double>(v))); break;
    case 'd': append_be(out, std::bit_cast<std::uint64_t>(held<double>(v))); break;
    case 'D':
      append_be(out, held<Decimal>(v).scale);
      append_be(out, held<Decimal>(v).value);
      break;
    case 'S':
    case 'x': append_text(out, held<std::string>(v)); break;
    case 'A':
      append_sized(out, [&] {
        for (const auto& item : held<std::shared_ptr<const FieldArray>>(v)->items) {
          append_value(out, item);
        }
      });
      break;
    case 'F': append_field_table(out, *held<std::shared_ptr<const FieldTable>>(v)); break;
    case 'V': break;
    default: RIALTO_CHECK(false, "a field value has a known tag");
  }
}

void append_entries(std::string& out, const FieldTable& table) {
  for (const auto& [name, value] : table.entries) {
    const Bytes kept = Bytes(name).substr(0, name_bytes_max);
    out.push_back(static_cast<char>(kept.size()));
    out.append(kept);
    append_value(out, value);
  }
}

/// Bits, not numbers: a NaN is itself, and 0.0 is not -0.0.
bool same_double(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

}  // namespace

const FieldValue* FieldTable::find(std::string_view name) const {
  for (const auto& [key, value] : entries) {
    if (key == name) return &value;
  }
  return nullptr;
}

void FieldTable::set(std::string name, FieldValue value) {
  for (auto& [key, old] : entries) {
    if (key == name) {
      old = std::move(value);
      return;
    }
  }
  entries.push_back(FieldEntry{std::move(name), std::move(value)});
}

bool operator==(const FieldTable& a, const FieldTable& b) {
  return a.entries == b.entries;
}

bool operator==(const FieldArray& a, const FieldArray& b) {
  return a.items == b.items;
}

FieldValue FieldValue::boolean(bool v) {
  return {'t', v};
}
FieldValue FieldValue::integer(std::int64_t v) {
  return {'l', v};
}
FieldValue FieldValue::text(std::string v) {
  return {'S', std::move(v)};
}
FieldValue FieldValue::array(FieldArray v) {
  return {'A', std::make_shared<const FieldArray>(std::move(v))};
}
FieldValue FieldValue::table(FieldTable v) {
  return {'F', std::make_shared<const FieldTable>(std::move(v))};
}

bool FieldValue::is_integer() const {
  return is_integer_tag(tag) && tag != 'T';
}

bool operator==(const FieldValue& a, const FieldValue& b) {
  if (a.tag != b.tag || a.value.index() != b.value.index()) return false;
  if (const auto* d = std::get_if<double>(&a.value)) {
    return same_double(*d, std::get<double>(b.value));
  }
  if (const auto* array = std::get_if<std::shared_ptr<const FieldArray>>(&a.value)) {
    return **array == *std::get<std::shared_ptr<const FieldArray>>(b.value);
  }
  if (const auto* table = std::get_if<std::shared_ptr<const FieldTable>>(&a.value)) {
    return **table == *std::get<std::shared_ptr<const FieldTable>>(b.value);
  }
  return a.value == b.value;
}

bool equivalent(const FieldValue& a, const FieldValue& b) {
  if (a.is_integer() && b.is_integer()) return a.value == b.value;
  return a == b;
}

std::string_view field_type_name(char tag) {
  switch (tag) {
    case 't': return "bool";
    case 'b': return "byte";
    case 'B': return "unsignedbyte";
    case 's': return "short";
    case 'u': return "unsignedshort";
    case 'I': return "signedint";
    case 'i': return "unsignedint";
    case 'l': return "long";
    case 'L': return "long";
    case 'f': return "float";
    case 'd': return "double";
    case 'D': return "decimal";
    case 'S': return "longstr";
    case 'x': return "binary";
    case 'A': return "array";
    case 'T': return "timestamp";
    case 'F': return "table";
    default: return "void";
  }
}

Result<FieldTable> decode_field_table(Bytes body) {
  if (body.size() > field_table_bytes_max) {
    return Error(Errc::too_large, "a field table may have 128 KiB");
  }
  Decoder decoder(field_table_entries_max);
  FieldTable table = decoder.table(body, 1);
  if (decoder.error() == Errc::too_large) {
    return Error(Errc::too_large, "a field table may have 1024 values in 32 levels");
  }
  if (decoder.failed()) return Error(Errc::corrupt, "malformed field table");
  return table;
}

OpenTable open_field_table(Bytes body) {
  Decoder whole(SIZE_MAX);
  OpenTable out{whole.table(body, 1), {}};
  if (!whole.failed()) return out;
  out.fields.entries.clear();
  FieldView field;
  Bytes at = body;
  for (; next_field(body, field); at = body) {
    const Bytes entry = at.substr(0, at.size() - body.size());
    Decoder decoder(SIZE_MAX);
    FieldTable one = decoder.table(entry, 1);
    if (decoder.failed()) {
      out.rest.append(entry);
    } else {
      std::move(one.entries.begin(), one.entries.end(), std::back_inserter(out.fields.entries));
    }
  }
  out.rest.append(at);
  return out;
}

void append_field_table(std::string& out, const FieldTable& table) {
  append_sized(out, [&] { append_entries(out, table); });
}

void append_field_table(std::string& out, const OpenTable& table) {
  append_sized(out, [&] {
    append_entries(out, table.fields);
    out.append(table.rest);
  });
}

std::string stored_arguments(const FieldTable& arguments) {
  std::string out;
  append_field_table(out, arguments);
  return out;
}

FieldTable arguments_of(Bytes stored) {
  constexpr std::size_t length_bytes = 4;
  if (stored.size() <= length_bytes) return {};
  auto table = decode_field_table(stored.substr(length_bytes));
  return table.has_value() ? std::move(*table) : FieldTable{};
}

}  // namespace rialto
