#pragma once

#include "core/base/clock.h"
#include "core/broker/ring_port.h"
#include "core/net/net.h"
#include "core/shard/loop.h"

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>

namespace rialto {

/// One I/O thread beside the core thread: its sockets, its protocol machines, and the ring to the
/// core. Made, started and joined by the core thread.
class IoShard {
 public:
  /// Makes the doors of this shard, by the name of their listener.
  using Doors = std::map<std::string, DoorFactory>;

  IoShard(std::uint32_t number, const Clock& clock, NetLimits limits,
          std::function<void()> wake_core);
  ~IoShard();

  /// The core's end of the ring.
  RingPort& port() { return port_; }
  /// Before run().
  void set_doors(Doors doors) { doors_ = std::move(doors); }
  void run();

  // Core thread.
  /// Takes over an accepted socket for the door of that name.
  void take(int fd, PeerInfo peer, std::string door);
  void begin_drain();
  bool drained() const { return connections_.load(std::memory_order_acquire) == 0; }
  std::size_t connection_count() const { return connections_.load(std::memory_order_relaxed); }
  /// Closes what is left, so that the core hears of it, then ends the thread.
  void stop();

 private:
  Instant end_of_tick(Instant now);

  Loop loop_;
  Net net_;
  RingPort port_;
  Doors doors_;
  std::map<std::string, DoorKind> kinds_;
  std::atomic<std::size_t> connections_{0};
  std::thread thread_;
};

}  // namespace rialto
