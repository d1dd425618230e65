#include "adapters/http/management/tool_words.h"

#include "adapters/http/json.h"
#include "core/base/number.h"

#include <fmt/format.h>

#include <utility>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

json::value* find(json::object& body, std::string_view name) {
  return body.if_contains(json::string_view(name.data(), name.size()));
}

const json::string* text_of(json::object& body, std::string_view name) {
  const json::value* value = find(body, name);
  return value ? value->if_string() : nullptr;
}

/// Takes it out of the body; false: it says something else.
bool take_out(json::object& body, const Repeated& repeated) {
  if (!find(body, repeated.member)) return true;
  const json::string* text = text_of(body, repeated.member);
  const bool same = text && std::string_view(text->data(), text->size()) == repeated.value;
  body.erase(json::string_view(repeated.member.data(), repeated.member.size()));
  return same;
}

void read_texts(json::object& body, const WrittenAsText& written) {
  for (const std::string_view name : written.truths) {
    const json::string* text = text_of(body, name);
    const bool truth = text && *text == "true";
    if (truth || (text && *text == "false")) *find(body, name) = truth;
  }
  for (const std::string_view name : written.numbers) {
    const json::string* text = text_of(body, name);
    const auto number = text ? number_in({text->data(), text->size()}) : std::nullopt;
    if (number) *find(body, name) = *number;
  }
}

}  // namespace

Result<json::object> tool_body(const Call& call, const std::vector<Repeated>& repeated,
                               const WrittenAsText& written) {
  auto body = read_object(call.request());
  if (!body) return body.error();
  for (const Repeated& one : repeated) {
    if (take_out(*body, one)) continue;
    return Error(Errc::invalid_argument,
                 fmt::format("'{}' has to be '{}' or left out", one.member, one.value));
  }
  read_texts(*body, written);
  for (const char* table : {"arguments", "properties"}) {
    json::value* value = find(*body, table);
    if (value && value->is_array() && value->get_array().empty()) *value = json::object();
  }
  return std::move(*body);
}

std::string exchange_name(const std::string& segment) {
  return segment == "amq.default" ? std::string() : segment;
}

}  // namespace rialto::http::management
