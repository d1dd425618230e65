#pragma once

#include "adapters/http/call.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string_view>
#include <vector>

namespace rialto::http::management {

/// The query parameter of what can be asked for in part.
std::vector<std::string_view> column_queries();

/// The members of each entry that `columns=a,b.c` names, in the order they have; the others, and
/// names that nothing has, are left out. Everything without columns.
boost::json::array in_columns(const Call& call, boost::json::array all);
boost::json::object in_columns(const Call& call, boost::json::object one);

/// 200 with the columns that were asked for.
void answer_columns(const CallRef& call, boost::json::array all);

}  // namespace rialto::http::management
