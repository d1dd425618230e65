#include "core/catalog/argument_text.h"

#include <fmt/format.h>

#include <string_view>

namespace rialto {
namespace {

std::string_view type_name(char tag) {
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

std::string text_of(const FieldValue& value) {
  if (const auto* text = value.as_text()) return *text;
  if (const auto* number = value.as_integer()) return fmt::format("{}", *number);
  if (const auto* flag = value.as_bool()) return *flag ? "true" : "false";
  if (const auto* real = std::get_if<double>(&value.value)) return fmt::format("{}", *real);
  return "...";
}

}  // namespace

std::string shown(const FieldValue* value) {
  if (value == nullptr) return "none";
  return fmt::format("the value '{}' of type '{}'", text_of(*value), type_name(value->tag));
}

bool same_argument(const FieldValue* a, const FieldValue* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return equivalent(*a, *b);
}

std::string stored_arguments(const FieldTable& arguments) {
  std::string out;
  append_field_table(out, arguments);
  return out;
}

FieldTable arguments_of(const std::string& stored) {
  constexpr std::size_t length_bytes = 4;
  if (stored.size() <= length_bytes) return {};
  auto table = decode_field_table(Bytes(stored).substr(length_bytes));
  return table.has_value() ? std::move(*table) : FieldTable{};
}

}  // namespace rialto
