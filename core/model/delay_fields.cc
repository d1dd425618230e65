#include "core/model/delay_fields.h"

#include <bit>
#include <cmath>

namespace rialto::delay_field {
namespace {

/// What is beyond an integer is longer than any delay.
std::optional<std::int64_t> cut_off(double ms) {
  constexpr double integer_end = 9.2e18;
  if (std::isnan(ms)) return std::nullopt;
  if (std::abs(ms) >= integer_end) return ms > 0 ? INT64_MAX : INT64_MIN;
  return static_cast<std::int64_t>(ms);
}

}  // namespace

std::optional<std::int64_t> delay_ms_of(const FieldView& field) {
  switch (field.tag) {
    case 'S': return number_in(field.raw);
    case 'f': return cut_off(std::bit_cast<float>(load_be<std::uint32_t>(field.raw.data())));
    case 'd': return cut_off(std::bit_cast<double>(load_be<std::uint64_t>(field.raw.data())));
    case 'T': return std::nullopt;
    default: return is_integer_tag(field.tag) ? std::optional(integer_of(field)) : std::nullopt;
  }
}

}  // namespace rialto::delay_field
