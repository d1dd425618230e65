#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/v1/routes.h"
#include "adapters/http/v1/shapes.h"
#include "core/base/rfc3339.h"

#include <fmt/format.h>

#include <limits>
#include <string>
#include <utility>

/// Bringing back what has left a queue.
namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

constexpr std::size_t states_max = 8;

Result<std::vector<SettleReason>> reasons_of(const std::vector<std::string>& states) {
  std::vector<SettleReason> out;
  for (const std::string& state : states) {
    if (state == "acked") {
      out.push_back(SettleReason::acked);
    } else if (state == "expired") {
      out.push_back(SettleReason::expired);
    } else if (state == "rejected") {
      out.insert(out.end(), {SettleReason::rejected, SettleReason::delivery_limit});
    } else if (state == "maxlen") {
      out.push_back(SettleReason::maxlen);
    } else if (state == "purged") {
      out.push_back(SettleReason::purged);
    } else {
      return Error(
          Errc::invalid_argument,
          fmt::format("'{}' is no state; use acked, expired, rejected, maxlen or purged", state));
    }
  }
  if (!out.empty()) return out;
  return Error(Errc::invalid_argument,
               "'states' is missing: some of acked, expired, rejected, maxlen, purged");
}

/// An RFC 3339 time under `name`; `otherwise` without one.
Result<std::int64_t> time_of(Members& members, const char* name, std::int64_t otherwise) {
  const std::string text = members.text(name, "");
  if (text.empty()) return otherwise;
  if (const auto at = from_rfc3339(text)) return *at;
  return Error(Errc::invalid_argument,
               fmt::format("'{}' is no RFC 3339 time such as 2026-01-31T12:00:00Z", name));
}

Result<ReplayMessages> replay_of(const Call& call) {
  const auto body = read_object(call.request());
  if (!body) return body.error();
  Members members(*body);
  ReplayMessages out;
  constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();
  out.queue = call.name(0);
  out.dry_run = members.truth("dry_run", false);
  out.max = static_cast<std::uint64_t>(members.integer("max", any, 1, any));
  const std::vector<std::string> states = members.texts("states", states_max);
  const json::object* where = members.object("where");
  const auto since = time_of(members, "since", 0);
  const auto until = time_of(members, "until", any);
  if (auto ok = members.finish(); !ok) return ok.error();
  if (!since) return since.error();
  if (!until) return until.error();
  out.since_wall_ms = *since;
  out.until_wall_ms = *until;
  auto reasons = reasons_of(states);
  if (!reasons) return reasons.error();
  out.reasons = std::move(*reasons);
  auto wanted = headers_wanted(where);
  if (!wanted) return wanted.error();
  out.where = std::move(*wanted);
  return out;
}

void replay(const CallRef& call) {
  auto what = replay_of(*call);
  if (!what) return call->refuse(what.error());
  const bool dry_run = what->dry_run;
  call->ask(std::move(*what), [call, dry_run](const ReplayMessages::Answer& answer) {
    json::object body;
    body[dry_run ? "would_be_back" : "back"] = answer.back;
    call->answer(json_response(200, body));
  });
}

}  // namespace

void add_replay(RouteList& routes) {
  add(routes, {Method::post, "/v1/queues/{queue}/replay", replay, Needs::room, json_bytes_max},
      "Puts messages that have left a queue back at their places", {200, 404, 409, 423, 429});
}

}  // namespace rialto::http::v1
