#include "adapters/http/media_types.h"

#include <algorithm>
#include <charconv>

namespace rialto::http {

namespace {

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// Takes the part in front of `separator` off the text.
std::string_view next_part(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return without_blanks(part);
}

/// The q of "text/html; q=0.5"; what is none is 1.
double weight_of(std::string_view item) {
  next_part(item, ';');
  while (!item.empty()) {
    const std::string_view parameter = next_part(item, ';');
    if (!equal_ignoring_case(parameter.substr(0, 2), "q=")) continue;
    double weight = 1;
    const char* end = parameter.data() + parameter.size();
    const auto read = std::from_chars(parameter.data() + 2, end, weight);
    return read.ec == std::errc() && weight >= 0 && weight <= 1 ? weight : 1;
  }
  return 1;
}

bool covers(std::string_view range, std::string_view type) {
  if (range == "*/*") return true;
  return range.ends_with("/*") &&
         equal_ignoring_case(range.substr(0, range.size() - 1), type.substr(0, range.size() - 1));
}

struct Choice {
  std::string_view type;
  double weight = 0;
  bool named = false;

  void look_at(std::string_view item, std::span<const std::string_view> offered) {
    const std::string_view asked = media_type(item);
    const auto at = std::find_if(offered.begin(), offered.end(),
                                 [&](auto one) { return equal_ignoring_case(asked, one); });
    const bool names = at != offered.end();
    if (!names && !covers(asked, offered.front())) return;
    const double given = weight_of(item);
    const bool better = given > weight || (given == weight && given > 0 && names && !named);
    if (better) *this = {names ? *at : offered.front(), given, names};
  }
};

}  // namespace

std::string_view media_type(std::string_view value) {
  return next_part(value, ';');
}

std::string_view wanted_type(const Request& request, std::span<const std::string_view> offered) {
  Choice choice{offered.front()};
  for (const auto& [name, value] : request.headers) {
    if (!equal_ignoring_case(name, "Accept")) continue;
    for (std::string_view rest = value; !rest.empty();)
      choice.look_at(next_part(rest, ','), offered);
  }
  return choice.type;
}

bool is_encoded(const Request& request) {
  return std::any_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
    return equal_ignoring_case(header.first, "Content-Encoding") && !header.second.empty() &&
           !equal_ignoring_case(header.second, "identity");
  });
}

}  // namespace rialto::http
