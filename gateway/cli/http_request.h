#pragma once

#include "gateway/cli/wire_socket.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rialto {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

struct HttpRequest {
  std::string_view method = "GET";
  std::string target;
  std::vector<std::pair<std::string_view, std::string>> headers;
  std::string body;
};

/// One request on a connection of its own.
Result<HttpAnswer> ask_http(const ListenAddress& to, WireSocket::Deadline deadline,
                            const HttpRequest& request);

}  // namespace rialto
