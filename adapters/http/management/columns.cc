#include "adapters/http/management/columns.h"

#include "adapters/http/json.h"

#include <algorithm>
#include <string>
#include <utility>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

using Columns = std::vector<std::string_view>;

// More than anything we show has; each member of each entry is looked for among them.
constexpr std::size_t columns_max = 128;

/// Those beyond columns_max name nothing.
Columns split_columns(std::string_view text) {
  Columns out;
  while (!text.empty() && out.size() < columns_max) {
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

/// Values of one of these kinds are compared with each other, others are equal.
int kind_rank(const json::value* value) {
  if (!value || value->is_null()) return 0;
  if (value->is_bool()) return 1;
  if (value->is_number()) return 2;
  return value->is_string() ? 3 : 4;
}

bool comes_before(const json::value* a, const json::value* b) {
  const int rank = kind_rank(a);
  if (rank != kind_rank(b)) return rank < kind_rank(b);
  if (rank == 1) return !a->get_bool() && b->get_bool();
  if (rank == 2) return a->to_number<double>() < b->to_number<double>();
  return rank == 3 && a->get_string() < b->get_string();
}

}  // namespace

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

void add_list(RouteList& routes, std::string_view path, Handler handler, std::string_view says,
              std::vector<unsigned> answers) {
  add(routes, {Method::get, path, handler, Needs::broker, 0, {"columns", "sort", "sort_reverse"}},
      says, std::move(answers));
}

void add_one(RouteList& routes, std::string_view path, Handler handler, std::string_view says,
             std::vector<unsigned> answers) {
  add(routes, {Method::get, path, handler, Needs::broker, 0, {"columns"}}, says,
      std::move(answers));
}

Result<json::array> in_order(const Call& call, json::array all) {
  const std::string* reverse = call.query("sort_reverse");
  const bool last_first = reverse && *reverse == "true";
  if (reverse && !last_first && *reverse != "false") {
    return Error(Errc::invalid_argument, "'sort_reverse' has to be true or false");
  }
  const std::string* path = call.query("sort");
  if (path && !path->empty()) {
    std::stable_sort(all.begin(), all.end(), [path](const json::value& a, const json::value& b) {
      return comes_before(member_at(a, *path), member_at(b, *path));
    });
  }
  if (last_first) std::reverse(all.begin(), all.end());
  return all;
}

void list_nothing(const CallRef& call) {
  answer_columns(call, json::array());
}

void answer_columns(const CallRef& call, json::array all) {
  auto ordered = in_order(*call, std::move(all));
  if (!ordered) return call->refuse(ordered.error());
  call->answer(json_response(200, in_columns(*call, std::move(*ordered))));
}

void answer_columns(const CallRef& call, json::object one) {
  call->answer(json_response(200, in_columns(*call, std::move(one))));
}

}  // namespace rialto::http::management
