#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/management/columns.h"
#include "adapters/http/management/list_answer.h"
#include "adapters/http/management/routes.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

HostPort split(std::string_view address) {
  HostPort out;
  const std::size_t colon = address.rfind(':');
  out.host = std::string(address.substr(0, colon));
  if (colon != address.npos) {
    std::from_chars(address.data() + colon + 1, address.data() + address.size(), out.port);
  }
  return out;
}

json::object connection_json(const ConnectionInfo& connection) {
  const ConnectionFacts& facts = connection.facts;
  const HostPort peer = split(facts.peer_address);
  const HostPort own = split(facts.local_address);
  json::object out;
  out["name"] = json_text(facts.name());
  out["user"] = json_text(connection.user);
  out["vhost"] = json_text(connection.vhost);
  out["protocol"] = json_text(facts.protocol);
  out["peer_host"] = json_text(peer.host);
  out["peer_port"] = peer.port;
  out["host"] = json_text(own.host);
  out["port"] = own.port;
  out["channels"] = connection.channels;
  out["channel_max"] = facts.channel_max;
  out["frame_max"] = facts.frame_max;
  out["timeout"] = facts.heartbeat_s;
  out["connected_at"] = connection.connected_wall_ms;
  out["client_properties"] = to_json(facts.client_properties);
  out["ssl"] = false;
  out["state"] = "running";
  out["type"] = "network";
  out["node"] = node_name;
  return out;
}

std::string channel_name(const ConnectionInfo& connection, std::uint16_t number) {
  return fmt::format("{} ({})", connection.facts.name(), number);
}

json::object details_of(const ConnectionInfo& connection) {
  const HostPort peer = split(connection.facts.peer_address);
  json::object out;
  out["name"] = json_text(connection.facts.name());
  out["peer_host"] = json_text(peer.host);
  out["peer_port"] = peer.port;
  return out;
}

json::object channel_json(const ChannelInfo& channel) {
  json::object out;
  out["name"] = json_text(channel_name(channel.connection, channel.number));
  out["number"] = channel.number;
  out["user"] = json_text(channel.connection.user);
  out["vhost"] = json_text(channel.connection.vhost);
  out["connection_details"] = details_of(channel.connection);
  out["consumer_count"] = channel.consumers;
  out["messages_unacknowledged"] = channel.unacked;
  out["prefetch_count"] = channel.facts.prefetch;
  out["global_prefetch_count"] = channel.shared_prefetch;
  out["confirm"] = channel.facts.confirms;
  out["transactional"] = channel.facts.transactional;
  out["state"] = "running";
  out["node"] = node_name;
  return out;
}

const char* activity_of(const ConsumerInfo& consumer) {
  if (!consumer.active) return "waiting";
  return consumer.one_at_a_time ? "single_active" : "up";
}

json::object consumer_json(const ConsumerInfo& consumer) {
  json::object queue;
  queue["name"] = json_text(consumer.queue);
  queue["vhost"] = json_text(consumer.connection.vhost);
  json::object channel = details_of(consumer.connection);
  channel["connection_name"] = channel["name"];
  channel["name"] = json_text(channel_name(consumer.connection, consumer.channel));
  channel["number"] = consumer.channel;
  json::object arguments;
  if (consumer.priority != 0) arguments["x-priority"] = consumer.priority;
  json::object out;
  out["consumer_tag"] = json_text(consumer.tag);
  out["queue"] = std::move(queue);
  out["channel_details"] = std::move(channel);
  out["ack_required"] = !consumer.no_ack;
  out["exclusive"] = consumer.exclusive;
  out["active"] = consumer.active;
  out["activity_status"] = activity_of(consumer);
  out["prefetch_count"] = consumer.prefetch;
  out["arguments"] = std::move(arguments);
  return out;
}

/// Asks What and answers those of its list that `wanted` takes.
template <class What, class Wanted>
void list(const CallRef& call, json::object (*shape)(const typename What::Answer::value_type&),
          Wanted wanted) {
  call->ask(What(), [call, shape, wanted](const typename What::Answer& found) {
    json::array all;
    for (const auto& one : found) {
      if (wanted(one)) all.push_back(shape(one));
    }
    answer_list(call, std::move(all));
  });
}

constexpr auto any_vhost = [](const auto&) { return true; };

void list_connections(const CallRef& call) {
  list<ListConnections>(call, connection_json, any_vhost);
}

void list_channels(const CallRef& call) {
  list<ListChannels>(call, channel_json, any_vhost);
}

void list_consumers(const CallRef& call) {
  list<ListConsumers>(call, consumer_json, any_vhost);
}

void list_connections_of_vhost(const CallRef& call) {
  list<ListConnections>(call, connection_json, [vhost = call->vhost()](const ConnectionInfo& c) {
    return c.vhost == vhost;
  });
}

void list_consumers_of_vhost(const CallRef& call) {
  list<ListConsumers>(call, consumer_json, [vhost = call->vhost()](const ConsumerInfo& c) {
    return c.connection.vhost == vhost;
  });
}

void list_channels_of_connection(const CallRef& call) {
  list<ListChannels>(call, channel_json, [name = call->name(0)](const ChannelInfo& c) {
    return c.connection.facts.name() == name;
  });
}

void get_connection(const CallRef& call) {
  call->ask(ListConnections(), [call](const std::vector<ConnectionInfo>& all) {
    for (const ConnectionInfo& connection : all) {
      if (connection.facts.name() == call->name(0)) {
        return answer_columns(call, connection_json(connection));
      }
    }
    call->refuse(Error(Errc::not_found, "no connection '" + call->name(0) + "'"));
  });
}

void close_connection(const CallRef& call) {
  const std::string* reason = call->request().header("X-Reason");
  CloseConnection what{call->name(0), reason ? *reason : "Closed via management plugin"};
  call->ask(std::move(what), [call](const CloseConnection::Answer&) { call->answer_done(); });
}

}  // namespace

void add_connections(RouteList& routes) {
  constexpr auto one = "/api/connections/{connection}";
  add(routes, {Method::get, "/api/connections", list_connections, Needs::broker, 0, page_queries()},
      "Lists connections", {200});
  add_one(routes, one, get_connection, "Shows a connection", {200, 404});
  add(routes, {Method::remove, one, close_connection}, "Ends a connection", {204, 404}).headers = {
      "X-Reason"};
  add_list(routes, "/api/connections/{connection}/channels", list_channels_of_connection,
           "Lists the channels of a connection", {200});
  add_list(routes, "/api/vhosts/{vhost}/connections", list_connections_of_vhost,
           "Lists the connections into a vhost", {200, 404});
  add(routes, {Method::get, "/api/channels", list_channels, Needs::broker, 0, page_queries()},
      "Lists channels", {200});
  add_list(routes, "/api/consumers", list_consumers, "Lists consumers", {200});
  add_list(routes, "/api/consumers/{vhost}", list_consumers_of_vhost,
           "Lists the consumers of a vhost", {200, 404});
}

}  // namespace rialto::http::management
