#pragma once

#include <string_view>
#include <vector>

namespace rialto {

/// A column of a list: rabbitmqctl's name for it, and where the management API says it.
struct CtlColumn {
  std::string_view name;
  std::string_view path;         ///< members with dots between them
  bool shown = false;            ///< when no columns are named
  std::string_view always = {};  ///< of every row, where the API has no member for it
};

/// A verb that lists.
struct CtlTable {
  std::string_view verb;
  std::string_view what;    ///< "queues for vhost"
  std::string_view target;  ///< below /api
  bool of_vhost = false;    ///< the vhost follows
  std::vector<CtlColumn> columns;
  std::vector<std::string_view> missing = {};  ///< columns of rabbitmqctl that are not served
  std::vector<std::string_view> options = {};  ///< by their long names
};

const std::vector<CtlTable>& ctl_tables();

/// Verbs of rabbitmqctl that Rialto does not have.
const std::vector<std::string_view>& ctl_missing();

}  // namespace rialto
