#include "adapters/http/management/columns.h"

#include "adapters/http/json.h"

#include <algorithm>
#include <string>
#include <utility>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

using Columns = std::vector<std::string_view>;

Columns split_columns(std::string_view text) {
  Columns out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    if (end > 0) out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// What is named below a member: "publish" of "message_stats.publish".
Columns below(const Columns& columns, std::string_view name) {
  Columns out;
  for (const std::string_view column : columns) {
    const bool inside =
        column.size() > name.size() + 1 && column.starts_with(name) && column[name.size()] == '.';
    if (inside) out.push_back(column.substr(name.size() + 1));
  }
  return out;
}

// As deep as the columns have dots and what we show has members.
void project(json::value& value, const Columns& columns) {
  if (json::array* list = value.if_array()) {
    for (json::value& one : *list)
      project(one, columns);
    return;
  }
  json::object* whole = value.if_object();
  if (!whole) return;
  json::object part;
  for (auto& member : *whole) {
    const std::string_view name(member.key().data(), member.key().size());
    const bool named = std::find(columns.begin(), columns.end(), name) != columns.end();
    const Columns deeper = named ? Columns() : below(columns, name);
    const bool has_members = member.value().is_object() || member.value().is_array();
    if (!named && (deeper.empty() || !has_members)) continue;
    if (!named) project(member.value(), deeper);
    part.emplace(member.key(), std::move(member.value()));
  }
  *whole = std::move(part);
}

}  // namespace

std::vector<std::string_view> column_queries() {
  return {"columns"};
}

json::array in_columns(const Call& call, json::array all) {
  const std::string* asked = call.query("columns");
  if (!asked || asked->empty()) return all;
  const Columns columns = split_columns(*asked);
  for (json::value& one : all)
    project(one, columns);
  return all;
}

json::object in_columns(const Call& call, json::object one) {
  json::array alone;
  alone.emplace_back(std::move(one));
  alone = in_columns(call, std::move(alone));
  return std::move(alone.front().as_object());
}

void answer_columns(const CallRef& call, json::array all) {
  call->answer(json_response(200, in_columns(*call, std::move(all))));
}

}  // namespace rialto::http::management
