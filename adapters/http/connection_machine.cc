#include "adapters/http/connection_machine.h"

#include "adapters/http/access.h"
#include "adapters/http/media_types.h"
#include "adapters/http/problem.h"
#include "adapters/http/routes.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace rialto::http {

namespace {

Response not_found(const Found& found, const Request& request, Dialect words) {
  if (found.allow.empty()) {
    return problem(Refused{404, "not found",
                           "nothing is at this path; GET / shows where to begin, names in a path "
                           "are percent-encoded"},
                   words);
  }
  Response response =
      problem(Refused{405, "method not allowed",
                      request.method_text + " is not for this path; use " + found.allow},
              words);
  response.headers.emplace_back("Allow", found.allow);
  return response;
}

Response unauthorized(Dialect words) {
  Response response =
      problem(Refused{401, "unauthorized",
                      "these are not the credentials of guest, the one user there is; a request "
                      "without any is guest's too"},
              words);
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"Rialto\"");
  return response;
}

}  // namespace

ConnectionMachine::ConnectionMachine(BrokerPort& broker, OutQueue& out, const PeerInfo& peer,
                                     const HttpSettings& settings, Instant now)
    : connected_{broker, *this, out, settings, peer}, since_(now) {
  out.touch();  // so that the first deadline is known
}

ConnectionMachine::~ConnectionMachine() {
  on_closed();
}

void ConnectionMachine::on_closed() {
  if (std::exchange(closed_, true)) return;
  drop_slots();
  if (connected_.session != SessionId(0)) connected_.broker.close(connected_.session);
}

void ConnectionMachine::leave(const Slot& slot) {
  const SessionId session = slot.call->session();
  const bool own = session != SessionId(0) && session != connected_.session;
  if (own) connected_.broker.close(session);
}

void ConnectionMachine::drop_slots() {
  for (const Slot& slot : slots_)
    leave(slot);
  slots_.clear();
}

bool ConnectionMachine::has_room() const {
  return !reading_ended_ && slots_.size() < pipeline_max && !connected_.out.full();
}

bool ConnectionMachine::wants_bytes() const {
  // Behind a stream nothing is answered; reading goes on to notice when the peer leaves.
  if (streaming_) return true;
  return has_room() && (!publishes_ || connected_.broker.admits_publish());
}

std::size_t ConnectionMachine::on_bytes(Bytes in) {
  heard_ = true;
  std::size_t used = 0;
  bool more = false;
  while (!more && has_room()) {
    const RequestParser::Fed fed = parser_.feed(in.substr(used));
    used += fed.used;
    switch (fed.step) {
      case RequestParser::Step::more: more = true; break;
      case RequestParser::Step::head: on_head(); break;
      case RequestParser::Step::done: on_request(); break;
      case RequestParser::Step::failed:
        end_with(problem(
            Refused{parser_.refusal().status, "malformed request", parser_.refusal().detail}));
        break;
    }
  }
  if (reading_ended_) return in.size();
  partial_head_ = more && !parser_.in_body() && used < in.size();
  if (more && parser_.in_body() && parser_.request().body.empty()) continue_body();
  return used;
}

std::optional<Response> ConnectionMachine::refusal_of_head(const Target& target) {
  const Request& request = parser_.request();
  const Dialect words = dialect_of(target);
  if (const auto refused = refused_access(connected_.peer, request)) {
    reading_ended_ = true;
    return problem(*refused, words);
  }
  if (!found_.route) return not_found(found_, request, words);
  const Route& route = *found_.route;
  if (route.needs != Needs::nothing && has_wrong_credentials(request)) return unauthorized(words);
  if (route.body_bytes_max > 0 && is_encoded(request)) {
    return problem(Refused{415, "unsupported media type",
                           "a body is taken as it is; send it without a Content-Encoding"},
                   words);
  }
  if (const auto known = check_query(route, target); !known) return problem(known.error(), words);
  return std::nullopt;
}

void ConnectionMachine::on_head() {
  const Request& request = parser_.request();
  auto target = parse_target(request.target);
  if (!target) return end_with(problem(target.error()));
  found_ = find_route(routes_of(connected_.settings), request.method, *target);
  refusal_ = refusal_of_head(*target);
  const Dialect words = dialect_of(*target);
  target_ = std::move(*target);
  continue_due_ = request.expects_continue;

  const std::size_t body_max = std::max(
      ignored_body_bytes_max, refusal_ || !found_.route ? 0 : found_.route->body_bytes_max);
  const bool fits = parser_.limit_body(body_max);
  // A client that asks before it sends hears the refusal instead of a go-ahead.
  if (refusal_ && (reading_ended_ || continue_due_ || !fits)) return end_with(*refusal_);
  if (!fits) {
    end_with(
        problem(Refused{413, "too large",
                        "this path takes bodies of at most " + std::to_string(body_max) + " bytes"},
                words));
  }
}

void ConnectionMachine::continue_body() {
  if (!continue_due_ || !slots_.empty()) return;
  continue_due_ = false;
  connected_.out.append("HTTP/1.1 100 Continue\r\n\r\n");
}

void ConnectionMachine::on_request() {
  begun_ = true;
  greeted_ = true;
  continue_due_ = false;
  Request request = parser_.take();
  Framing framing;
  framing.keep_alive = request.keep_alive;
  framing.http_1_1 = request.http_1_1;
  framing.without_body = request.method == Method::head;
  reading_ended_ = !request.keep_alive;
  const auto call = std::make_shared<Call>(connected_, std::move(request), std::move(*target_),
                                           std::move(found_.names));
  slots_.push_back({call, framing});
  run(call);
}

void ConnectionMachine::run(const CallRef& call) {
  if (refusal_) return call->answer(std::move(*refusal_));
  const Route& route = *found_.route;
  if (auto refused = refusal_of_state(route)) return call->refuse(*refused);
  publishes_ = publishes_ || route.needs == Needs::room;
  if (route.needs != Needs::nothing && connected_.session == SessionId(0)) {
    connected_.session =
        connected_.broker.open(*this, Principal{connected_.user, "/"}, Protocol::http);
  }
  if (route.needs == Needs::nothing) return route.handler(call);
  call->enter(connected_.session, "/");
  const std::string* asked = call->query("vhost");
  const std::string vhost = asked ? *asked : found_.vhost;
  if (vhost.empty() || vhost == "/") return route.handler(call);
  call->go_to(vhost, [call, handler = route.handler] { handler(call); });
}

std::optional<Refused> ConnectionMachine::refusal_of_state(const Route& route) const {
  if (route.needs == Needs::nothing) return std::nullopt;
  const auto& why_not_ready = connected_.settings.why_not_ready;
  if (const std::string reason = why_not_ready ? why_not_ready() : std::string(); !reason.empty()) {
    return Refused{503, "not ready", reason + "; GET /readyz tells when it is over"};
  }
  if (route.needs == Needs::room && !blocked_.empty()) {
    return refused(Error(Errc::no_space, "publishing is blocked: " + blocked_));
  }
  return std::nullopt;
}

void ConnectionMachine::end_with(Response response) {
  reading_ended_ = true;
  const auto call =
      std::make_shared<Call>(connected_, Request(), Target(), std::vector<std::string>());
  Framing framing;
  framing.keep_alive = false;
  framing.without_body = parser_.in_body() && parser_.request().method == Method::head;
  slots_.push_back({call, framing});
  call->answer(std::move(response));
}

void ConnectionMachine::flush() {
  OutQueue& out = connected_.out;
  while (!slots_.empty() && slots_.front().call->answered() && !out.full()) {
    if (slots_.front().call->streams()) return feed_stream(slots_.front());
    const Slot slot = std::move(slots_.front());
    slots_.pop_front();
    Framing framing = slot.framing;
    if (draining_ && slots_.empty() && !parser_.in_body()) framing.keep_alive = false;
    append_response(out.tail(), slot.call->response(), framing);
    for (std::uint64_t owed = slot.call->owed_bytes(); owed > 0;) {
      const auto part = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(owed, std::numeric_limits<std::uint32_t>::max()));
      connected_.broker.drained(slot.call->session(), part);
      owed -= part;
    }
    leave(slot);
    if (!framing.keep_alive) {
      reading_ended_ = true;
      drop_slots();
      return out.close_after_flush();
    }
  }
  if (parser_.in_body() && parser_.request().body.empty()) continue_body();
}

void ConnectionMachine::feed_stream(const Slot& slot) {
  OutQueue& out = connected_.out;
  if (!std::exchange(streaming_, true)) {
    reading_ended_ = true;
    Framing framing = slot.framing;
    framing.keep_alive = false;
    framing.open_ended = true;
    append_response(out.tail(), slot.call->response(), framing);
  }
  if (const std::string piece = slot.call->take_piece(); !piece.empty()) out.append(piece);
  if (slot.call->stream_over() || draining_) {
    streaming_ = false;
    drop_slots();
    return out.close_after_flush();
  }
  if (out.empty()) slot.call->pull();
}

ConnectionMachine::Phase ConnectionMachine::phase() const {
  if (!slots_.empty() || !connected_.out.empty() || reading_ended_) return Phase::answers;
  if (parser_.in_body()) return Phase::body;
  return partial_head_ || !greeted_ ? Phase::head : Phase::idle;
}

void ConnectionMachine::end_of_tick(Instant now) {
  flush();
  const Phase current = phase();
  if (current != phase_ || begun_ || (current == Phase::body && heard_)) since_ = now;
  phase_ = current;
  begun_ = false;
  heard_ = false;
}

Instant ConnectionMachine::next_deadline() const {
  const HttpSettings& settings = connected_.settings;
  switch (phase_) {
    case Phase::head: return after_ms(since_, settings.head_timeout_ms);
    case Phase::body: return after_ms(since_, settings.body_timeout_ms);
    case Phase::idle: return after_ms(since_, settings.idle_timeout_ms);
    case Phase::answers: break;
  }
  return no_deadline;
}

void ConnectionMachine::on_time(Instant now) {
  if (now < next_deadline()) return;
  if (phase_ == Phase::body || partial_head_) {
    end_with(
        problem(Refused{408, "timed out", "the request took too long to arrive; send it again"}));
  } else {
    reading_ended_ = true;
    connected_.out.close_after_flush();
  }
}

void ConnectionMachine::begin_drain() {
  draining_ = true;
  if (streaming_) return connected_.out.touch();
  if (!slots_.empty() || parser_.in_body()) return;
  reading_ended_ = true;
  connected_.out.close_after_flush();
}

void ConnectionMachine::on_published(const PublishOutcome& outcome) {
  connected_.lanes.on_published(outcome);
}

void ConnectionMachine::on_returned(const ReturnedMessage& message) {
  connected_.lanes.on_returned(message);
}

void ConnectionMachine::on_delivery(ConsumerId, const Delivery& delivery) {
  // This door starts no consumers; what comes anyway must not hold its bytes.
  connected_.broker.drained(connected_.session, delivery.cost_bytes);
}

void ConnectionMachine::on_consumer_cancelled(ConsumerId) {}

void ConnectionMachine::on_blocked(const std::string& reason) {
  blocked_ = reason;
}

}  // namespace rialto::http

namespace rialto {

std::unique_ptr<Door> make_http_door(BrokerPort& broker, OutQueue& out, const PeerInfo& peer,
                                     const HttpSettings& settings, Instant now) {
  return std::make_unique<http::ConnectionMachine>(broker, out, peer, settings, now);
}

}  // namespace rialto
