#pragma once

#include "adapters/http/router.h"

/// The endpoints below /api that RabbitMQ's tools know, one file a noun. Each adds its routes.
namespace rialto::http::management {

void add_vhosts(RouteList& routes);
void add_policies(RouteList& routes);

}  // namespace rialto::http::management
