#include "gateway/cli/demo_http.h"

#include <fmt/format.h>

#include <charconv>

namespace rialto {

namespace {

Error refused(const DemoHttp::Answer& answer) {
  return Error(Errc::policy_violation, fmt::format("HTTP {}: {}", answer.status, answer.body));
}

}  // namespace

Result<DemoHttp::Answer> DemoHttp::ask(std::string_view method, const std::string& target,
                                       Bytes body) const {
  auto socket = WireSocket::connect(to_, deadline_);
  if (!socket) return socket.error();
  std::string request = fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nAccept: application/octet-stream\r\n"
      "Connection: close\r\nContent-Length: {}\r\n\r\n",
      method, target, to_.text(), body.size());
  request.append(body);
  if (auto sent = socket->send(request); !sent) return sent.error();
  const auto answer = socket->receive_rest();
  if (!answer) return answer.error();

  constexpr std::string_view version = "HTTP/1.1 ";
  const std::size_t head_end = answer->find("\r\n\r\n");
  Answer out;
  const char* const status = answer->data() + version.size();
  if (head_end == std::string::npos || !answer->starts_with(version) ||
      std::from_chars(status, status + 3, out.status).ec != std::errc{}) {
    return Error(Errc::corrupt, to_.text() + " does not speak HTTP");
  }
  out.body = answer->substr(head_end + 4);
  return out;
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
