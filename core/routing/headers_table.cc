#include "core/routing/headers_table.h"

#include "core/model/headers_match.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace rialto {
namespace {

// A number of any type, times included.
std::optional<double> number_of(const FieldValue& value) {
  if (const auto* integer = value.as_integer()) return static_cast<double>(*integer);
  const auto* real = std::get_if<double>(&value.value);
  return real ? std::optional(*real) : std::nullopt;
}

// RabbitMQ compares what a value is, not its type: text is bytes, 1 is 1.0.
bool same_value(const FieldValue& a, const FieldValue& b) {
  if (a.as_text() != nullptr && b.as_text() != nullptr) return *a.as_text() == *b.as_text();
  if (a.as_integer() != nullptr && b.as_integer() != nullptr) {
    return *a.as_integer() == *b.as_integer();
  }
  const auto number = number_of(a);
  return number ? number == number_of(b) : equivalent(a, b);
}

}  // namespace

void HeadersTable::add(const BindingRecord& record) {
  FieldTable arguments = arguments_of(record.arguments);
  const HeadersMatch how = headers_match_of(arguments).value_or(HeadersMatch{});
  Binding binding{target_of(record), how.any, {}};
  for (FieldEntry& entry : arguments.entries) {
    if (entry.name == match_argument) continue;
    if (!how.with_x && entry.name.starts_with("x-")) continue;
    binding.wanted.push_back(std::move(entry));
  }
  bindings_.push_back(std::move(binding));
}

void HeadersTable::remove(const BindingRecord& record) {
  std::erase_if(bindings_, [&](const Binding& b) { return b.target.binding == record.id; });
}

bool HeadersTable::accepts(const Binding& binding, const FieldTable& headers) {
  const auto is_there = [&](const FieldEntry& wanted) {
    const FieldValue* value = headers.find(wanted.name);
    if (value == nullptr) return false;
    return wanted.value.tag == 'V' || same_value(wanted.value, *value);
  };
  const auto& wanted = binding.wanted;
  return binding.any ? std::any_of(wanted.begin(), wanted.end(), is_there)
                     : std::all_of(wanted.begin(), wanted.end(), is_there);
}

void HeadersTable::match(const FieldTable& headers, std::vector<Target>& out) const {
  for (const Binding& binding : bindings_) {
    if (accepts(binding, headers)) out.push_back(binding.target);
  }
}

}  // namespace rialto
