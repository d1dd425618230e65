#include "adapters/http/json_body.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <fmt/format.h>

#include <iterator>

namespace rialto::http {

namespace json = boost::json;

namespace {

// Depth is bounded by the parser that made the value.
void append(std::string& out, const json::value& value) {
  auto between = [&out, first = true]() mutable {
    if (!first) out += ',';
    first = false;
  };
  if (const auto* number = value.if_double()) {
    fmt::format_to(std::back_inserter(out), "{}", *number);
  } else if (const auto* list = value.if_array()) {
    out += '[';
    for (const json::value& item : *list) {
      between();
      append(out, item);
    }
    out += ']';
  } else if (const auto* object = value.if_object()) {
    out += '{';
    for (const auto& member : *object) {
      between();
      out += json::serialize(json::string(member.key())) + ":";
      append(out, member.value());
    }
    out += '}';
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string json_body(const json::value& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace rialto::http
