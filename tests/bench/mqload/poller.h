#pragma once

#include "tests/bench/mqload/amqp_peer.h"
#include "tests/bench/mqload/latencies.h"

#include <functional>
#include <poll.h>
#include <vector>

namespace mqload {

/// Waits for several connections at once; what can be read is in their buffers when they are told.
class Poller {
 public:
  void add(AmqpPeer& peer, std::function<void()> readable);
  /// Until one is readable. Throws when none is for 90 s.
  void wait();
  /// Until one is readable or it is time.
  void wait_until(Clock::time_point end);

 private:
  bool poll_for(Clock::duration most);

  std::vector<pollfd> fds_;
  std::vector<AmqpPeer*> peers_;
  std::vector<std::function<void()>> readable_;
};

}  // namespace mqload
