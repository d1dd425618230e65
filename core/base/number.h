#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace rialto {

/// The number that a text is, all of it.
inline std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, failed] = std::from_chars(text.data(), last, number);
  return failed == std::errc() && end == last ? std::optional(number) : std::nullopt;
}

/// Of any arithmetic type; a fraction in the fewest digits that name it.
template <class T>
void append_number(std::string& out, T number) {
  std::array<char, 40> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace rialto
