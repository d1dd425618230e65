#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
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

}  // namespace rialto
