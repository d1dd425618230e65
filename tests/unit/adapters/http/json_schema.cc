#include "tests/unit/adapters/http/json_schema.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <cstdint>

namespace rialto::test {
namespace {

namespace json = boost::json;

bool is_of_type(const json::value& value, const json::value& type) {
  if (const auto* any_of = type.if_array()) {
    return std::any_of(any_of->begin(), any_of->end(),
                       [&](const json::value& one) { return is_of_type(value, one); });
  }
  const json::string& name = type.as_string();
  if (name == "object") return value.is_object();
  if (name == "array") return value.is_array();
  if (name == "string") return value.is_string();
  if (name == "boolean") return value.is_bool();
  if (name == "integer") return value.is_int64() || value.is_uint64();
  return name == "null" && value.is_null();
}

std::string member_fault(const json::object& object, const json::object& schema) {
  const json::value* rest = schema.if_contains("additionalProperties");
  const json::value* known = schema.if_contains("properties");
  for (const auto& member : object) {
    const json::value* one = known ? known->as_object().if_contains(member.key()) : nullptr;
    if (!one && rest && rest->is_bool()) return "unknown member " + std::string(member.key());
    if (!one) one = rest;
    if (!one) continue;
    const std::string fault = schema_fault(member.value(), one->as_object());
    if (!fault.empty()) return std::string(member.key()) + ": " + fault;
  }
  return "";
}

std::string item_fault(const json::array& list, const json::object& schema) {
  const json::value* items = schema.if_contains("items");
  for (const json::value& item : list) {
    const std::string fault = items ? schema_fault(item, items->as_object()) : "";
    if (!fault.empty()) return "[]: " + fault;
  }
  return "";
}

/// The fault of one word of the schema.
std::string word_fault(const json::value& value, const json::object& schema,
                       const std::string& word, const json::value& wanted) {
  if (word == "type") return is_of_type(value, wanted) ? "" : "not of the type";
  if (word == "properties" || word == "additionalProperties") {
    return value.is_object() ? member_fault(value.as_object(), schema) : "";
  }
  if (word == "items") return value.is_array() ? item_fault(value.as_array(), schema) : "";
  if (word == "required") {
    for (const json::value& name : wanted.as_array())
      if (!value.as_object().contains(name.as_string())) return "a required member is missing";
    return "";
  }
  if (word == "oneOf") {
    const auto fits = std::count_if(
        wanted.as_array().begin(), wanted.as_array().end(),
        [&](const json::value& one) { return schema_fault(value, one.as_object()).empty(); });
    return fits == 1 ? "" : "not one of oneOf";
  }
  if (word == "minItems")
    return value.as_array().size() < wanted.to_number<std::size_t>() ? word : "";
  if (word == "maxItems")
    return value.as_array().size() > wanted.to_number<std::size_t>() ? word : "";
  if (word == "minimum") return value.to_number<double>() < wanted.to_number<double>() ? word : "";
  if (word == "maximum") return value.to_number<double>() > wanted.to_number<double>() ? word : "";
  if (word == "enum") {
    const auto& all = wanted.as_array();
    return std::find(all.begin(), all.end(), value) != all.end() ? "" : "none of enum";
  }
  const bool says =
      word == "description" || word == "default" || word == "contentEncoding" || word == "format";
  return says ? "" : "the schema has '" + word + "'";
}

}  // namespace

std::string schema_fault(const json::value& value, const json::object& schema) {
  if (const json::value* type = schema.if_contains("type"); type && !is_of_type(value, *type)) {
    return json::serialize(value) + " is not of the type " + json::serialize(*type);
  }
  for (const auto& word : schema) {
    const std::string fault = word_fault(value, schema, std::string(word.key()), word.value());
    if (!fault.empty()) return fault;
  }
  return "";
}

}  // namespace rialto::test
