#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/message_json.h"
#include "adapters/http/v1/routes.h"
#include "core/model/message_id.h"
#include "core/model/record_batch.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

constexpr std::int64_t pull_max = 1000;
constexpr std::int64_t lease_ms_max = 12LL * 3'600'000;
constexpr std::int64_t lease_ms_default = 30'000;
constexpr std::int64_t pull_wait_ms_max = 60'000;
constexpr std::size_t leases_max = 10'000;

Result<PullMessages> pull_of(const Call& call) {
  const auto body = read_object(call.request());
  if (!body) return body.error();
  Members members(*body);
  PullMessages what;
  what.queue = call.name(0);
  what.max = static_cast<std::uint32_t>(members.integer("max", 1, 1, pull_max));
  what.lease_ms = members.integer("lease_ms", lease_ms_default, 1, lease_ms_max);
  what.wait_ms = members.integer("wait_ms", 0, 0, pull_wait_ms_max);
  if (auto ok = members.finish(); !ok) return ok.error();
  return what;
}

void pull(const CallRef& call) {
  auto what = pull_of(*call);
  if (!what) return call->refuse(what.error());
  call->ask(std::move(*what), [call](const std::vector<LeasedMessage>& leased) {
    json::array messages;
    std::string only_id;
    for (const LeasedMessage& one : leased) {
      const Delivery& delivery = one.delivery;
      call->owe(delivery.cost_bytes);
      const auto record = view_of(delivery.record);
      if (!record) return call->refuse(record.error());
      const std::string_view log = delivery.log ? *delivery.log : call->name(0);
      json::object message =
          message_json(log, delivery.index, *record, delivery.record.amqp_written);
      message["lease"] = one.lease;
      message["attempt"] = one.attempt;
      message["redelivered"] = delivery.redelivered;
      only_id = message_id(log, delivery.index, record->offset);
      messages.push_back(std::move(message));
    }
    json::object body;
    body["messages"] = std::move(messages);
    Response response = json_response(200, body);
    if (leased.size() == 1 && fits_header(only_id)) {
      response.headers.emplace_back("X-Rialto-Id", only_id);
    }
    call->answer(std::move(response));
  });
}

void add_results(json::array& out, std::string_view action, const std::vector<std::string>& leases,
                 const Errc* results) {
  for (std::size_t i = 0; i < leases.size(); ++i) {
    const Meaning meaning = meaning_of(results[i]);
    json::object one;
    one["lease"] = json_text(leases[i]);
    one["action"] = json::string_view(action.data(), action.size());
    one["status"] = meaning.status;
    if (results[i] != Errc::ok) {
      one["detail"] = fmt::format("{}; {}", to_string(results[i]), meaning.advice);
    }
    out.push_back(std::move(one));
  }
}

/// One result a lease. When none could be settled the request as a whole is 410, so that a
/// client with one lease needs to look at the status only.
void answer_leases(const CallRef& call, const SettleLeases& what,
                   const std::vector<Errc>& results) {
  if (results.size() != what.ack.size() + what.nack.size() + what.extend.size()) {
    return call->refuse(Error(Errc::uncertain, "the broker answered for other leases"));
  }
  json::array list;
  add_results(list, "ack", what.ack, results.data());
  add_results(list, "nack", what.nack, results.data() + what.ack.size());
  add_results(list, "extend", what.extend, results.data() + what.ack.size() + what.nack.size());
  const bool some =
      results.empty() || std::find(results.begin(), results.end(), Errc::ok) != results.end();
  json::object body;
  if (!some) {
    body["type"] = "urn:rialto:problem:lease-expired";
    body["title"] = "lease expired";
    body["status"] = 410;
    body["detail"] = "no lease of the request is current; pull again";
  }
  body["results"] = std::move(list);
  Response response = json_response(some ? 200 : 410, body);
  if (!some) response.content_type = "application/problem+json";
  call->answer(std::move(response));
}

void settle(const CallRef& call) {
  const auto body = read_object(call->request());
  if (!body) return call->refuse(body.error());
  Members members(*body);
  SettleLeases what;
  what.ack = members.texts("ack", leases_max);
  what.nack = members.texts("nack", leases_max);
  what.extend = members.texts("extend", leases_max);
  what.extend_ms = members.integer("extend_ms", lease_ms_default, 1, lease_ms_max);
  if (auto ok = members.finish(); !ok) return call->refuse(ok.error());
  call->ask(what,
            [call, what](const std::vector<Errc>& results) { answer_leases(call, what, results); });
}

}  // namespace

void add_pull(RouteList& routes) {
  add(routes, {Method::post, "/v1/queues/{queue}/pull", pull, Needs::broker, json_bytes_max},
      "Hands out messages with a lease", {200, 404, 423});
  add(routes, {Method::post, "/v1/leases", settle, Needs::broker, json_bytes_max},
      "Acks, gives back or extends leases", {200, 410});
}

}  // namespace rialto::http::v1
