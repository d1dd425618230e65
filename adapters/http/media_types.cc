#include "adapters/http/media_types.h"

#include <algorithm>

namespace rialto::http {

namespace {

constexpr std::string_view blanks = " \t";

std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

}  // namespace

std::string_view media_type(std::string_view value) {
  return without_blanks(value.substr(0, value.find(';')));
}

}  // namespace rialto::http
