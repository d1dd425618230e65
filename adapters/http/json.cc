#include "adapters/http/json.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cmath>

namespace rialto::http {

namespace json = boost::json;

namespace {

std::string_view view_of_text(const json::string& s) {
  return {s.data(), s.size()};
}

json::object base64_object(Bytes bytes) {
  json::object out;
  out["base64"] = base64(bytes);
  return out;
}

/// How many bytes of `text` make one character of UTF-8 (shortest form, no surrogates); 0: none.
std::size_t character_bytes(Bytes text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return text.empty() ? 0 : 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const bool lead_ok = first >= 0xc2 && first <= 0xf4;
  const bool second_ok = (first != 0xe0 || second >= 0xa0) && (first != 0xed || second < 0xa0) &&
                         (first != 0xf0 || second >= 0x90) && (first != 0xf4 || second < 0x90);
  if (!lead_ok || !second_ok) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return size;
}

Result<FieldValue> to_field_value(const json::value& value);

Result<FieldValue> to_field_array(const json::array& items) {
  FieldArray array;
  for (const auto& item : items) {
    auto converted = to_field_value(item);
    if (!converted) return converted.error();
    array.items.push_back(std::move(*converted));
  }
  return FieldValue::array(std::move(array));
}

// Depth is bounded by the parser that made the value.
Result<FieldValue> to_field_value(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return FieldValue();
    case json::kind::bool_: return FieldValue::boolean(value.get_bool());
    case json::kind::int64: return FieldValue::integer(value.get_int64());
    case json::kind::uint64:
      return Error(Errc::invalid_argument, "a number is larger than 9223372036854775807");
    case json::kind::double_: {
      FieldValue number;
      number.tag = 'd';
      number.value = value.get_double();
      return number;
    }
    case json::kind::string: return FieldValue::text(std::string(view_of_text(value.get_string())));
    case json::kind::array: return to_field_array(value.get_array());
    case json::kind::object: {
      if (auto bytes = bytes_of(value)) return FieldValue{'x', std::move(*bytes)};
      auto table = to_field_table(value.get_object());
      if (!table) return table.error();
      return FieldValue::table(std::move(*table));
    }
  }
  return FieldValue();
}

struct ToJson {
  char tag;

  json::value operator()(std::monostate) const { return nullptr; }
  json::value operator()(bool v) const { return v; }
  json::value operator()(std::int64_t v) const { return v; }
  json::value operator()(double v) const {
    return std::isfinite(v) ? json::value(v) : json::value(json_text(fmt::format("{}", v)));
  }
  json::value operator()(const Decimal& v) const {
    return static_cast<double>(v.value) / std::pow(10.0, v.scale);
  }
  json::value operator()(const std::string& v) const {
    if (tag == 'x') return base64_object(v);
    return json_bytes(v);
  }
  json::value operator()(const std::shared_ptr<const FieldArray>& v) const {
    json::array items;
    for (const auto& item : v->items)
      items.push_back(to_json(item));
    return items;
  }
  json::value operator()(const std::shared_ptr<const FieldTable>& v) const { return to_json(*v); }
};

}  // namespace

bool is_utf8(Bytes text) {
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

bool is_text(Bytes bytes) {
  const auto shown = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || c == '\t' || c == '\n' || c == '\r';
  };
  return std::all_of(bytes.begin(), bytes.end(), shown) && is_utf8(bytes);
}

std::string base64(Bytes bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
    ++padding;
  if (text.substr(0, text.size() - padding).find_first_of("= \t\r\n") != text.npos) {
    return std::nullopt;
  }
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

json::string json_text(std::string_view text) {
  json::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    const std::string_view piece = bytes == 0 ? "?" : text.substr(0, bytes);
    out.append(json::string_view(piece.data(), piece.size()));
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

json::value json_bytes(Bytes bytes) {
  if (!is_text(bytes)) return base64_object(bytes);
  return json::string(json::string_view(bytes.data(), bytes.size()));
}

std::optional<std::string> bytes_of(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(view_of_text(*text));
  const auto* object = value.if_object();
  if (!object || object->size() != 1 || !object->contains("base64")) return std::nullopt;
  const auto* encoded = object->at("base64").if_string();
  return encoded ? from_base64(view_of_text(*encoded)) : std::nullopt;
}

json::value to_json(const FieldValue& value) {
  return std::visit(ToJson{value.tag}, value.value);
}

json::object to_json(const FieldTable& table) {
  json::object out;
  for (const auto& [name, value] : table.entries) {
    // The first of two equal names, as FieldTable::find() sees it.
    out.emplace(json_text(name), to_json(value));
  }
  return out;
}

Result<FieldTable> to_field_table(const json::object& object) {
  constexpr std::size_t name_bytes_max = 255;
  FieldTable table;
  for (const auto& member : object) {
    std::string name(member.key().data(), member.key().size());
    if (name.size() > name_bytes_max) {
      return Error(Errc::invalid_argument, "the name of an argument has more than 255 bytes");
    }
    auto value = to_field_value(member.value());
    if (!value) return Error(value.error().code, name + ": " + value.error().text);
    table.entries.push_back({std::move(name), std::move(*value)});
  }
  return table;
}

Result<FieldTable> to_field_table(const json::object* object) {
  if (object == nullptr) return FieldTable();
  return to_field_table(*object);
}

namespace {

Response json_text_response(unsigned status, std::string text) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(text) + "\n";
  return response;
}

}  // namespace

Response json_response(unsigned status, const json::object& body) {
  return json_text_response(status, json::serialize(body));
}

Response json_response(unsigned status, const json::array& body) {
  return json_text_response(status, json::serialize(body));
}

Result<json::value> parse_json(std::string_view text, std::string_view what) {
  boost::system::error_code failed;
  json::stream_parser parser;
  const std::size_t read = parser.write_some(text.data(), text.size(), failed);
  if (!failed) {
    if (text.find_first_not_of(" \t\r\n", read) != text.npos) {
      return Error(Errc::invalid_argument,
                   fmt::format("{} is not JSON: more text behind byte {}", what, read));
    }
    parser.finish(failed);
  }
  if (failed) {
    return Error(Errc::invalid_argument,
                 fmt::format("{} is not JSON: {} at byte {}", what, failed.message(), read));
  }
  return parser.release();
}

Result<json::object> read_object(const Request& request) {
  if (request.body.empty()) return json::object();
  auto value = parse_json(request.body, "the body");
  if (!value) return value.error();
  if (!value->is_object()) {
    return Error(Errc::invalid_argument, "the body has to be a JSON object such as {\"max\": 1}");
  }
  return std::move(value->get_object());
}

const json::value* member_at(const json::value& whole, std::string_view path) {
  const json::value* at = &whole;
  while (at && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    const json::object* object = at->if_object();
    at = object ? object->if_contains(json::string_view(path.data(), dot)) : nullptr;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return at;
}

Result<void> has_members(const json::object& object,
                         std::initializer_list<std::string_view> needed) {
  for (const std::string_view name : needed) {
    if (object.contains(json::string_view(name.data(), name.size()))) continue;
    return Error(Errc::invalid_argument, fmt::format("'{}' is missing", name));
  }
  return {};
}

const json::value* Members::find(std::string_view name) {
  known_.push_back(name);
  return object_.if_contains(json::string_view(name.data(), name.size()));
}

void Members::wrong(std::string_view name, std::string_view expected) {
  if (!error_) {
    error_ = Error(Errc::invalid_argument, fmt::format("'{}' has to be {}", name, expected));
  }
}

std::int64_t Members::integer(std::string_view name, std::int64_t otherwise, std::int64_t min,
                              std::int64_t max) {
  const json::value* value = find(name);
  if (!value) return otherwise;
  const auto* number = value->if_int64();
  if (number && *number >= min && *number <= max) return *number;
  wrong(name, fmt::format("a whole number from {} to {}", min, max));
  return otherwise;
}

bool Members::truth(std::string_view name, bool otherwise) {
  const json::value* value = find(name);
  if (!value) return otherwise;
  if (const bool* truth = value->if_bool()) return *truth;
  wrong(name, "true or false");
  return otherwise;
}

std::string Members::text(std::string_view name, std::string_view otherwise) {
  const json::value* value = find(name);
  if (value && value->is_string()) return std::string(view_of_text(value->get_string()));
  if (value) wrong(name, "a text");
  return std::string(otherwise);
}

std::vector<std::string> Members::texts(std::string_view name, std::size_t count_max) {
  std::vector<std::string> out;
  const json::value* value = find(name);
  if (!value) return out;
  const auto* items = value->if_array();
  if (!items || items->size() > count_max) {
    wrong(name, fmt::format("a list of at most {} texts", count_max));
    return out;
  }
  for (const auto& item : *items) {
    if (!item.is_string()) {
      wrong(name, "a list of texts");
      break;
    }
    out.emplace_back(view_of_text(item.get_string()));
  }
  return out;
}

const json::object* Members::object(std::string_view name) {
  const json::value* value = find(name);
  if (!value) return nullptr;
  if (const auto* object = value->if_object()) return object;
  wrong(name, "an object");
  return nullptr;
}

const json::array* Members::array(std::string_view name) {
  const json::value* value = find(name);
  if (!value) return nullptr;
  if (const auto* array = value->if_array()) return array;
  wrong(name, "a list");
  return nullptr;
}

Result<void> Members::finish() const {
  if (error_) return *error_;
  for (const auto& member : object_) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      return Error(Errc::invalid_argument, fmt::format("unknown member '{}'; there are: {}", name,
                                                       fmt::join(known_, ", ")));
    }
  }
  return {};
}

}  // namespace rialto::http
