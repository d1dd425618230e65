#include "gateway/cli/command_line.h"
#include "gateway/cli/ctl.h"
#include "gateway/cli/ctl_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rialto {

namespace json = boost::json;

namespace {

Error unknown_column(const CtlTable& table, const std::string& asked) {
  if (std::find(table.missing.begin(), table.missing.end(), asked) != table.missing.end()) {
    return {Errc::invalid_argument,
            fmt::format("the column '{}' of {} is not supported by Rialto yet", asked, table.verb)};
  }
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

}  // namespace

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
