#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/message_headers.h"
#include "adapters/http/request_parser.h"
#include "adapters/http/v1/delayed.h"
#include "adapters/http/v1/routes.h"
#include "adapters/http/v1/shapes.h"
#include "core/model/message_id.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

constexpr const char* routing_key_header = "X-Rialto-Routing-Key";
constexpr const char* partition_header = "X-Rialto-Partition";

Response unroutable(const Call& call, std::string_view exchange, std::string_view key) {
  if (exchange.empty()) {
    return problem(
        Error(Errc::not_found, fmt::format("no queue '{}' in vhost '{}': the message was "
                                           "stored nowhere; PUT /v1/queues/{} makes it",
                                           key, call.vhost(), key)));
  }
  return problem(Error(Errc::not_found,
                       fmt::format("exchange '{}' has no binding for the routing key '{}': the "
                                   "message was stored nowhere; bind a queue and send it again",
                                   exchange, key)));
}

/// Answered when the message is as safe as its queues ask for. The broker copies what it keeps
/// before the call returns, so views of the request are enough.
void publish(const CallRef& call, const std::string& exchange, const std::string& key) {
  const auto extra =
      MessageHeaders::of(call->request(), exchange.empty() ? "" : routing_key_header);
  if (!extra) return call->refuse(extra.error());
  const auto delay = delay_of(*call);
  if (!delay) return call->refuse(delay.error());
  if (*delay) return publish_delayed(call, exchange, key, *extra, **delay);
  std::vector<HeaderView> headers;
  for (const auto& [name, value] : extra->headers)
    headers.push_back({name, Bytes(value)});
  const Bytes body = call->request().body;

  Publish message;
  message.exchange = exchange;
  message.routing_key = key;
  if (extra->key) message.record.key = *extra->key;
  message.record.body = std::span(&body, 1);
  message.record.headers = headers;
  if (extra->identity) message.identity = extra->identity;
  call->publish(message, [call, exchange, key](const PublishLanes::Outcome& outcome) {
    if (outcome.error.code != Errc::ok) return call->refuse(outcome.error);
    if (outcome.returned) return call->answer(unroutable(*call, exchange, key));
    json::object told;
    if (exchange.empty()) {
      told["queue"] = json_text(key);
    } else {
      told["exchange"] = json_text(exchange);
      told["routing_key"] = json_text(key);
    }
    if (outcome.repeated) told["duplicate"] = true;
    call->answer(json_response(201, told));
  });
}

void publish_to_queue(const CallRef& call) {
  publish(call, "", call->name(0));
}

void publish_to_exchange(const CallRef& call) {
  const std::string* key = call->request().header(routing_key_header);
  publish(call, call->name(0), key ? *key : std::string());
}

Result<std::optional<PartitionIndex>> partition_of(const Request& request) {
  const std::string* text = request.header(partition_header);
  if (!text) return std::optional<PartitionIndex>();
  constexpr std::size_t digits_max = 9;
  const bool number = !text->empty() && text->size() <= digits_max &&
                      text->find_first_not_of("0123456789") == std::string::npos;
  if (!number) {
    return Error(Errc::invalid_argument, "X-Rialto-Partition has to be a partition number");
  }
  return std::optional(PartitionIndex(std::stoi(*text)));
}

void append_to_topic(const CallRef& call) {
  auto extra = MessageHeaders::of(call->request(), partition_header);
  if (!extra) return call->refuse(extra.error());
  const auto partition = partition_of(call->request());
  if (!partition) return call->refuse(partition.error());
  AppendMessages what;
  what.topic = call->name(0);
  what.identity = extra->identity;
  NewMessage& message = what.messages.emplace_back();
  message.partition = *partition;
  message.key = std::move(extra->key);
  message.headers.assign(extra->headers.begin(), extra->headers.end());
  message.body = std::move(call->request().body);
  call->ask(std::move(what), [call](const AppendMessages::Answer& places) {
    const AppendMessages::Place& at = places.front();
    json::object told = place_json(call->name(0), at);
    Response response = json_response(201, told);
    const std::string id = message_id(call->name(0), at.partition, at.offset);
    if (at.offset != no_offset && fits_header(id)) response.headers.emplace_back("X-Rialto-Id", id);
    call->answer(std::move(response));
  });
}

}  // namespace

void add_publish(RouteList& routes) {
  const auto add_one = [&](std::string_view path, Handler handler, const char* also,
                           std::string_view says) -> Route& {
    Route& route = add(routes, {Method::post, path, handler, Needs::room, body_bytes_max}, says,
                       {201, 404, 429});
    route.body_type = "application/octet-stream";
    route.headers = message_header_names();
    if (also) route.headers.emplace_back(also);
    return route;
  };
  add_one("/v1/queues/{queue}/messages", publish_to_queue, nullptr,
          "Stores the body as a message of a queue, with X-Rialto-Header-* as its headers")
      .query = delay_queries();
  add_one("/v1/exchanges/{exchange}/messages", publish_to_exchange, routing_key_header,
          "Stores the body where the exchange routes it, with X-Rialto-Header-* as headers")
      .query = delay_queries();
  add_one("/v1/topics/{topic}/messages", append_to_topic, partition_header,
          "Appends the body to a topic, with X-Rialto-Header-* as the record's headers");
}

}  // namespace rialto::http::v1
