#include "adapters/http/json.h"
#include "gateway/cli/ctl.h"
#include "gateway/cli/ctl_tables.h"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

/// Rows of a list as text.
namespace rialto {

namespace json = boost::json;

namespace {

using Cells = std::vector<std::string>;

json::value value_of(const json::value& row, const CtlColumn& column) {
  if (!column.always.empty()) {
    return json::string(json::string_view(column.always.data(), column.always.size()));
  }
  const json::value* value = http::member_at(row, column.path);
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

Cells names_of(const std::vector<CtlColumn>& columns) {
  Cells out;
  for (const CtlColumn& column : columns)
    out.emplace_back(column.name);
  return out;
}

std::vector<Cells> cells_of(const std::vector<CtlColumn>& columns, const json::array& rows) {
  std::vector<Cells> out;
  for (const json::value& row : rows) {
    Cells& cells = out.emplace_back();
    for (const CtlColumn& column : columns)
      cells.push_back(cell(value_of(row, column)));
  }
  return out;
}

std::string as_table(const std::vector<Cells>& lines) {
  std::string out;
  for (const Cells& cells : lines)
    out += fmt::format("{}\n", fmt::join(cells, "\t"));
  return out;
}

std::string quoted_cell(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string as_csv(std::vector<Cells> lines) {
  std::string out;
  for (Cells& cells : lines) {
    std::transform(cells.begin(), cells.end(), cells.begin(), quoted_cell);
    out += fmt::format("{}\n", fmt::join(cells, ","));
  }
  return out;
}

/// Characters of UTF-8, each taken to be one wide.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

/// Text between two ends, as wide as each column.
std::string rule(const std::vector<std::size_t>& widths, const char* left, const char* between,
                 const char* right) {
  Cells parts;
  for (const std::size_t width : widths) {
    std::string& part = parts.emplace_back();
    for (std::size_t i = 0; i < width + 2; ++i)
      part += "─";
  }
  return fmt::format("{}{}{}\n", left, fmt::join(parts, between), right);
}

/// In the frames that rabbitmqctl draws on a terminal of UTF-8.
std::string as_pretty_table(const std::vector<Cells>& lines) {
  if (lines.empty()) return "";
  std::vector<std::size_t> widths(lines.front().size());
  for (const Cells& cells : lines) {
    for (std::size_t i = 0; i < cells.size(); ++i)
      widths[i] = std::max(widths[i], width_of(cells[i]));
  }
  std::string out;
  for (const Cells& cells : lines) {
    out += out.empty() ? rule(widths, "┌", "┬", "┐") : rule(widths, "├", "┼", "┤");
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += fmt::format("│ {}{} ", cells[i], std::string(widths[i] - width_of(cells[i]), ' '));
    }
    out += "│\n";
  }
  return out + rule(widths, "└", "┴", "┘");
}

}  // namespace

std::string ctl_rows(const std::vector<CtlColumn>& columns, const json::array& rows,
                     const CtlArguments& arguments) {
  if (arguments.format == CtlFormat::json) return as_json(columns, rows);
  std::vector<Cells> lines = cells_of(columns, rows);
  const bool is_table = arguments.format == CtlFormat::table;
  const bool shown = is_table ? !rows.empty() && !arguments.silent
                              : arguments.format == CtlFormat::csv || !rows.empty();
  if (arguments.headers && shown) lines.insert(lines.begin(), names_of(columns));
  if (is_table) return as_table(lines);
  return arguments.format == CtlFormat::csv ? as_csv(std::move(lines)) : as_pretty_table(lines);
}

}  // namespace rialto
