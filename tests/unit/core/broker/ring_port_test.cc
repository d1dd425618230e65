#include "core/broker/ring_port.h"

#include "tests/unit/core/broker/core_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace rialto::test {
namespace {

class Counting final : public Session {
 public:
  void on_published(const PublishOutcome& outcome) override {
    confirmed += outcome.last_sequence - outcome.first_sequence + 1;
  }
  void on_returned(const ReturnedMessage&) override {}
  void on_delivery(ConsumerId, const Delivery& delivery) override {
    in_order = in_order && Peer::body_of(delivery) == std::to_string(delivered);
    ++delivered;
    cost_bytes += delivery.cost_bytes;
  }
  void on_consumer_cancelled(ConsumerId) override {}
  void on_blocked(const std::string&) override {}

  std::uint64_t confirmed = 0;
  std::uint64_t delivered = 0;
  std::uint32_t cost_bytes = 0;
  bool in_order = true;
};

void publish(RingPort& port, SessionId session, std::uint64_t number) {
  const std::string body = std::to_string(number);
  const Bytes view = body;
  Publish message;
  message.publisher = PublisherId(1);
  message.sequence = number + 1;
  message.routing_key = "q";
  message.record.body = {&view, 1};
  port.publish(session, message);
}

void consume(RingPort& port, SessionId session) {
  DeclareQueue declare;
  declare.name = "q";
  declare.durable = true;
  port.request<DeclareQueue>(session, declare, [](const auto&) {});
  Consume what;
  what.queue = "q";
  what.consumer = ConsumerId(1);
  port.request<Consume>(session, what, [](const auto&) {});
}

class ARingPort : public testing::Test {
 protected:
  ARingPort() { broker.open().value(); }

  ManualClock clock;
  FakeEngine engine;
  Broker broker{engine, clock, BrokerOptions()};
  std::atomic<int> core_woken = 0;
  std::atomic<int> shard_woken = 0;
  RingPort port{1, [this] { ++core_woken; }, [this] { ++shard_woken; }};
  Counting session;
};

TEST_F(ARingPort, KeepsCallsInOrderWhenItsRingIsFullAndIsWokenWhenThereIsRoom) {
  const SessionId id = port.open(session, Principal{}, Protocol::amqp);
  consume(port, id);
  constexpr std::uint64_t count = RingPort::ring_entries_max + 10;
  for (std::uint64_t i = 0; i < count; ++i) {
    publish(port, id, i);
    port.send();
  }
  EXPECT_TRUE(port.has_calls());
  shard_woken = 0;
  EXPECT_TRUE(port.run_calls(broker));
  EXPECT_GT(shard_woken, 0);
  port.send();
  EXPECT_FALSE(port.has_calls());
  for (int round = 0; round < 4; ++round) {
    port.run_calls(broker);
    broker.flush(clock.now());
    engine.commit_all();
    broker.collect(clock.now());
    port.send_events();
    port.receive();
    port.dispatch();
  }
  EXPECT_EQ(session.confirmed, count);
  EXPECT_EQ(session.delivered, count);
  EXPECT_TRUE(session.in_order);
}

TEST_F(ARingPort, KeepsEventsInOrderWhenItsRingIsFullAndWakesTheCoreWhenThereIsRoom) {
  const SessionId id = port.open(session, Principal{}, Protocol::amqp);
  consume(port, id);
  constexpr std::uint64_t count = RingPort::ring_entries_max + 10;
  for (std::uint64_t i = 0; i < count; ++i) {
    publish(port, id, i);
    port.send();
    port.run_calls(broker);
    broker.flush(clock.now());
    engine.commit_all();
    broker.collect(clock.now());
    broker.flush(clock.now());
    port.send_events();
  }
  EXPECT_TRUE(port.has_events());
  core_woken = 0;
  port.receive();
  EXPECT_GT(core_woken, 0);
  port.send_events();
  EXPECT_FALSE(port.has_events());
  port.receive();
  port.dispatch();
  EXPECT_EQ(session.delivered, count);
  EXPECT_TRUE(session.in_order);
}

TEST_F(ARingPort, AdmitsNoPublishBeyondWhatMayWait) {
  const SessionId id = port.open(session, Principal{}, Protocol::amqp);
  for (std::uint64_t i = 0; i < RingPort::calls_waiting_max; ++i)
    publish(port, id, i);
  EXPECT_FALSE(port.admits_publish());
  port.send();
  EXPECT_TRUE(port.admits_publish());
}

TEST_F(ARingPort, DropsWhatComesForAClosedSession) {
  const SessionId id = port.open(session, Principal{}, Protocol::amqp);
  consume(port, id);
  publish(port, id, 0);
  port.send();
  port.run_calls(broker);
  broker.flush(clock.now());
  engine.commit_all();
  broker.collect(clock.now());
  broker.flush(clock.now());
  port.send_events();
  port.close(id);
  port.receive();
  port.dispatch();
  EXPECT_EQ(session.delivered, 0U);
  EXPECT_EQ(session.confirmed, 0U);
}

TEST_F(ARingPort, CarriesBetweenTwoThreads) {
  constexpr std::uint64_t count = 5000;
  std::atomic<bool> done{false};
  std::thread shard([&] {
    const SessionId id = port.open(session, Principal{}, Protocol::amqp);
    consume(port, id);
    std::uint64_t next = 0;
    while (session.delivered < count || session.confirmed < count) {
      port.receive();
      port.dispatch();
      port.drained(id, std::exchange(session.cost_bytes, 0));
      for (int n = 0; n < 50 && next < count && port.admits_publish(); ++n) {
        publish(port, id, next++);
      }
      port.send();
      std::this_thread::yield();
    }
    done = true;
  });
  while (!done) {
    engine.commit_all();
    broker.collect(clock.now());
    port.run_calls(broker);
    broker.flush(clock.now());
    port.send_events();
    std::this_thread::yield();
  }
  shard.join();
  EXPECT_TRUE(session.in_order);
}

}  // namespace
}  // namespace rialto::test
