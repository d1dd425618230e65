#pragma once

#include "adapters/http/http_door.h"
#include "adapters/http/router.h"

namespace rialto::http {

/// Every route that a listener with these settings serves.
const RouteList& routes_of(const HttpSettings& settings);

}  // namespace rialto::http
