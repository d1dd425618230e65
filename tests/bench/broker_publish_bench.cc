#include "core/base/clock.h"
#include "core/broker/broker.h"
#include "core/broker/shard_port.h"
#include "core/engine/fake_engine.h"

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

/// What the core spends on a message, without door and disk: routing, packing, staging, applying,
/// delivering and settling.
namespace rialto {
namespace {

constexpr int messages_a_tick = 1000;
constexpr int ticks_a_rig = 200;

class Counter final : public Session {
 public:
  void on_published(const PublishOutcome& outcome) override {
    confirmed += outcome.last_sequence - outcome.first_sequence + 1;
  }
  void on_returned(const ReturnedMessage&) override {}
  void on_delivery(ConsumerId, const Delivery& delivery) override {
    ++delivered;
    cost_bytes += delivery.cost_bytes;
    last = delivery.record.offset;
    queue = delivery.queue;
    partition = delivery.partition;
  }
  void on_consumer_cancelled(ConsumerId) override {}
  void on_blocked(const std::string&) override {}

  std::uint64_t confirmed = 0;
  std::uint64_t delivered = 0;
  std::uint32_t cost_bytes = 0;
  Offset last{0};
  QueueId queue;
  PartitionId partition;
};

/// A broker with one queue, over an engine in memory that grows: used for a while, then anew.
class Rig {
 public:
  explicit Rig(bool consume) : broker_(engine_, clock_, BrokerOptions()), port_(broker_) {
    broker_.open().value();
    id_ = port_.open(counter_, Principal{"guest", "/"}, Protocol::amqp);
    DeclareQueue declare;
    declare.name = "q";
    declare.durable = true;
    port_.request<DeclareQueue>(id_, declare, [](const auto&) {});
    commit();
    if (!consume) return;
    Consume what;
    what.queue = "q";
    what.consumer = ConsumerId(1);
    port_.request<Consume>(id_, what, [](const auto&) {});
    commit();
  }

  void publish(Bytes body, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      Publish message;
      message.publisher = PublisherId(1);
      message.sequence = ++sequence_;
      message.routing_key = "q";
      message.record.body = {&body, 1};
      port_.publish(id_, message);
    }
  }
  void commit() {
    tick();
    engine_.commit_all();
    tick();
  }
  void settle_all() {
    if (counter_.delivered == settled_) return;
    const Offset first =
        counter_.last - static_cast<std::int64_t>(counter_.delivered - settled_ - 1);
    settled_ = counter_.delivered;
    port_.drained(id_, std::exchange(counter_.cost_bytes, 0));
    port_.settle(id_, SettleRun{counter_.queue, counter_.partition, first, counter_.last});
  }

 private:
  void tick() {
    broker_.collect(clock_.now());
    port_.dispatch();
    broker_.flush(clock_.now());
    while (port_.dispatch() || broker_.has_work())
      broker_.flush(clock_.now());
  }

  ManualClock clock_;
  FakeEngine engine_;
  Broker broker_;
  InlinePort port_;
  Counter counter_;
  SessionId id_;
  std::uint64_t sequence_ = 0;
  std::uint64_t settled_ = 0;
};

void run(benchmark::State& state, bool consume) {
  const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
  auto rig = std::make_unique<Rig>(consume);
  int ticks = 0;
  for (auto _ : state) {
    rig->publish(body, messages_a_tick);
    rig->commit();
    rig->settle_all();
    if (++ticks % ticks_a_rig != 0) continue;
    state.PauseTiming();
    rig = std::make_unique<Rig>(consume);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * messages_a_tick);
}

void publish_and_confirm(benchmark::State& state) {
  run(state, false);
}
void publish_confirm_deliver_ack(benchmark::State& state) {
  run(state, true);
}

BENCHMARK(publish_and_confirm)->Arg(128)->Arg(1024);
BENCHMARK(publish_confirm_deliver_ack)->Arg(128)->Arg(1024);

}  // namespace
}  // namespace rialto
