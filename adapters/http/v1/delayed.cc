#include "adapters/http/v1/delayed.h"

#include "adapters/http/asked_delay.h"
#include "adapters/http/json.h"
#include "adapters/http/message_headers.h"
#include "adapters/http/message_json.h"
#include "adapters/http/v1/routes.h"
#include "core/base/number.h"
#include "core/base/rfc3339.h"
#include "core/model/record_batch.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Messages that enter their queues later: publish, list, look at, cancel.
namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

constexpr const char* delay_query = "delay";
constexpr const char* deliver_at_query = "deliverAt";
constexpr const char* cancel_key_query = "cancelKey";
constexpr std::int64_t listed_default = 100;
constexpr std::int64_t listed_max = 1000;

std::optional<Offset> id_of(std::string_view text) {
  const auto id = number_in(text);
  return id && *id >= 0 ? std::optional(Offset(*id)) : std::nullopt;
}

std::string id_text(Offset id) {
  return std::to_string(id.get());
}

Error no_id(const std::string& text) {
  return {Errc::not_found, fmt::format("'{}' is no id of a delayed message", text)};
}

json::object delayed_json(const DelayedInfo& info) {
  json::object out;
  out["id"] = id_text(info.id);
  out["deliver_at"] = rfc3339(info.due_wall_ms);
  out["exchange"] = json_text(info.exchange);
  out["routing_key"] = json_bytes(info.routing_keys.front());
  if (info.routing_keys.size() > 1) {
    json::array more;
    for (std::size_t i = 1; i < info.routing_keys.size(); ++i)
      more.push_back(json_bytes(info.routing_keys[i]));
    out["more_routing_keys"] = std::move(more);
  }
  if (!info.cancel_key.empty()) out["cancel_key"] = json_text(info.cancel_key);
  return out;
}

void list_delayed(const CallRef& call) {
  const auto max = call->query_number("max", listed_default, 1, listed_max);
  if (!max) return call->refuse(max.error());
  ListDelayed what;
  what.max = static_cast<std::uint32_t>(*max);
  if (const std::string* after = call->query("after")) {
    // "next" of the page before: time and id of its last message.
    const std::size_t dot = after->find('.');
    const auto at = id_of(std::string_view(*after).substr(0, dot));
    const auto id = dot == std::string::npos ? at : id_of(std::string_view(*after).substr(dot + 1));
    if (!at || !id) {
      return call->refuse(
          Error(Errc::invalid_argument, "'after' has to be the 'next' of another answer"));
    }
    what.after_due_wall_ms = at->get();
    what.after_id = *id;
  }
  call->ask(what, [call, max = what.max](const ListDelayed::Answer& answer) {
    json::array list;
    for (const DelayedInfo& info : answer.messages)
      list.push_back(delayed_json(info));
    json::object body;
    body["pending"] = answer.pending;
    body["messages"] = std::move(list);
    if (answer.messages.size() == max) {
      const DelayedInfo& last = answer.messages.back();
      body["next"] = fmt::format("{}.{}", last.due_wall_ms, last.id.get());
    }
    call->answer(json_response(200, body));
  });
}

void get_delayed(const CallRef& call) {
  const auto id = id_of(call->name(0));
  if (!id) return call->refuse(no_id(call->name(0)));
  call->ask(DescribeDelayed{*id}, [call](const DelayedInfo& info) {
    json::object body = delayed_json(info);
    if (const auto record = view_of(info.record)) {
      body["message"] = message_json("", PartitionIndex(0), *record, info.record.amqp_written);
    }
    call->answer(json_response(200, body));
  });
}

void answer_cancelled(const CallRef& call, const CancelDelayed& what) {
  call->ask(what, [call](const CancelDelayed::Answer& answer) {
    json::object body;
    body["cancelled"] = answer.cancelled;
    call->answer(json_response(200, body));
  });
}

void cancel_one(const CallRef& call) {
  const auto id = id_of(call->name(0));
  if (!id) return call->refuse(no_id(call->name(0)));
  answer_cancelled(call, CancelDelayed{*id, {}});
}

void cancel_by_key(const CallRef& call) {
  const std::string* key = call->query(cancel_key_query);
  if (!key || key->empty()) {
    return call->refuse(
        Error(Errc::invalid_argument, "say which: ?cancelKey=, or DELETE /v1/delayed/<id>"));
  }
  answer_cancelled(call, CancelDelayed{std::nullopt, *key});
}

}  // namespace

const std::vector<std::string_view>& delay_queries() {
  static const std::vector<std::string_view> names{delay_query, deliver_at_query, cancel_key_query};
  return names;
}

Result<std::optional<OwnedDelay>> delay_of(const Call& call) {
  AskedDelay asked;
  if (call.query(delay_query)) {
    const auto ms = call.query_number(delay_query, 0, 0, delay_ms_max);
    if (!ms) return ms.error();
    asked.ms = *ms;
  }
  if (const std::string* at = call.query(deliver_at_query)) asked.at = *at;
  if (const std::string* key = call.query(cancel_key_query)) asked.cancel_key = *key;
  return delay_of(std::move(asked), {delay_query, deliver_at_query, cancel_key_query});
}

void publish_delayed(const CallRef& call, const std::string& exchange, const std::string& key,
                     MessageHeaders extra, OwnedDelay delay) {
  PublishDelayed what;
  what.exchange = exchange;
  what.routing_key = key;
  what.key = std::move(extra.key);
  what.headers = std::move(extra.headers);
  what.body = std::move(call->request().body);
  what.delay = std::move(delay);
  what.identity = extra.identity;
  call->ask(std::move(what), [call](const PublishDelayed::Answer& answer) {
    json::object told;
    told["id"] = id_text(answer.id);
    if (answer.repeated) {
      told["duplicate"] = true;
    } else {
      told["deliver_at"] = rfc3339(answer.due_wall_ms);
    }
    Response response = json_response(201, told);
    response.headers.emplace_back("Location", "/v1/delayed/" + id_text(answer.id));
    call->answer(std::move(response));
  });
}

void add_delayed(RouteList& routes) {
  constexpr auto one = "/v1/delayed/{id}";
  add(routes, {Method::get, "/v1/delayed", list_delayed, Needs::broker, 0, {"max", "after"}},
      "Lists messages that enter their queues later, soonest first");
  add(routes, {Method::remove, "/v1/delayed", cancel_by_key, Needs::broker, 0, {cancel_key_query}},
      "Cancels the delayed messages of a key");
  add(routes, {Method::get, one, get_delayed}, "Shows a delayed message", {200, 404});
  add(routes, {Method::remove, one, cancel_one}, "Cancels a delayed message", {200, 404});
}

}  // namespace rialto::http::v1
