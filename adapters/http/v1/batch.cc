#include "adapters/http/call.h"
#include "adapters/http/idempotency.h"
#include "adapters/http/json.h"
#include "adapters/http/media_types.h"
#include "adapters/http/message_json.h"
#include "adapters/http/new_message.h"
#include "adapters/http/v1/routes.h"
#include "adapters/http/v1/shapes.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// POST .../batch: messages in JSON, in a list or one a line, all of them or none.
namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

// JSON in memory is some ten times its text.
constexpr std::size_t batch_bytes_max = 4U << 20;
constexpr std::size_t batch_messages_max = 10'000;

Error at_message(std::size_t index, const Error& fault) {
  return {fault.code, fmt::format("messages[{}]: {}", index, fault.text)};
}

Error wrong_count(std::string_view what) {
  return {Errc::invalid_argument,
          fmt::format("{} has to be a list of 1 to {} messages", what, batch_messages_max)};
}

enum class BatchForm : std::uint8_t { list, lines, unknown };

/// A body that does not say what it is, or what curl says of every body, is a list.
BatchForm form_of(const Request& request) {
  const std::string* told = request.header("Content-Type");
  const std::string_view type = told ? media_type(*told) : std::string_view();
  const auto is_one_of = [type](std::initializer_list<std::string_view> types) {
    return std::any_of(types.begin(), types.end(),
                       [type](std::string_view one) { return equal_ignoring_case(type, one); });
  };
  if (is_one_of({"", "application/json", "application/x-www-form-urlencoded"}))
    return BatchForm::list;
  if (is_one_of({"application/x-ndjson", "application/ndjson"})) return BatchForm::lines;
  return BatchForm::unknown;
}

Result<void> add_message(std::vector<NewMessage>& out, const json::value& value, SentTo to,
                         const std::string& user) {
  const json::object* object = value.if_object();
  if (!object) {
    return at_message(out.size(), {Errc::invalid_argument, "a message is a JSON object"});
  }
  auto message = new_message(*object, to, user);
  if (!message) return at_message(out.size(), message.error());
  out.push_back(std::move(*message));
  return {};
}

Result<std::vector<NewMessage>> messages_of_lines(const Call& call, SentTo to) {
  std::vector<NewMessage> out;
  const std::string_view body = call.request().body;
  for (std::size_t from = 0; from < body.size();) {
    const std::size_t end = std::min(body.find('\n', from), body.size());
    const std::string_view line = body.substr(from, end - from);
    from = end + 1;
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    if (out.size() == batch_messages_max) return wrong_count("a batch");
    const auto value = parse_json(line, "the line");
    if (!value) return at_message(out.size(), value.error());
    if (auto ok = add_message(out, *value, to, call.user()); !ok) return ok.error();
  }
  if (out.empty()) return wrong_count("a batch");
  return out;
}

Result<std::vector<NewMessage>> messages_of_list(const Call& call, SentTo to) {
  const auto body = read_object(call.request());
  if (!body) return body.error();
  Members members(*body);
  const json::array* list = members.array("messages");
  if (auto ok = members.finish(); !ok) return ok.error();
  if (!list || list->empty() || list->size() > batch_messages_max) {
    return wrong_count("'messages'");
  }
  std::vector<NewMessage> out;
  out.reserve(list->size());
  for (const json::value& value : *list) {
    if (auto ok = add_message(out, value, to, call.user()); !ok) return ok.error();
  }
  return out;
}

/// Nothing: the request is answered with why.
std::optional<std::vector<NewMessage>> messages_of(const CallRef& call, SentTo to) {
  const BatchForm form = form_of(call->request());
  if (form == BatchForm::unknown) {
    call->refuse(Refused{415, "unsupported media type",
                         "a batch is application/json with a list of messages, or "
                         "application/x-ndjson with one message a line"});
    return std::nullopt;
  }
  auto messages =
      form == BatchForm::lines ? messages_of_lines(*call, to) : messages_of_list(*call, to);
  if (messages) return std::move(*messages);
  call->refuse(messages.error());
  return std::nullopt;
}

void publish_batch(const CallRef& call, SentTo to) {
  auto messages = messages_of(call, to);
  if (!messages) return;
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
  auto messages = messages_of(call, SentTo::topic);
  if (!messages) return;
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
    Route& route = add(routes, {Method::post, path, handler, Needs::room, batch_bytes_max}, says,
                       {201, 404, 429});
    route.body_lines_type = "application/x-ndjson";
    route.headers = {idempotency_key_header};
  };
  add_one("/v1/queues/{queue}/batch", batch_to_queue, "Stores messages in a queue, all or none");
  add_one("/v1/exchanges/{exchange}/batch", batch_to_exchange,
          "Stores messages where the exchange routes them, all or none");
  add_one("/v1/topics/{topic}/batch", batch_to_topic, "Appends messages to a topic, all or none");
}

}  // namespace rialto::http::v1
