#include "adapters/http/call.h"
#include "adapters/http/declarations.h"
#include "adapters/http/json.h"
#include "adapters/http/management/list_answer.h"
#include "adapters/http/management/routes.h"

#include <boost/json/array.hpp>

#include <string>
#include <utility>
#include <vector>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

/// The default exchange has no name, and a path cannot have an empty one.
std::string exchange_of(const Call& call) {
  return call.name(0) == "amq.default" ? std::string() : call.name(0);
}

json::object with_vhost(const ExchangeInfo& exchange) {
  json::object out = exchange_json(exchange);
  out["vhost"] = json_text(exchange.vhost);
  return out;
}

void list_exchanges(const CallRef& call, bool everywhere) {
  call->ask(ListExchanges{everywhere}, [call](const std::vector<ExchangeInfo>& exchanges) {
    json::array all;
    for (const ExchangeInfo& exchange : exchanges)
      all.push_back(with_vhost(exchange));
    answer_list(call, std::move(all));
  });
}

void list_all_exchanges(const CallRef& call) {
  list_exchanges(call, true);
}

void list_exchanges_of_vhost(const CallRef& call) {
  list_exchanges(call, false);
}

void get_exchange(const CallRef& call) {
  call->ask(DescribeExchange{exchange_of(*call)}, [call](const ExchangeInfo& exchange) {
    call->answer(json_response(200, with_vhost(exchange)));
  });
}

void put_exchange(const CallRef& call) {
  auto what = exchange_declaration(*call, exchange_of(*call), false);
  if (!what) return call->refuse(what.error());
  call->ask(std::move(*what), [call](const DeclareExchange::Answer& made) {
    Response response;
    response.status = made.created ? 201 : 204;
    call->answer(std::move(response));
  });
}

void delete_exchange(const CallRef& call) {
  call->ask(DescribeExchange{exchange_of(*call)}, [call](const ExchangeInfo& exchange) {
    const std::string* unused = call->query("if-unused");
    DeleteExchange what{exchange.name, unused && *unused == "true"};
    call->ask(std::move(what), [call](const DeleteExchange::Answer&) { call->answer_done(); });
  });
}

}  // namespace

void add_exchanges(RouteList& routes) {
  constexpr auto one = "/api/exchanges/{vhost}/{exchange}";
  add(routes, {Method::get, "/api/exchanges", list_all_exchanges, Needs::broker, 0, page_queries()},
      "Lists exchanges of all vhosts", {200, 501});
  add(routes,
      {Method::get, "/api/exchanges/{vhost}", list_exchanges_of_vhost, Needs::broker, 0,
       page_queries()},
      "Lists exchanges", {200, 404, 501});
  add(routes, {Method::get, one, get_exchange}, "Shows an exchange", {200, 404});
  add(routes, {Method::put, one, put_exchange, Needs::broker, json_bytes_max},
      "Declares an exchange", {201, 204, 400});
  add(routes, {Method::remove, one, delete_exchange, Needs::broker, 0, {"if-unused"}},
      "Deletes an exchange", {204, 403, 404, 409});
}

}  // namespace rialto::http::management
