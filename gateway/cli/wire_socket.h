#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "gateway/config.h"

#include <chrono>
#include <cstddef>
#include <string>

namespace rialto {

/// A plain TCP connection for the clients of the command line: calls wait, but never beyond the
/// deadline it was made with.
class WireSocket {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  static Result<WireSocket> connect(const ListenAddress& to, Deadline deadline);
  WireSocket(WireSocket&& o) noexcept;
  WireSocket& operator=(WireSocket&& o) noexcept;
  ~WireSocket();

  Result<void> send(Bytes bytes);
  /// Exactly this many bytes.
  Result<std::string> receive(std::size_t bytes);
  /// Everything up to the peer's close.
  Result<std::string> receive_rest();

 private:
  WireSocket(int fd, std::string peer, Deadline deadline);
  Result<void> wait_for(short events) const;
  Result<std::size_t> receive_some(char* out, std::size_t bytes_max);

  int fd_ = -1;
  std::string peer_;
  Deadline deadline_;
};

}  // namespace rialto
