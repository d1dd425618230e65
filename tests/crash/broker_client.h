#pragma once

#include "core/base/clock.h"
#include "core/broker/broker.h"
#include "core/broker/shard_port.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace rialto::test {

/// A broker on some engine, and the one session that talks to it. Everything happens in tick().
class BrokerClient final : public Session {
 public:
  BrokerClient(Engine& engine, ManualClock& clock, BrokerOptions options)
      : clock_(clock), broker_(engine, clock, options), port_(broker_) {}

  Result<void> open() {
    if (auto r = broker_.open(); !r) return r;
    id_ = port_.open(*this, Principal{"guest", "/"}, Protocol::amqp);
    return {};
  }

  void tick() {
    broker_.collect(clock_.now());
    do
      broker_.flush(clock_.now());
    while (port_.dispatch());
    if (after_tick) after_tick();
  }
  void wait_ms(std::int64_t ms) {
    clock_.advance_ms(ms);
    tick();
  }
  bool failed() const { return broker_.failed() != nullptr; }

  template <class Request>
  void ask(Request what, Reply<typename Request::Answer> reply) {
    port_.request<Request>(id_, std::move(what), std::move(reply));
  }

  /// Asks and ticks until there is an answer; none when the engine has failed.
  template <class Request>
  std::optional<Result<typename Request::Answer>> get(Request what) {
    using Answer = Result<typename Request::Answer>;
    auto answer = std::make_shared<std::optional<Answer>>();
    ask(std::move(what), Reply<typename Request::Answer>([answer](Answer got) { *answer = got; }));
    constexpr int ticks_max = 200;
    for (int i = 0; i < ticks_max && !*answer && !failed(); ++i)
      wait_ms(1);
    return *answer;
  }

  /// `on_confirm` is called when it is confirmed.
  void publish(const std::string& exchange, const std::string& key, const std::string& body,
               std::function<void()> on_confirm = nullptr,
               const std::optional<Delay>& delay = std::nullopt) {
    Publish message;
    message.sequence = ++last_sequence_;
    message.exchange = exchange;
    message.delay = delay;
    on_confirm_[message.sequence] = std::move(on_confirm);
    send(message, key, body);
  }
  /// Known by `key`: stored once, however often it is published.
  void publish_once(const std::string& queue, const std::string& key, const std::string& body,
                    std::function<void()> on_confirm) {
    Publish message;
    message.sequence = ++last_sequence_;
    message.identity = MessageIdentity{wide_hash(key), {}, 0};
    on_confirm_[message.sequence] = std::move(on_confirm);
    send(message, queue, body);
  }
  /// For the next CommitTransaction of publisher 1.
  void publish_in_transaction(const std::string& queue, const std::string& body) {
    Publish message;
    message.in_transaction = true;
    send(message, queue, body);
  }
  /// For an engine that commits when told.
  std::function<void()> after_tick;

  void settle(const Delivery& d, Settlement how) {
    port_.settle(id_, SettleRun{d.queue, d.partition, d.record.offset, d.record.offset, how});
  }

 private:
  void send(Publish& message, const std::string& key, const std::string& body) {
    const Bytes view = body;
    message.publisher = PublisherId(1);
    message.routing_key = key;
    message.record.body = {&view, 1};
    port_.publish(id_, message);
  }
  void on_published(const PublishOutcome& outcome) override {
    for (auto s = outcome.first_sequence; s <= outcome.last_sequence; ++s) {
      const auto node = on_confirm_.extract(s);
      if (outcome.result == Errc::ok && node.mapped()) node.mapped()();
    }
  }
  void on_returned(const ReturnedMessage&) override {}
  void on_delivery(ConsumerId, const Delivery&) override {}
  void on_consumer_cancelled(ConsumerId) override {}
  void on_blocked(const std::string&) override {}

  ManualClock& clock_;
  Broker broker_;
  InlinePort port_;
  SessionId id_;
  std::uint64_t last_sequence_ = 0;
  std::map<std::uint64_t, std::function<void()>> on_confirm_;
};

}  // namespace rialto::test
