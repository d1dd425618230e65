#include "adapters/http/routes.h"

#include "adapters/http/management/routes.h"
#include "adapters/http/openapi.h"
#include "adapters/http/pages.h"
#include "adapters/http/v1/routes.h"

namespace rialto::http {

namespace {

RouteList metrics_routes() {
  RouteList routes;
  add_health(routes);
  add_metrics(routes);
  return routes;
}

RouteList all_routes() {
  RouteList routes = metrics_routes();
  add_home(routes);
  add_openapi(routes);
  v1::add_queues(routes);
  v1::add_exchanges(routes);
  v1::add_topics(routes);
  v1::add_publish(routes);
  v1::add_delayed(routes);
  v1::add_batch(routes);
  v1::add_pull(routes);
  v1::add_read(routes);
  v1::add_redrive(routes);
  v1::add_replay(routes);
  management::add_overview(routes);
  management::add_vhosts(routes);
  management::add_policies(routes);
  management::add_queues(routes);
  management::add_exchanges(routes);
  management::add_bindings(routes);
  management::add_connections(routes);
  management::add_definitions(routes);
  management::add_users(routes);
  management::add_parameters(routes);
  management::add_messages(routes);
  return routes;
}

}  // namespace

const RouteList& routes_of(const HttpSettings& settings) {
  static const RouteList all = all_routes();
  static const RouteList metrics = metrics_routes();
  return settings.routes == HttpSettings::Routes::metrics ? metrics : all;
}

}  // namespace rialto::http
