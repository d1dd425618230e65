#include "gateway/cli/demo_http.h"

#include <fmt/format.h>

namespace rialto {

namespace {

Error refused(const HttpAnswer& answer) {
  return Error(Errc::policy_violation, fmt::format("HTTP {}: {}", answer.status, answer.body));
}

}  // namespace

Result<HttpAnswer> DemoHttp::ask(std::string_view method, const std::string& target,
                                 Bytes body) const {
  return ask_http(to_, deadline_,
                  {method, target, {{"Accept", "application/octet-stream"}}, std::string(body)});
}

Result<void> DemoHttp::publish(const std::string& queue, Bytes body) const {
  const auto answer = ask("POST", fmt::format("/v1/queues/{}/messages", queue), body);
  if (!answer) return answer.error();
  if (answer->status != 201) return refused(*answer);
  return {};
}

Result<std::string> DemoHttp::first_value(const std::string& topic) const {
  const auto answer =
      ask("GET", fmt::format("/v1/topics/{}/messages?from=earliest&wait_ms=1000", topic), "");
  if (!answer) return answer.error();
  if (answer->status != 200) return refused(*answer);
  return answer->body;
}

}  // namespace rialto
