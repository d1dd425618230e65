#pragma once

#include "adapters/http/call.h"

#include <boost/json/array.hpp>

#include <string_view>
#include <vector>

namespace rialto::http::management {

/// Query parameters of lists that come page by page, beside those of all lists.
std::vector<std::string_view> page_queries();

/// The whole list, or the page that was asked for, in its columns, as RabbitMQ has it: `name` is
/// looked for anywhere in names, whatever the case. Refused: a page that is not there, a regular
/// expression.
void answer_list(const CallRef& call, boost::json::array all);

}  // namespace rialto::http::management
