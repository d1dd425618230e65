#include "adapters/http/call.h"
#include "adapters/http/declarations.h"
#include "adapters/http/json.h"
#include "adapters/http/v1/routes.h"

#include <boost/json/array.hpp>

#include <functional>
#include <string>
#include <utility>

namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

json::object binding_json(const BindingInfo& binding) {
  json::object out;
  out["source"] = json_text(binding.source);
  out[binding.to_exchange ? "exchange" : "queue"] = json_text(binding.destination);
  out["routing_key"] = json_text(binding.routing_key);
  out["arguments"] = to_json(binding.arguments);
  return out;
}

void list_exchanges(const CallRef& call) {
  call->ask(ListExchanges(), [call](const std::vector<ExchangeInfo>& exchanges) {
    json::array list;
    for (const ExchangeInfo& exchange : exchanges)
      list.push_back(exchange_json(exchange));
    json::object body;
    body["exchanges"] = std::move(list);
    call->answer(json_response(200, body));
  });
}

/// `then` gets the exchange that the path names; without one the answer is 404.
void with_exchange(const CallRef& call, std::function<void(const ExchangeInfo&)> then) {
  call->ask(DescribeExchange{call->name(0)}, std::move(then));
}

void get_exchange(const CallRef& call) {
  with_exchange(call, [call](const ExchangeInfo& exchange) {
    call->answer(json_response(200, exchange_json(exchange)));
  });
}

void put_exchange(const CallRef& call) {
  auto what = exchange_declaration(*call, call->name(0), true);
  if (!what) return call->refuse(what.error());
  call->ask(std::move(*what), [call](const DeclareExchange::Answer& made) {
    with_exchange(call, [call, made](const ExchangeInfo& exchange) {
      call->answer(json_response(made.created ? 201 : 200, exchange_json(exchange)));
    });
  });
}

void delete_exchange(const CallRef& call) {
  with_exchange(call, [call](const ExchangeInfo&) {
    DeleteExchange what;
    what.name = call->name(0);
    call->ask(std::move(what), [call](const DeleteExchange::Answer&) { call->answer_done(); });
  });
}

void list_bindings(const CallRef& call) {
  call->ask(ListBindings{call->name(0)}, [call](const std::vector<BindingInfo>& bindings) {
    json::array list;
    for (const BindingInfo& binding : bindings)
      list.push_back(binding_json(binding));
    json::object body;
    body["bindings"] = std::move(list);
    call->answer(json_response(200, body));
  });
}

/// A binding as bodies name it: from the exchange of the path to one queue or one exchange.
Result<BindingInfo> binding_of(const Call& call) {
  const auto body = read_object(call.request());
  if (!body) return body.error();
  Members members(*body);
  BindingInfo binding;
  binding.source = call.name(0);
  const std::string queue = members.text("queue", "");
  const std::string exchange = members.text("exchange", "");
  binding.routing_key = members.text("routing_key", "");
  const json::object* arguments = members.object("arguments");
  if (auto ok = members.finish(); !ok) return ok.error();
  if (queue.empty() == exchange.empty()) {
    return Error(Errc::invalid_argument, "name either a 'queue' or an 'exchange' to bind");
  }
  binding.to_exchange = queue.empty();
  binding.destination = binding.to_exchange ? exchange : queue;
  auto table = to_field_table(arguments);
  if (!table) return table.error();
  binding.arguments = std::move(*table);
  return binding;
}

/// Asks for OfQueue or OfExchange, which have the same members but for the names of their ends.
template <class OfQueue, class OfExchange>
void change_binding(const CallRef& call, unsigned status) {
  const auto binding = binding_of(*call);
  if (!binding) return call->refuse(binding.error());
  const auto done = [call, status, binding = *binding](const auto&) {
    if (status == 204) return call->answer_done();
    call->answer(json_response(status, binding_json(binding)));
  };
  const auto& [source, destination, to_exchange, key, arguments, vhost] = *binding;
  if (to_exchange) return call->ask(OfExchange{destination, source, key, arguments}, done);
  call->ask(OfQueue{destination, source, key, arguments}, done);
}

void bind(const CallRef& call) {
  change_binding<BindQueue, BindExchange>(call, 201);
}

void unbind(const CallRef& call) {
  change_binding<UnbindQueue, UnbindExchange>(call, 204);
}

}  // namespace

void add_exchanges(RouteList& routes) {
  constexpr auto one = "/v1/exchanges/{exchange}";
  constexpr auto bindings = "/v1/exchanges/{exchange}/bindings";
  add(routes, {Method::get, "/v1/exchanges", list_exchanges}, "Lists exchanges");
  add(routes, {Method::get, one, get_exchange}, "Shows an exchange", {200, 404});
  add(routes, {Method::put, one, put_exchange, Needs::broker, json_bytes_max},
      "Makes an exchange; an equal one is left as it is", {200, 201, 403, 409});
  add(routes, {Method::remove, one, delete_exchange}, "Deletes an exchange", {204, 403, 404});
  add(routes, {Method::get, bindings, list_bindings}, "Lists the bindings from an exchange",
      {200, 404});
  add(routes, {Method::post, bindings, bind, Needs::broker, json_bytes_max},
      "Binds a queue or an exchange", {201, 403, 404, 423});
  add(routes, {Method::remove, bindings, unbind, Needs::broker, json_bytes_max},
      "Removes a binding", {204, 403, 404, 423});
}

}  // namespace rialto::http::v1
