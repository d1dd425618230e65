#pragma once

#include "gateway/cli/wire_socket.h"

#include <string>
#include <string_view>

namespace rialto {

/// One HTTP request a connection; all that the demo needs.
class DemoHttp {
 public:
  struct Answer {
    int status = 0;
    std::string body;
  };

  DemoHttp(ListenAddress to, WireSocket::Deadline deadline)
      : to_(std::move(to)), deadline_(deadline) {}

  Result<Answer> ask(std::string_view method, const std::string& target, Bytes body) const;

  Result<void> publish(const std::string& queue, Bytes body) const;
  /// The value of the first record of partition 0.
  Result<std::string> first_value(const std::string& topic) const;

 private:
  ListenAddress to_;
  WireSocket::Deadline deadline_;
};

}  // namespace rialto
