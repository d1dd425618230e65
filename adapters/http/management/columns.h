#pragma once

#include "adapters/http/call.h"
#include "adapters/http/router.h"
#include "core/base/result.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string_view>
#include <vector>

namespace rialto::http::management {

/// A route to a list, which comes in the order that is asked for, and in part.
void add_list(RouteList& routes, std::string_view path, Handler handler, std::string_view says,
              std::vector<unsigned> answers = {200});
/// A route to one thing, which comes in part.
void add_one(RouteList& routes, std::string_view path, Handler handler, std::string_view says,
             std::vector<unsigned> answers = {200, 404});

/// By the member that `sort=a.b` names, nothing before numbers before texts, and the last first
/// with `sort_reverse=true`; as it is when nothing was asked for.
Result<boost::json::array> in_order(const Call& call, boost::json::array all);

/// The members of each entry that `columns=a,b.c` names, in the order they have; the others, and
/// names that nothing has, are left out. Everything without columns.
boost::json::array in_columns(const Call& call, boost::json::array all);
boost::json::object in_columns(const Call& call, boost::json::object one);

/// 200 with the columns, in the order that was asked for.
void answer_columns(const CallRef& call, boost::json::array all);
void answer_columns(const CallRef& call, boost::json::object one);
/// The list of what there is none of.
void list_nothing(const CallRef& call);

}  // namespace rialto::http::management
