#include "gateway/cli/http_request.h"

#include <fmt/format.h>

#include <charconv>

namespace rialto {

Result<HttpAnswer> ask_http(const ListenAddress& to, WireSocket::Deadline deadline,
                            const HttpRequest& request) {
  auto socket = WireSocket::connect(to, deadline);
  if (!socket) return socket.error();
  std::string text =
      fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
                  request.method, request.target, to.text(), request.body.size());
  for (const auto& [name, value] : request.headers)
    text += fmt::format("{}: {}\r\n", name, value);
  text += "\r\n" + request.body;
  if (auto sent = socket->send(text); !sent) return sent.error();
  const auto answer = socket->receive_rest();
  if (!answer) return answer.error();

  constexpr std::string_view version = "HTTP/1.1 ";
  const std::size_t head_end = answer->find("\r\n\r\n");
  HttpAnswer out;
  const char* const status = answer->data() + version.size();
  if (head_end == std::string::npos || !answer->starts_with(version) ||
      std::from_chars(status, status + 3, out.status).ec != std::errc{}) {
    return Error(Errc::corrupt, to.text() + " does not speak HTTP");
  }
  out.body = answer->substr(head_end + 4);
  return out;
}

}  // namespace rialto
