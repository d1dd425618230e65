#include "adapters/http/call.h"
#include "adapters/http/idempotency.h"
#include "adapters/http/json.h"
#include "adapters/http/management/routes.h"
#include "adapters/http/management/tool_words.h"
#include "adapters/http/message_json.h"
#include "adapters/http/new_message.h"
#include "core/model/record_batch.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// One message in, some out, as RabbitMQ's tools do it by hand.
namespace rialto::http::management {

namespace json = boost::json;

namespace {

// JSON in memory may be some ten times its text.
constexpr std::size_t publish_bytes_max = 4U << 20;
constexpr std::int64_t get_messages_max = 10'000;
// An answer is built in memory, as JSON of keys, headers and bodies; who wants more asks again.
constexpr std::size_t get_bytes_max = 8U << 20;

json::string_view view(std::string_view text) {
  return {text.data(), text.size()};
}

/// The same message in the words of a batch.
Result<json::object> in_own_words(const json::object& body) {
  if (auto ok = has_members(body, {"routing_key", "payload"}); !ok) return ok.error();
  Members members(body);
  const std::string key = members.text("routing_key", "");
  std::string payload = members.text("payload", "");
  const std::string encoding = members.text("payload_encoding", "string");
  const json::object* given = members.object("properties");
  if (auto ok = members.finish(); !ok) return ok.error();
  if (encoding == "base64") {
    auto bytes = from_base64(payload);
    if (!bytes) return Error(Errc::invalid_argument, "'payload' does not hold base64");
    payload = std::move(*bytes);
  } else if (encoding != "string") {
    return Error(Errc::invalid_argument, "'payload_encoding' has to be string or base64");
  }
  json::object properties = given ? *given : json::object();
  json::object out;
  const json::value* headers = properties.if_contains("headers");
  const bool is_empty_list = headers && headers->is_array() && headers->get_array().empty();
  if (headers && !is_empty_list) out["headers"] = *headers;
  properties.erase("headers");
  out["properties"] = std::move(properties);
  out["routing_key"] = view(key);
  out["body"] = view(payload);
  return out;
}

Result<NewMessage> sent_message(const Call& call) {
  const auto body = tool_body(
      call, {{"vhost", call.vhost()}, {"exchange", call.name(0)}, {"name", call.name(0)}});
  if (!body) return body.error();
  const auto object = in_own_words(*body);
  if (!object) return object.error();
  return new_message(*object, SentTo::exchange, call.user());
}

/// Answered when the message is durable. That nobody took it is told, and is no refusal.
void publish_message(const CallRef& call) {
  const auto message = sent_message(*call);
  if (!message) return call->refuse(message.error());
  const auto identity = identity_of_batch(call->request());
  if (!identity) return call->refuse(identity.error());
  const auto send = [call, message = *message, identity = *identity](const ExchangeInfo& exchange) {
    PublishMessages what;
    what.exchange = exchange.name;
    what.identity = identity;
    what.messages.push_back(message);
    call->ask_either(std::move(what), [call](const Result<PublishMessages::Answer>& done) {
      if (!done && done.error().code != Errc::not_found) return call->refuse(done.error());
      json::object told;
      told["routed"] = done.has_value();
      call->answer(json_response(200, told));
    });
  };
  call->ask(DescribeExchange{exchange_name(call->name(0))}, send);
}

/// What a request for messages asks.
struct GetWanted {
  std::size_t count = 0;
  Settlement how = Settlement::requeue;  ///< what is done with them
  bool always_base64 = false;
  std::size_t shown_bytes_max = 0;  ///< of a payload
};

Result<Settlement> settlement_named(const std::string& mode) {
  if (mode == "ack_requeue_true") return Settlement::requeue;
  if (mode == "ack_requeue_false") return Settlement::ack;
  if (mode == "reject_requeue_true") return Settlement::failed;
  if (mode == "reject_requeue_false") return Settlement::reject;
  return Error(Errc::invalid_argument,
               "'ackmode' has to be ack_requeue_true, ack_requeue_false, reject_requeue_true or "
               "reject_requeue_false");
}

Result<GetWanted> get_wanted(const Call& call) {
  auto body =
      tool_body(call, {{"vhost", call.vhost()}, {"queue", call.name(0)}, {"name", call.name(0)}},
                {{}, {"count", "truncate"}});
  if (!body) return body.error();
  body->erase("payload_file");  // where rabbitmqadmin writes the payload, on its side
  if (auto ok = has_members(*body, {"count", "ackmode", "encoding"}); !ok) return ok.error();
  constexpr std::int64_t all_bytes = std::numeric_limits<std::int64_t>::max();
  Members members(*body);
  GetWanted out;
  out.count = static_cast<std::size_t>(members.integer("count", 1, 0, get_messages_max));
  out.shown_bytes_max =
      static_cast<std::size_t>(members.integer("truncate", all_bytes, 0, all_bytes));
  const std::string mode = members.text("ackmode", "");
  const std::string encoding = members.text("encoding", "");
  if (encoding != "auto" && encoding != "base64") members.wrong("encoding", "auto or base64");
  if (auto ok = members.finish(); !ok) return ok.error();
  const auto how = settlement_named(mode);
  if (!how) return how.error();
  out.how = *how;
  out.always_base64 = encoding == "base64";
  return out;
}

/// Without any it is an empty list, as Erlang writes it.
json::value properties_of(json::object& message, const Delivery& delivery) {
  json::object out;
  if (auto* given = message.if_contains("properties")) out = std::move(given->get_object());
  json::object headers = std::move(message["headers"].as_object());
  if (delivery.shows_count) {
    headers.erase("x-delivery-count");
    if (delivery.delivery_count != 0) headers["x-delivery-count"] = delivery.delivery_count;
  }
  if (!headers.empty()) out["headers"] = std::move(headers);
  if (out.empty()) return json::array();
  return out;
}

json::object shown_message(const std::string& queue, const GetWanted& wanted,
                           const Delivery& delivery, const RecordView& record) {
  const std::string_view log = delivery.log ? *delivery.log : queue;
  json::object message =
      message_json(log, delivery.index, record, delivery.record.amqp_written, Shown::without_body);
  const std::string_view whole = record.value ? *record.value : std::string_view();
  const std::string_view payload = whole.substr(0, wanted.shown_bytes_max);
  const bool as_text = !wanted.always_base64 && is_text(payload);
  const auto* exchange = message.if_contains("exchange");
  const auto* key = message.if_contains("routing_key");
  json::object out;
  out["exchange"] = exchange ? *exchange : json::value("");
  out["routing_key"] = key ? *key : json::value(json_text(queue));
  out["redelivered"] = delivery.redelivered;
  out["payload_bytes"] = whole.size();
  out["payload"] = as_text ? json::string(view(payload)) : json::string(base64(payload));
  out["payload_encoding"] = as_text ? "string" : "base64";
  out["properties"] = properties_of(message, delivery);
  for (const char* raw : {"headers_base64", "properties_base64"}) {
    if (const auto* bytes = message.if_contains(raw)) out[raw] = *bytes;
  }
  return out;
}

std::size_t bytes_of(const RecordView& record) {
  std::size_t bytes =
      (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
  for_each_header(record, [&](const HeaderView& h) {
    bytes += h.key.size() + (h.value ? h.value->size() : 0);
    return true;
  });
  return bytes;
}

/// Takes one message after the other, then settles all of them at once: what goes back is not
/// handed out twice in one answer, and what goes away is gone for good when that is told.
class Get : public std::enable_shared_from_this<Get> {
 public:
  Get(CallRef call, const GetWanted& wanted) : call_(std::move(call)), wanted_(wanted) {}

  void next() {
    if (list_.size() == wanted_.count || bytes_ > get_bytes_max) return settle();
    call_->ask_either(GetMessage{call_->name(0), false},
                      [self = shared_from_this()](const Result<GetMessage::Answer>& got) {
                        if (!got) return self->give_up(got.error());
                        self->take(*got);
                      });
  }

 private:
  void take(const GetMessage::Answer& got) {
    if (!got.delivery) return settle();
    const Delivery& delivery = *got.delivery;
    const auto record = view_of(delivery.record);
    if (!record) {
      const Offset offset = delivery.record.offset;
      runs_.push_back({delivery.queue, delivery.partition, offset, offset, Settlement::requeue});
      return give_up(record.error());
    }
    json::object message = shown_message(call_->name(0), wanted_, delivery, *record);
    message["message_count"] = got.remaining;
    bytes_ += bytes_of(*record);
    list_.push_back(std::move(message));
    runs_.push_back(
        {delivery.queue, delivery.partition, record->offset, record->offset, wanted_.how});
    next();
  }

  void settle() {
    // Formed before anything is gone for good.
    const auto response = std::make_shared<Response>(json_response(200, list_));
    list_.clear();
    if (runs_.empty()) return call_->answer(std::move(*response));
    CommitTransaction what;
    what.settlements = std::move(runs_);
    call_->ask(std::move(what), [call = call_, response](const CommitTransaction::Answer&) {
      call->answer(std::move(*response));
    });
  }

  /// What was taken goes back.
  void give_up(const Error& error) {
    if (runs_.empty()) return call_->refuse(error);
    for (SettleRun& run : runs_)
      run.how = Settlement::requeue;
    CommitTransaction what;
    what.settlements = std::move(runs_);
    call_->ask_either(std::move(what), [call = call_, error](const auto&) { call->refuse(error); });
  }

  CallRef call_;
  GetWanted wanted_;
  json::array list_;
  std::vector<SettleRun> runs_;
  std::size_t bytes_ = 0;
};

void get_messages(const CallRef& call) {
  const auto wanted = get_wanted(*call);
  if (!wanted) return call->refuse(wanted.error());
  call->ask(DescribeQueue{call->name(0)}, [call, wanted = *wanted](const QueueInfo&) {
    std::make_shared<Get>(call, wanted)->next();
  });
}

}  // namespace

void add_messages(RouteList& routes) {
  Route& publish = add(routes,
                       {Method::post, "/api/exchanges/{vhost}/{exchange}/publish", publish_message,
                        Needs::room, publish_bytes_max},
                       "Publishes a message and tells whether a queue took it", {200, 404, 429});
  publish.headers = {idempotency_key_header};
  add(routes,
      {Method::post, "/api/queues/{vhost}/{queue}/get", get_messages, Needs::broker,
       json_bytes_max},
      "Hands out messages, which come back or go away", {200, 404, 423});
}

}  // namespace rialto::http::management
