#include "adapters/http/call.h"

#include "core/base/check.h"
#include "core/base/number.h"

#include <fmt/format.h>

namespace rialto::http {

Result<std::int64_t> Call::query_number(std::string_view key, std::int64_t otherwise,
                                        std::int64_t min, std::int64_t max) const {
  const std::string* text = query(key);
  if (!text) return otherwise;
  const auto number = number_in(*text);
  if (!number || *number < min || *number > max) {
    return Error(
        Errc::invalid_argument,
        fmt::format("the query parameter '{}' has to be a number from {} to {}", key, min, max));
  }
  return *number;
}

void Call::enter(SessionId session, std::string vhost) {
  session_ = session;
  vhost_ = std::move(vhost);
}

void Call::go_to(const std::string& vhost, std::function<void()> then) {
  ask(FindVhost{vhost}, [self = shared_from_this(), then](const VhostInfo& found) {
    Connected& all = self->connected_;
    if (self->session_ != all.session) all.broker.close(self->session_);
    const Principal who{all.user, found.name};
    const bool own = found.name != "/";
    self->enter(own ? all.broker.open(all.events, who, Protocol::http) : all.session, found.name);
    then();
  });
}

void Call::answer(Response response) {
  RIALTO_CHECK(!response_, "a request is answered once");
  response_ = std::move(response);
  connected_.out.touch();
}

void Call::refuse(const Error& error) {
  answer(problem(error, dialect_of(target_)));
}

void Call::refuse(const Refused& refused) {
  answer(problem(refused, dialect_of(target_)));
}

void Call::answer_done() {
  Response response;
  response.status = 204;
  answer(std::move(response));
}

void Call::answer_made(bool is_new) {
  constexpr unsigned made = 201;
  Response response;
  response.status = made;
  return is_new ? answer(std::move(response)) : answer_done();
}

void Call::stream(Response head, std::function<void(const std::shared_ptr<Call>&)> pull) {
  pull_ = std::move(pull);
  answer(std::move(head));
}

void Call::piece(std::string bytes) {
  piece_ += bytes;
  pulling_ = false;
  connected_.out.touch();
}

void Call::end_stream(std::string last) {
  stream_over_ = true;
  piece(std::move(last));
}

void Call::pull() {
  if (std::exchange(pulling_, true)) return;
  pull_(shared_from_this());
}

}  // namespace rialto::http
