#include "core/catalog/argument_text.h"

#include <fmt/format.h>

namespace rialto {
std::string shown_value(const FieldValue& value) {
  if (const auto* text = value.as_text()) return *text;
  if (const auto* number = value.as_integer()) return fmt::format("{}", *number);
  if (const auto* flag = value.as_bool()) return *flag ? "true" : "false";
  if (const auto* real = std::get_if<double>(&value.value)) return fmt::format("{}", *real);
  return "...";
}

std::string shown(const FieldValue* value) {
  if (value == nullptr) return "none";
  return fmt::format("the value '{}' of type '{}'", shown_value(*value),
                     field_type_name(value->tag));
}

bool same_argument(const FieldValue* a, const FieldValue* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return equivalent(*a, *b);
}

}  // namespace rialto
