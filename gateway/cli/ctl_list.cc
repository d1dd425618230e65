#include "gateway/cli/command_line.h"
#include "gateway/cli/ctl.h"
#include "gateway/cli/ctl_tables.h"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rialto {

namespace json = boost::json;

namespace {

const json::value* find(const json::value& row, std::string_view path) {
  const json::value* at = &row;
  while (at && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    const auto* object = at->if_object();
    at = object ? object->if_contains(json::string_view(path.data(), dot)) : nullptr;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return at;
}

json::value value_of(const json::value& row, const CtlColumn& column) {
  if (!column.always.empty()) {
    return json::string(json::string_view(column.always.data(), column.always.size()));
  }
  const json::value* value = find(row, column.path);
  return value ? *value : json::value(nullptr);
}

/// One cell: a tab or a line end in it would be another cell or row.
std::string cell(const json::value& value) {
  if (value.is_null()) return "";
  if (const auto* list = value.if_array()) {
    std::vector<std::string> items;
    for (const json::value& item : *list)
      items.push_back(cell(item));
    return fmt::format("[{}]", fmt::join(items, ", "));
  }
  if (const auto* object = value.if_object()) {
    std::vector<std::string> items;
    for (const auto& member : *object) {
      items.push_back(fmt::format("{{\"{}\",{}}}", std::string_view(member.key()),
                                  json::serialize(member.value())));
    }
    return fmt::format("[{}]", fmt::join(items, ", "));
  }
  const auto* text = value.if_string();
  std::string out = text ? std::string(text->data(), text->size()) : json::serialize(value);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  return out;
}

Error unknown_column(const CtlTable& table, const std::string& asked) {
  std::vector<std::string> names;
  for (const CtlColumn& column : table.columns)
    names.emplace_back(column.name);
  const std::string meant = nearest_word(asked, names);
  return {Errc::invalid_argument,
          fmt::format("{} has no column '{}'; {}", table.verb, asked,
                      meant.empty() ? fmt::format("there are {}", fmt::join(names, ", "))
                                    : fmt::format("did you mean '{}'?", meant))};
}

Result<std::vector<CtlColumn>> chosen(const CtlTable& table,
                                      const std::vector<std::string>& asked) {
  std::vector<CtlColumn> out;
  for (const CtlColumn& column : table.columns) {
    if (asked.empty() && column.shown) out.push_back(column);
  }
  for (const std::string& name : asked) {
    const auto at = std::find_if(table.columns.begin(), table.columns.end(),
                                 [&](const CtlColumn& column) { return column.name == name; });
    if (at == table.columns.end()) return unknown_column(table, name);
    out.push_back(*at);
  }
  return out;
}

std::string as_json(const std::vector<CtlColumn>& columns, const json::array& rows) {
  json::array out;
  for (const json::value& row : rows) {
    json::object one;
    for (const CtlColumn& column : columns) {
      one[json::string_view(column.name.data(), column.name.size())] = value_of(row, column);
    }
    out.push_back(std::move(one));
  }
  return json::serialize(out) + "\n";
}

std::string as_table(const std::vector<CtlColumn>& columns, const json::array& rows, bool headers) {
  std::string out;
  std::vector<std::string> cells;
  for (const CtlColumn& column : columns)
    cells.emplace_back(column.name);
  if (headers && !rows.empty()) out = fmt::format("{}\n", fmt::join(cells, "\t"));
  for (const json::value& row : rows) {
    cells.clear();
    for (const CtlColumn& column : columns)
      cells.push_back(cell(value_of(row, column)));
    out += fmt::format("{}\n", fmt::join(cells, "\t"));
  }
  return out;
}

}  // namespace

std::string ctl_rows(const std::vector<CtlColumn>& columns, const json::array& rows,
                     const CtlArguments& arguments) {
  if (arguments.json) return as_json(columns, rows);
  return as_table(columns, rows, arguments.headers);
}

Result<std::string> ctl_list(std::string_view verb, const json::array& rows,
                             const CtlArguments& arguments) {
  const auto& tables = ctl_tables();
  const auto table = std::find_if(tables.begin(), tables.end(),
                                  [&](const CtlTable& each) { return each.verb == verb; });
  if (table == tables.end()) return Error(Errc::not_found, "no such list");
  const auto columns = chosen(*table, arguments.words);
  if (!columns) return columns.error();
  return ctl_rows(*columns, rows, arguments);
}

}  // namespace rialto
