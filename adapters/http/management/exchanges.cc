#include "adapters/http/call.h"
#include "adapters/http/declarations.h"
#include "adapters/http/json.h"
#include "adapters/http/management/columns.h"
#include "adapters/http/management/list_answer.h"
#include "adapters/http/management/routes.h"
#include "adapters/http/management/tool_words.h"

#include <boost/json/array.hpp>

#include <string>
#include <utility>
#include <vector>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

std::string exchange_of(const Call& call) {
  return exchange_name(call.name(0));
}

json::object listed_json(const ExchangeInfo& exchange) {
  json::object out = exchange_json(exchange);
  out["vhost"] = json_text(exchange.vhost);
  if (!exchange.policy.empty()) out["policy"] = json_text(exchange.policy);
  return out;
}

void list_exchanges(const CallRef& call, bool everywhere) {
  call->ask(ListExchanges{everywhere}, [call](const std::vector<ExchangeInfo>& exchanges) {
    json::array all;
    for (const ExchangeInfo& exchange : exchanges)
      all.push_back(listed_json(exchange));
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
  call->ask(DescribeExchange{exchange_of(*call)},
            [call](const ExchangeInfo& exchange) { answer_columns(call, listed_json(exchange)); });
}

void put_exchange(const CallRef& call) {
  const auto body = tool_body(*call, {{"vhost", call->vhost()}, {"name", call->name(0)}},
                              {{"durable", "auto_delete", "internal"}});
  if (!body) return call->refuse(body.error());
  auto what = exchange_declaration(*body, exchange_of(*call), false);
  if (!what) return call->refuse(what.error());
  call->ask(std::move(*what),
            [call](const DeclareExchange::Answer& made) { call->answer_made(made.created); });
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
      "Lists exchanges of all vhosts", {200});
  add(routes,
      {Method::get, "/api/exchanges/{vhost}", list_exchanges_of_vhost, Needs::broker, 0,
       page_queries()},
      "Lists exchanges", {200, 404});
  add_one(routes, one, get_exchange, "Shows an exchange", {200, 404});
  add(routes, {Method::put, one, put_exchange, Needs::broker, json_bytes_max},
      "Declares an exchange", {201, 204, 400});
  add(routes, {Method::remove, one, delete_exchange, Needs::broker, 0, {"if-unused"}},
      "Deletes an exchange", {204, 403, 404, 409});
}

}  // namespace rialto::http::management
