#pragma once

#include "adapters/http/message.h"

#include <boost/json/object.hpp>

#include <string_view>

namespace rialto::http::v1 {

/// What the JSON body of a route may be, as JSON Schema; empty when the route takes no JSON.
boost::json::object body_schema(Method method, std::string_view path);

}  // namespace rialto::http::v1
