#pragma once

#include "core/base/clock.h"
#include "core/base/errc.h"

namespace rialto {

class Broker;
class Loop;
class Net;
class ShardPort;

/// What happens at the end of each tick of a machine with one shard, and in which order. The
/// thread of the loop is the core thread here.
class Tick {
 public:
  /// All of them outlive the tick.
  Tick(Broker& broker, ShardPort& port, Net& net, Loop& loop)
      : broker_(broker), port_(port), net_(net), loop_(loop) {}

  /// Answers when there is something to do although nothing happens. After failed() is set it
  /// sends nothing any more: what a client has not been told, it cannot count on.
  Instant end(Instant now);

  /// Why nothing will ever be durable again; the process has to end.
  const Error* failed() const;

 private:
  Broker& broker_;
  ShardPort& port_;
  Net& net_;
  Loop& loop_;
};

}  // namespace rialto
