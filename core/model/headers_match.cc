#include "core/model/headers_match.h"

#include <string>

namespace rialto {

std::optional<HeadersMatch> headers_match_of(const FieldTable& arguments) {
  const FieldValue* value = arguments.find(match_argument);
  if (value == nullptr) return HeadersMatch{};
  const std::string* text = value->tag == 'S' ? value->as_text() : nullptr;
  if (text == nullptr) return std::nullopt;
  if (*text == "all") return HeadersMatch{false, false};
  if (*text == "any") return HeadersMatch{true, false};
  if (*text == "all-with-x") return HeadersMatch{false, true};
  if (*text == "any-with-x") return HeadersMatch{true, true};
  return std::nullopt;
}

}  // namespace rialto
