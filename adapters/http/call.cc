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

void Call::answer(Response response) {
  RIALTO_CHECK(!response_, "a request is answered once");
  response_ = std::move(response);
  connected_.out.touch();
}

void Call::refuse(const Error& error) {
  const bool managed = !target_.segments.empty() && target_.segments[0] == "api";
  answer(managed ? management_problem(error) : problem(error));
}

void Call::answer_done() {
  Response response;
  response.status = 204;
  answer(std::move(response));
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
