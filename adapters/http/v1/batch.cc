#include "adapters/http/call.h"
#include "adapters/http/idempotency.h"
#include "adapters/http/json.h"
#include "adapters/http/message_json.h"
#include "adapters/http/new_message.h"
#include "adapters/http/v1/routes.h"
#include "adapters/http/v1/shapes.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

/// POST .../batch: messages in JSON, all of them or none.
namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

// JSON in memory is some ten times its text.
constexpr std::size_t batch_bytes_max = 4U << 20;
constexpr std::size_t batch_messages_max = 10'000;

Error at_message(std::size_t index, const Error& fault) {
  return {fault.code, fmt::format("messages[{}]: {}", index, fault.text)};
}

Result<std::vector<NewMessage>> messages_of(const Call& call, SentTo to) {
  const auto body = read_object(call.request());
  if (!body) return body.error();
  Members members(*body);
  const json::array* list = members.array("messages");
  if (auto ok = members.finish(); !ok) return ok.error();
  if (!list || list->empty() || list->size() > batch_messages_max) {
    return Error(
        Errc::invalid_argument,
        fmt::format("'messages' has to be a list of 1 to {} messages", batch_messages_max));
  }
  std::vector<NewMessage> out;
  out.reserve(list->size());
  for (std::size_t i = 0; i < list->size(); ++i) {
    const json::object* object = (*list)[i].if_object();
    if (!object) return at_message(i, {Errc::invalid_argument, "a message is a JSON object"});
    auto message = new_message(*object, to, call.user());
    if (!message) return at_message(i, message.error());
    out.push_back(std::move(*message));
  }
  return out;
}

void publish_batch(const CallRef& call, SentTo to) {
  auto messages = messages_of(*call, to);
  if (!messages) return call->refuse(messages.error());
  const auto identity = identity_of_batch(call->request());
  if (!identity) return call->refuse(identity.error());
  PublishMessages what;
  what.identity = *identity;
  if (to == SentTo::exchange) {
    what.exchange = call->name(0);
  } else {
    for (NewMessage& message : *messages)
      message.routing_key = call->name(0);
  }
  json::object told;
  told[to == SentTo::exchange ? "exchange" : "queue"] = json_text(call->name(0));
  told["messages"] = messages->size();
  what.messages = std::move(*messages);
  call->ask(std::move(what), [call, told](const PublishMessages::Answer& answer) {
    json::object body = told;
    if (answer.repeated > 0) body["duplicates"] = answer.repeated;
    call->answer(json_response(201, body));
  });
}

void batch_to_queue(const CallRef& call) {
  publish_batch(call, SentTo::queue);
}

void batch_to_exchange(const CallRef& call) {
  publish_batch(call, SentTo::exchange);
}

void batch_to_topic(const CallRef& call) {
  auto messages = messages_of(*call, SentTo::topic);
  if (!messages) return call->refuse(messages.error());
  const auto identity = identity_of_batch(call->request());
  if (!identity) return call->refuse(identity.error());
  AppendMessages what;
  what.topic = call->name(0);
  what.identity = *identity;
  what.messages = std::move(*messages);
  call->ask(std::move(what), [call](const AppendMessages::Answer& places) {
    json::array list;
    std::uint64_t repeated = 0;
    for (const AppendMessages::Place& place : places) {
      list.push_back(place_json(call->name(0), place));
      repeated += place.repeated ? 1 : 0;
    }
    json::object told;
    if (repeated > 0) told["duplicates"] = repeated;
    told["topic"] = json_text(call->name(0));
    told["messages"] = std::move(list);
    call->answer(json_response(201, told));
  });
}

}  // namespace

void add_batch(RouteList& routes) {
  const auto add_one = [&](std::string_view path, Handler handler, std::string_view says) {
    add(routes, {Method::post, path, handler, Needs::room, batch_bytes_max}, says,
        {201, 404, 413, 429});
  };
  add_one("/v1/queues/{queue}/batch", batch_to_queue, "Stores messages in a queue, all or none");
  add_one("/v1/exchanges/{exchange}/batch", batch_to_exchange,
          "Stores messages where the exchange routes them, all or none");
  add_one("/v1/topics/{topic}/batch", batch_to_topic, "Appends messages to a topic, all or none");
}

}  // namespace rialto::http::v1
