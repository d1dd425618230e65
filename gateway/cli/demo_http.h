#pragma once

#include "gateway/cli/http_request.h"

#include <string>
#include <string_view>

namespace rialto {

/// All of HTTP that the demo needs.
class DemoHttp {
 public:
  DemoHttp(ListenAddress to, WireSocket::Deadline deadline)
      : to_(std::move(to)), deadline_(deadline) {}

  Result<HttpAnswer> ask(std::string_view method, const std::string& target, Bytes body) const;

  Result<void> publish(const std::string& queue, Bytes body) const;
  /// The value of the first record of partition 0.
  Result<std::string> first_value(const std::string& topic) const;

 private:
  ListenAddress to_;
  WireSocket::Deadline deadline_;
};

}  // namespace rialto
