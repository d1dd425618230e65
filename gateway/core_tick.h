#pragma once

#include "core/base/clock.h"
#include "core/base/errc.h"
#include "gateway/io_shard.h"

#include <memory>
#include <vector>

namespace rialto {

class Broker;

using IoShards = std::vector<std::unique_ptr<IoShard>>;

/// What happens at the end of each tick of the core thread when other threads have the sockets:
/// what is durable first, then what the shards brought, then the events go out to them.
class CoreTick {
 public:
  /// All of them outlive the tick.
  CoreTick(Broker& broker, IoShards& shards, Loop& loop)
      : broker_(broker), shards_(shards), loop_(loop) {}

  /// Answers when there is something to do although nothing happens.
  Instant end(Instant now);

 private:
  Broker& broker_;
  IoShards& shards_;
  Loop& loop_;
};

}  // namespace rialto
