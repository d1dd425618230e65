#pragma once

#include "adapters/http/router.h"

#include <boost/json/object.hpp>

#include <string_view>

namespace rialto::http {

/// The routes as an OpenAPI 3.1 document: made from the table that requests are served by.
boost::json::object openapi_document(const RouteList& routes, std::string_view version);

/// GET /openapi.json
void add_openapi(RouteList& routes);

}  // namespace rialto::http
