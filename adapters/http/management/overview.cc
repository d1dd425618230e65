#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/management/columns.h"
#include "adapters/http/management/routes.h"
#include "adapters/http/metrics.h"

#include <boost/json/array.hpp>

#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Who answers, and how much of everything there is.
namespace rialto::http::management {

namespace json = boost::json;

namespace {

// What the AMQP door says too: clients choose what they expect by it.
constexpr const char* emulated_version = "4.2.0";

json::object listener(const char* protocol, std::string_view address) {
  const std::size_t colon = address.rfind(':');
  int port = 0;
  if (colon != address.npos) {
    std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  }
  json::object out;
  out["node"] = node_name;
  out["protocol"] = protocol;
  out["ip_address"] = json_text(address.substr(0, colon));
  out["port"] = port;
  return out;
}

json::object queue_totals(const StatsSnapshot& stats) {
  const std::uint64_t ready = stats.backlog[static_cast<std::size_t>(Model::queue)];
  json::object out;
  out["messages"] = ready + stats.unacked;
  out["messages_ready"] = ready;
  out["messages_unacknowledged"] = stats.unacked;
  return out;
}

json::object message_stats(const StatsSnapshot& stats) {
  FlowCounters sum;
  for (const FlowCounters& flow : stats.flow[static_cast<std::size_t>(Model::queue)]) {
    sum.received += flow.received;
    sum.confirmed += flow.confirmed;
    sum.delivered += flow.delivered;
    sum.redelivered += flow.redelivered;
    sum.settled += flow.settled;
    sum.unroutable += flow.unroutable;
  }
  json::object out;
  out["publish"] = sum.received;
  out["confirm"] = sum.confirmed;
  out["deliver_get"] = sum.delivered;
  out["redeliver"] = sum.redelivered;
  out["ack"] = sum.settled;
  out["return_unroutable"] = sum.unroutable;
  return out;
}

struct Counted {
  StatsSnapshot stats;
  std::size_t exchanges = 0;
  std::size_t connections = 0;
  std::size_t channels = 0;
};

json::object overview_json(const HttpSettings& settings, const Counted& counted) {
  json::object totals;
  totals["queues"] = counted.stats.queues;
  totals["exchanges"] = counted.exchanges;
  totals["connections"] = counted.connections;
  totals["channels"] = counted.channels;
  totals["consumers"] = counted.stats.consumers;
  json::object out;
  out["management_version"] = emulated_version;
  out["rabbitmq_version"] = emulated_version;
  out["product_name"] = "Rialto";
  out["product_version"] = json_text(settings.version);
  out["cluster_name"] = "rialto";
  out["node"] = node_name;
  out["rates_mode"] = "none";
  out["object_totals"] = std::move(totals);
  out["queue_totals"] = queue_totals(counted.stats);
  out["message_stats"] = message_stats(counted.stats);
  out["listeners"] = json::array{listener("amqp", settings.amqp_address),
                                 listener("kafka", settings.kafka_address),
                                 listener("http", settings.http_address)};
  return out;
}

void overview(const CallRef& call) {
  call->ask(ReadStats(), [call](const StatsSnapshot& stats) {
    Counted counted;
    counted.stats = stats;
    call->ask(ListExchanges{true}, [call, counted](const std::vector<ExchangeInfo>& exchanges) {
      Counted more = counted;
      more.exchanges = exchanges.size();
      call->ask(ListConnections(), [call, more](const std::vector<ConnectionInfo>& connections) {
        Counted all = more;
        all.connections = connections.size();
        for (const ConnectionInfo& connection : connections)
          all.channels += connection.channels;
        call->answer(json_response(200, in_columns(*call, overview_json(call->settings(), all))));
      });
    });
  });
}

void whoami(const CallRef& call) {
  json::object out;
  out["name"] = json_text(call->user());
  out["tags"] = json::array{"administrator"};
  call->answer(json_response(200, out));
}

json::object node_json() {
  const ProcessFigures process = ProcessFigures::now();
  json::object out;
  out["name"] = node_name;
  out["type"] = "disc";
  out["running"] = true;
  out["mem_used"] = process.resident_bytes;
  out["fd_used"] = process.open_fds;
  return out;
}

void list_nodes(const CallRef& call) {
  answer_columns(call, json::array{node_json()});
}

void get_node(const CallRef& call) {
  if (call->name(0) != node_name) {
    return call->refuse(Error(Errc::not_found, "no node '" + call->name(0) + "'"));
  }
  answer_columns(call, node_json());
}

}  // namespace

void add_overview(RouteList& routes) {
  add_one(routes, "/api/overview", overview, "Who answers, and how much there is");
  add(routes, {Method::get, "/api/whoami", whoami}, "The user of the request");
  add_list(routes, "/api/nodes", list_nodes, "Lists the one node");
  add_one(routes, "/api/nodes/{node}", get_node, "Shows the one node", {200, 404});
}

}  // namespace rialto::http::management
