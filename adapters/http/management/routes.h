#pragma once

#include "adapters/http/router.h"

/// The endpoints below /api that RabbitMQ's tools know, one file a noun. Each adds its routes.
namespace rialto::http::management {

/// What RabbitMQ calls the machine; there is one.
inline constexpr const char* node_name = "rialto@localhost";

void add_overview(RouteList& routes);
void add_vhosts(RouteList& routes);
void add_policies(RouteList& routes);
void add_queues(RouteList& routes);
void add_exchanges(RouteList& routes);
void add_bindings(RouteList& routes);
void add_connections(RouteList& routes);
void add_definitions(RouteList& routes);
void add_users(RouteList& routes);
void add_parameters(RouteList& routes);
void add_messages(RouteList& routes);

}  // namespace rialto::http::management
