#include "adapters/http/call.h"
#include "adapters/http/declarations.h"
#include "adapters/http/json.h"
#include "adapters/http/management/columns.h"
#include "adapters/http/management/routes.h"
#include "adapters/http/management/tool_words.h"
#include "core/base/crc32c.h"

#include <boost/json/array.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

/// As in a form, and without the mark that parts it from what follows.
std::string quoted(std::string_view key) {
  boost::urls::encoding_opts as_in_a_form;
  as_in_a_form.space_as_plus = true;
  return boost::urls::encode(key, boost::urls::unreserved_chars - '~', as_in_a_form);
}

/// Names a binding among those of the same ends: its key, and a hash of its arguments.
std::string properties_key(const BindingInfo& binding) {
  const std::string key = binding.routing_key.empty() ? "~" : quoted(binding.routing_key);
  if (binding.arguments.empty()) return key;
  return fmt::format("{}~{:08x}", key, crc32c(stored_arguments(binding.arguments)));
}

json::object keyed_json(const BindingInfo& binding) {
  json::object out = binding_json(binding);
  out["properties_key"] = json_text(properties_key(binding));
  return out;
}

using Wanted = std::function<bool(const BindingInfo&)>;

void list(const CallRef& call, bool everywhere, const Wanted& wanted) {
  call->ask(ListEveryBinding{everywhere}, [call, wanted](const std::vector<BindingInfo>& found) {
    json::array all;
    for (const BindingInfo& binding : found) {
      if (wanted(binding)) all.push_back(keyed_json(binding));
    }
    answer_columns(call, std::move(all));
  });
}

bool any(const BindingInfo&) {
  return true;
}

void list_all(const CallRef& call) {
  list(call, true, any);
}

void list_of_vhost(const CallRef& call) {
  list(call, false, any);
}

void list_of_queue(const CallRef& call) {
  call->ask(DescribeQueue{call->name(0)}, [call](const QueueInfo& queue) {
    list(call, false, [name = queue.name](const BindingInfo& binding) {
      return !binding.to_exchange && binding.destination == name;
    });
  });
}

void list_from(const CallRef& call) {
  call->ask(DescribeExchange{exchange_name(call->name(0))}, [call](const ExchangeInfo& exchange) {
    list(call, false,
         [name = exchange.name](const BindingInfo& binding) { return binding.source == name; });
  });
}

void list_to(const CallRef& call) {
  call->ask(DescribeExchange{exchange_name(call->name(0))}, [call](const ExchangeInfo& exchange) {
    list(call, false, [name = exchange.name](const BindingInfo& binding) {
      return binding.to_exchange && binding.destination == name;
    });
  });
}

/// From the exchange of the path to its queue or exchange.
BindingInfo ends_of(const Call& call, bool to_exchange) {
  BindingInfo out;
  out.source = exchange_name(call.name(0));
  out.destination = to_exchange ? exchange_name(call.name(1)) : call.name(1);
  out.to_exchange = to_exchange;
  return out;
}

bool same_ends(const BindingInfo& a, const BindingInfo& b) {
  return a.source == b.source && a.destination == b.destination && a.to_exchange == b.to_exchange;
}

Result<BindingInfo> wanted_binding(const Call& call, bool to_exchange) {
  const auto body = tool_body(call, {{"vhost", call.vhost()},
                                     {"source", call.name(0)},
                                     {"destination", call.name(1)},
                                     {"destination_type", to_exchange ? "exchange" : "queue"}});
  if (!body) return body.error();
  Members members(*body);
  BindingInfo binding = ends_of(call, to_exchange);
  binding.routing_key = members.text("routing_key", "");
  const json::object* arguments = members.object("arguments");
  if (auto ok = members.finish(); !ok) return ok.error();
  auto table = to_field_table(arguments);
  if (!table) return table.error();
  binding.arguments = std::move(*table);
  return binding;
}

void bind(const CallRef& call, bool to_exchange) {
  const auto wanted = wanted_binding(*call, to_exchange);
  if (!wanted) return call->refuse(wanted.error());
  const BindingInfo& binding = *wanted;
  const auto done = [call, key = properties_key(binding)](const auto&) {
    Response response;
    response.status = 201;
    if (is_token(key)) response.headers.emplace_back("Location", key);
    call->answer(std::move(response));
  };
  const auto& [source, destination, is_exchange, key, args, vhost] = binding;
  if (is_exchange) return call->ask(BindExchange{destination, source, key, args}, done);
  call->ask(BindQueue{destination, source, key, args}, done);
}

/// `then` gets the binding that the path names.
void with_binding(const CallRef& call, bool to_exchange,
                  const std::function<void(const BindingInfo&)>& then) {
  call->ask(ListEveryBinding{}, [call, to_exchange, then](const std::vector<BindingInfo>& all) {
    const BindingInfo ends = ends_of(*call, to_exchange);
    for (const BindingInfo& binding : all) {
      if (same_ends(binding, ends) && properties_key(binding) == call->name(2))
        return then(binding);
    }
    // Without arguments the plain routing key names it too.
    for (const BindingInfo& binding : all) {
      if (same_ends(binding, ends) && binding.arguments.empty() &&
          binding.routing_key == call->name(2))
        return then(binding);
    }
    call->refuse(Error(Errc::not_found, "no binding '" + call->name(2) + "' between these ends"));
  });
}

template <bool to_exchange>
void post_binding(const CallRef& call) {
  bind(call, to_exchange);
}

template <bool to_exchange>
void list_between(const CallRef& call) {
  list(call, false,
       [ends = ends_of(*call, to_exchange)](const BindingInfo& b) { return same_ends(b, ends); });
}

template <bool to_exchange>
void get_binding(const CallRef& call) {
  with_binding(call, to_exchange,
               [call](const BindingInfo& binding) { answer_columns(call, keyed_json(binding)); });
}

template <bool to_exchange>
void delete_binding(const CallRef& call) {
  with_binding(call, to_exchange, [call](const BindingInfo& binding) {
    const auto done = [call](const auto&) { call->answer_done(); };
    const auto& [source, destination, is_exchange, key, args, vhost] = binding;
    if (is_exchange) return call->ask(UnbindExchange{destination, source, key, args}, done);
    call->ask(UnbindQueue{destination, source, key, args}, done);
  });
}

template <bool to_exchange>
void add_between(RouteList& routes, std::string_view ends, std::string_view one) {
  add_list(routes, ends, list_between<to_exchange>, "Lists the bindings between two ends");
  add(routes, {Method::post, ends, post_binding<to_exchange>, Needs::broker, json_bytes_max},
      "Makes a binding", {201, 404, 423});
  add_one(routes, one, get_binding<to_exchange>, "Shows a binding", {200, 404});
  add(routes, {Method::remove, one, delete_binding<to_exchange>}, "Removes a binding",
      {204, 404, 423});
}

}  // namespace

void add_bindings(RouteList& routes) {
  add_list(routes, "/api/bindings", list_all, "Lists bindings of all vhosts", {200});
  add_list(routes, "/api/bindings/{vhost}", list_of_vhost, "Lists bindings", {200, 404});
  add_list(routes, "/api/queues/{vhost}/{queue}/bindings", list_of_queue,
           "Lists the bindings of a queue", {200, 404, 423});
  add_list(routes, "/api/exchanges/{vhost}/{exchange}/bindings/source", list_from,
           "Lists the bindings from an exchange", {200, 404});
  add_list(routes, "/api/exchanges/{vhost}/{exchange}/bindings/destination", list_to,
           "Lists the bindings to an exchange", {200, 404});
  add_between<false>(routes, "/api/bindings/{vhost}/e/{source}/q/{queue}",
                     "/api/bindings/{vhost}/e/{source}/q/{queue}/{key}");
  add_between<true>(routes, "/api/bindings/{vhost}/e/{source}/e/{destination}",
                    "/api/bindings/{vhost}/e/{source}/e/{destination}/{key}");
}

}  // namespace rialto::http::management
