#pragma once

#include "adapters/http/router.h"

namespace rialto::http {

/// /healthz and /readyz: answered whatever state the broker is in.
void add_health(RouteList& routes);
/// /metrics.
void add_metrics(RouteList& routes);
/// The first page and its style sheet.
void add_home(RouteList& routes);

}  // namespace rialto::http
