#pragma once

#include "core/base/clock.h"
#include "core/broker/broker.h"
#include "core/broker/ring_port.h"
#include "core/broker/shard_port.h"
#include "core/engine/fake_engine.h"

#include <cstdlib>
#include <memory>
#include <vector>

namespace rialto::test {

/// A broker over an engine in memory, with a clock that moves when told: the core of every door
/// test. commit() makes staged sets durable; tick() runs one tick.
///
/// With RIALTO_TEST_SHARDS=N in the environment the doors reach it over the rings of N shards,
/// which are pumped here in one thread; otherwise by plain calls.
class BrokerRig {
 public:
  explicit BrokerRig(BrokerOptions options = {})
      : BrokerRig(std::make_unique<FakeEngine>(), options) {}

  explicit BrokerRig(std::unique_ptr<FakeEngine> stored, BrokerOptions options = {})
      : engine(std::move(stored)), broker(std::make_unique<Broker>(*engine, clock, options)) {
    const char* shards = std::getenv("RIALTO_TEST_SHARDS");
    const unsigned long count = shards ? std::strtoul(shards, nullptr, 10) : 0;
    for (std::uint32_t shard = 1; shard <= count; ++shard) {
      auto ring = std::make_unique<RingPort>(
          shard, [] {}, [] {});
      rings_.push_back(ring.get());
      ports_.push_back(std::move(ring));
    }
    if (ports_.empty()) ports_.push_back(std::make_unique<InlinePort>(*broker));
    port = ports_.front().get();
    broker->open().value();
  }

  /// The port of the next door: doors are spread over the shards.
  BrokerPort& next_port() { return *ports_[next_++ % ports_.size()]; }

  /// As the machine does it, until nothing is left to do without the disk.
  void tick() {
    engine->set_wall(clock.wall());
    cross_over();
    broker->collect(clock.now());
    bool more = true;
    while (more) {
      dispatch();
      cross_over();
      broker->flush(clock.now());
      for (RingPort* ring : rings_)
        ring->send_events();
      more = dispatch();
    }
    cross_over();
  }

  /// Ticks, then everything staged becomes durable, and that is told.
  void settle_all() {
    for (int round = 0; round < 4; ++round) {
      tick();
      engine->commit_all();
      tick();
    }
  }

  /// The process ends without a word and starts again on what was durable.
  std::unique_ptr<BrokerRig> restarted() const {
    return std::make_unique<BrokerRig>(engine->restarted());
  }

  ManualClock clock;
  std::unique_ptr<FakeEngine> engine;
  std::unique_ptr<Broker> broker;

 private:
  void cross_over() {
    for (RingPort* ring : rings_) {
      ring->send();
      ring->run_calls(*broker);
      ring->send_events();
    }
  }
  bool dispatch() {
    bool any = false;
    for (RingPort* ring : rings_)
      ring->receive();
    for (const auto& each : ports_)
      any = each->dispatch() || any;
    return any;
  }

  std::vector<std::unique_ptr<ShardPort>> ports_;
  std::vector<RingPort*> rings_;
  std::size_t next_ = 0;

 public:
  ShardPort* port = nullptr;  ///< of the first shard
};

}  // namespace rialto::test
