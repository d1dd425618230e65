#pragma once

#include "core/base/result.h"
#include "gateway/cli/wire_socket.h"
#include "gateway/config.h"

#include <string>
#include <sys/types.h>

namespace rialto {

/// `rialto serve` as a child of this process: free ports, a temporary data directory. Both are
/// gone with this object.
class ChildServer {
 public:
  /// Waits for its start screen and reads the addresses from it.
  static Result<ChildServer> start(WireSocket::Deadline deadline);
  ChildServer(ChildServer&& o) noexcept;
  ChildServer& operator=(ChildServer&&) = delete;
  ~ChildServer();

  const ListenAddress& amqp() const { return amqp_; }
  const ListenAddress& kafka() const { return kafka_; }
  const ListenAddress& http() const { return http_; }

 private:
  ChildServer() = default;
  Result<void> spawn();
  Result<void> read_screen(WireSocket::Deadline deadline);
  void read_line(const std::string& line);

  std::string dir_;
  pid_t pid_ = -1;
  int screen_ = -1;
  ListenAddress amqp_;
  ListenAddress kafka_;
  ListenAddress http_;
};

}  // namespace rialto
