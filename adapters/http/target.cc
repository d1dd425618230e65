#include "adapters/http/target.h"

#include "adapters/http/json.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace rialto::http {

namespace {

bool has_control_char(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

const std::string* Target::find(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

Result<Target> parse_target(std::string_view text) {
  auto parsed = boost::urls::parse_origin_form(text);
  if (!parsed) parsed = boost::urls::parse_absolute_uri(text);
  if (!parsed) {
    return Error(Errc::invalid_argument,
                 "the target of the request is malformed; write a path such as /v1/queues and "
                 "percent-encode what is not a letter, a digit or one of - . _ ~");
  }
  Target target;
  for (const auto& segment : parsed->segments())
    target.segments.emplace_back(segment);
  for (const auto& param : parsed->params()) {
    // "/queues?" and "?a=1&" name nothing.
    if (param.has_value || !param.key.empty()) target.query.emplace_back(param.key, param.value);
  }
  if (std::any_of(target.segments.begin(), target.segments.end(), has_control_char)) {
    return Error(Errc::invalid_argument, "a path may not contain control characters");
  }
  if (!std::all_of(target.segments.begin(), target.segments.end(), is_utf8)) {
    return Error(Errc::invalid_argument, "names in a path are percent-encoded UTF-8");
  }
  return target;
}

}  // namespace rialto::http
