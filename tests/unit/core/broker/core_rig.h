#pragma once

#include "core/base/clock.h"
#include "core/base/crc32c.h"
#include "core/broker/broker.h"
#include "core/broker/ring_port.h"
#include "core/broker/shard_port.h"
#include "core/engine/fake_engine.h"
#include "core/model/record_batch.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rialto::test {

/// How sessions reach the core: by plain calls, or over the rings of three shards that are pumped
/// by hand in one thread.
enum class Ports : std::uint8_t { one_thread, three_shards };

/// A broker over an engine that commits when told.
class CoreRig {
 public:
  static constexpr std::size_t shards = 3;

  explicit CoreRig(Ports kind, BrokerOptions options = {})
      : CoreRig(kind, std::make_unique<FakeEngine>(), ManualClock(), options) {}

  CoreRig(Ports kind, std::unique_ptr<FakeEngine> stored, const ManualClock& at,
          BrokerOptions options)
      : clock(at),
        engine(std::move(stored)),
        broker(std::make_unique<Broker>(*engine, clock, options)),
        kind_(kind),
        options_(options) {
    broker->open().value();
    if (kind == Ports::one_thread) {
      inline_ = std::make_unique<InlinePort>(*broker);
      return;
    }
    for (std::uint32_t shard = 1; shard <= shards; ++shard) {
      rings_.push_back(std::make_unique<RingPort>(
          shard, [] {}, [] {}));
    }
  }

  BrokerPort& port(std::size_t session) {
    if (inline_) return *inline_;
    return *rings_[session % shards];
  }

  /// One tick of everybody, and more of them while there is something to do without the disk.
  void tick() {
    engine->set_wall(clock.wall());
    talk();
    broker->collect(clock.now());
    bool more = true;
    while (more) {
      for (const auto& ring : rings_)
        ring->run_calls(*broker);
      broker->flush(clock.now());
      for (const auto& ring : rings_)
        ring->send_events();
      more = talk() || broker->has_work();
    }
  }

  /// The next `sets` write sets become durable and that is told.
  std::size_t commit(std::size_t sets) {
    tick();
    const std::size_t done = engine->commit(sets);
    tick();
    return done;
  }

  /// Until nothing is left that a disk could do.
  void settle() {
    do {
      tick();
    } while (engine->commit_all() != 0 || engine->has_completed());
    tick();
  }

  void wait_ms(std::int64_t ms) {
    clock.advance_ms(ms);
    tick();
  }

  /// The power goes, and the process starts again on what was durable and `extra` sets that were
  /// written.
  std::unique_ptr<CoreRig> restarted(std::size_t extra = 0) const {
    return std::make_unique<CoreRig>(kind_, engine->restarted_with(extra), clock, options_);
  }

  /// A clean stop and a start.
  std::unique_ptr<CoreRig> stopped_and_started() {
    broker->close().value();
    return restarted();
  }

  ManualClock clock;
  std::unique_ptr<FakeEngine> engine;
  std::unique_ptr<Broker> broker;

 private:
  /// Sessions get their events, and what they say is on its way.
  bool talk() {
    if (inline_) return inline_->dispatch();
    bool any = false;
    for (const auto& ring : rings_) {
      ring->receive();
      any = ring->dispatch() || any;
      ring->send();
    }
    return any;
  }

  Ports kind_;
  BrokerOptions options_;
  std::unique_ptr<InlinePort> inline_;
  std::vector<std::unique_ptr<RingPort>> rings_;
};

/// One session: asks, and writes down what it is told.
class Peer final : public Session {
 public:
  struct Got {
    ConsumerId consumer;
    Delivery delivery;
    std::string body;
  };
  template <class Request>
  using Asked = std::shared_ptr<std::optional<Result<typename Request::Answer>>>;

  explicit Peer(CoreRig& core, std::size_t shard = 0, Protocol protocol = Protocol::amqp,
                std::string vhost = "/")
      : core_(core), port_(core.port(shard)) {
    id_ = port_.open(*this, Principal{"guest", std::move(vhost)}, protocol);
  }
  ~Peer() override { close(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void close() {
    if (open_) port_.close(id_);
    open_ = false;
  }
  BrokerPort& port() { return port_; }
  SessionId id() const { return id_; }

  template <class Request>
  Asked<Request> ask(Request what) {
    auto answer = std::make_shared<std::optional<Result<typename Request::Answer>>>();
    port_.request<Request>(id_, std::move(what),
                           [answer](Result<typename Request::Answer> got) { *answer = got; });
    return answer;
  }

  /// Asks and lets the disk do its work until there is an answer.
  template <class Request>
  Result<typename Request::Answer> get(Request what) {
    auto answer = ask(std::move(what));
    core_.settle();
    if (!*answer) return Error(Errc::timed_out, "no answer");
    return **answer;
  }

  std::uint64_t publish(const std::string& exchange, const std::string& key,
                        const std::string& body, PublisherId publisher = PublisherId(1),
                        bool mandatory = false) {
    const Bytes view = body;
    Publish message;
    message.publisher = publisher;
    message.sequence = ++last_sequence[publisher];
    message.exchange = exchange;
    message.routing_key = key;
    message.mandatory = mandatory;
    message.record.body = {&view, 1};
    port_.publish(id_, message);
    return message.sequence;
  }

  void settle(const Got& got, Settlement how = Settlement::ack) { settle(got.delivery, how); }
  void settle(const Delivery& d, Settlement how = Settlement::ack) {
    port_.settle(id_, SettleRun{d.queue, d.partition, d.record.offset, d.record.offset, how});
  }

  void declare(const std::string& queue, bool durable = true) {
    DeclareQueue what;
    what.name = queue;
    what.durable = durable;
    get(what).value();
  }
  void consume(const std::string& queue, ConsumerId consumer = ConsumerId(1),
               std::uint32_t prefetch = 0, bool no_ack = false) {
    Consume what;
    what.queue = queue;
    what.consumer = consumer;
    what.prefetch = prefetch;
    what.no_ack = no_ack;
    get(what).value();
  }

  /// Bodies delivered so far, in order.
  std::vector<std::string> bodies() const {
    std::vector<std::string> out;
    for (const Got& got : deliveries)
      out.push_back(got.body);
    return out;
  }
  bool confirmed(std::uint64_t sequence, PublisherId publisher = PublisherId(1)) const {
    const auto at = confirms.find(publisher);
    return at != confirms.end() && at->second.contains(sequence);
  }
  std::size_t confirmed_count(PublisherId publisher = PublisherId(1)) const {
    const auto at = confirms.find(publisher);
    return at == confirms.end() ? 0 : at->second.size();
  }

  // What it was told.
  std::map<PublisherId, std::uint64_t> last_sequence;
  std::map<PublisherId, std::set<std::uint64_t>> confirms;
  std::vector<PublishOutcome> refusals;
  std::vector<ReturnedMessage> returns;
  std::vector<Got> deliveries;
  std::vector<ConsumerId> cancelled;
  std::vector<std::string> ended;

  void on_published(const PublishOutcome& outcome) override {
    if (outcome.result != Errc::ok) {
      refusals.push_back(outcome);
      return;
    }
    for (std::uint64_t s = outcome.first_sequence; s <= outcome.last_sequence; ++s) {
      confirms[outcome.publisher].insert(s);
    }
  }
  void on_returned(const ReturnedMessage& message) override { returns.push_back(message); }
  void on_delivery(ConsumerId consumer, const Delivery& delivery) override {
    deliveries.push_back(Got{consumer, delivery, body_of(delivery)});
  }
  void on_consumer_cancelled(ConsumerId consumer) override { cancelled.push_back(consumer); }
  void on_blocked(const std::string&) override {}
  void on_ended(const std::string& reason) override { ended.push_back(reason); }

  static std::string body_of(const Delivery& delivery) {
    return std::string(view_of(delivery.record).value().value.value_or(Bytes()));
  }

 private:
  CoreRig& core_;
  BrokerPort& port_;
  SessionId id_;
  bool open_ = true;
};

/// A batch as an idempotent (or plain) producer sends it.
inline Slice produced_batch(const std::vector<std::string>& values, std::int64_t producer = -1,
                            std::int32_t first_sequence = -1,
                            std::int64_t timestamp_ms = 1'700'000'000'000, std::int16_t epoch = 0) {
  BatchBuilder builder;
  builder.begin(timestamp_ms);
  for (const std::string& value : values) {
    const Bytes body = value;
    RecordParts record;
    record.body = {&body, 1};
    builder.add(record);
  }
  std::string bytes(builder.seal().bytes());
  constexpr std::size_t producer_at = 43;
  constexpr std::size_t crc_at = 17;
  store_be(bytes.data() + producer_at, producer);
  store_be(bytes.data() + producer_at + 8, producer < 0 ? std::int16_t{-1} : epoch);
  store_be(bytes.data() + producer_at + 10, producer < 0 ? -1 : first_sequence);
  store_be(bytes.data() + crc_at, crc32c(Bytes(bytes).substr(batch_crc_from)));
  return Slice::copy_of(bytes);
}

/// The values of all records of stored batches, with their offsets.
inline std::vector<std::pair<std::int64_t, std::string>> records_of(
    const std::vector<StoredBatch>& batches) {
  std::vector<std::pair<std::int64_t, std::string>> out;
  for (const StoredBatch& stored : batches) {
    std::uint32_t position = batch_header_bytes;
    while (position < stored.batch.size()) {
      const auto at = record_at(stored.batch.bytes(), position, stored.base_offset).value();
      out.emplace_back(at.record.offset.get(), std::string(at.record.value.value_or(Bytes())));
      position = at.next;
    }
  }
  return out;
}

inline Fetch fetch_of(const std::string& topic, std::int64_t from, std::int64_t wait_ms = 0,
                      std::uint32_t bytes_min = 1) {
  Fetch what;
  what.parts.push_back({topic, PartitionIndex(0), Offset(from), 1U << 20});
  what.wait_ms = wait_ms;
  what.bytes_min = bytes_min;
  return what;
}

inline CreateTopic topic_of(const std::string& name, std::int32_t partitions = 1) {
  CreateTopic what;
  what.name = name;
  what.partitions = partitions;
  return what;
}

inline Produce produce_of(const std::string& topic, Slice batch, std::int16_t acks = -1,
                          std::int32_t partition = 0) {
  Produce what;
  what.parts.push_back({topic, PartitionIndex(partition), std::move(batch)});
  what.acks = acks;
  return what;
}

inline GetMessage get_of(const std::string& queue, bool no_ack = false) {
  GetMessage what;
  what.queue = queue;
  what.no_ack = no_ack;
  return what;
}

/// The bodies of all that is ready, taken out.
inline std::vector<std::string> drained(Peer& peer, const std::string& queue = "q") {
  std::vector<std::string> out;
  while (const auto got = peer.get(get_of(queue, true)).value().delivery)
    out.push_back(Peer::body_of(*got));
  return out;
}

/// Publishes each of them to a queue, and lets them become durable.
inline void publish_all(CoreRig& core, Peer& peer, const std::string& queue,
                        const std::vector<std::string>& bodies) {
  for (const std::string& body : bodies)
    peer.publish("", queue, body);
  core.settle();
}

inline DeclareQueue passive_of(const std::string& queue) {
  DeclareQueue what;
  what.name = queue;
  what.passive = true;
  return what;
}

inline std::string name_of(Ports kind) {
  return kind == Ports::one_thread ? "one_thread" : "three_shards";
}

}  // namespace rialto::test
