#pragma once

#include "adapters/http/router.h"

/// The endpoints below /v1, one file a noun. Each adds its routes.
namespace rialto::http::v1 {

void add_queues(RouteList& routes);
void add_exchanges(RouteList& routes);
void add_topics(RouteList& routes);
void add_publish(RouteList& routes);
void add_delayed(RouteList& routes);
void add_batch(RouteList& routes);
void add_pull(RouteList& routes);
void add_read(RouteList& routes);
void add_redrive(RouteList& routes);
void add_replay(RouteList& routes);

}  // namespace rialto::http::v1
