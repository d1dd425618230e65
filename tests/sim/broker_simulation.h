#pragma once

#include "tests/sim/broker_model.h"
#include "tests/unit/core/broker/core_rig.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace rialto::sim {

using test::CoreRig;
using test::Ports;

constexpr std::int32_t topic_partitions = 2;
constexpr std::int64_t lease_ms = 3000;
inline const std::string topic_name = "t";
inline const std::string fanout_name = "f";

/// To the fanout exchange.
inline bool is_bound(const std::string& queue) {
  return queue != "q0";
}

class Simulation;

/// One session of the simulation.
class Client final : public Session {
 public:
  struct Held {
    QueueRef queue;
    QueueId id;
    PartitionId partition;
    Offset offset;
    MessageId message = 0;
  };
  struct Consumer {
    QueueRef queue;
    bool no_ack = false;
  };

  Client(Simulation& sim, BrokerPort& port, std::uint64_t number);

  void on_published(const PublishOutcome& outcome) override;
  void on_returned(const ReturnedMessage&) override {}
  void on_delivery(ConsumerId consumer, const Delivery& delivery) override;
  void on_consumer_cancelled(ConsumerId consumer) override { consumers.erase(consumer); }
  void on_blocked(const std::string&) override {}
  void take(const QueueRef& queue, const Delivery& delivery);

  template <class Request, class Then>
  void ask(Request what, Then then) {
    port.request<Request>(id, std::move(what), std::move(then));
  }

  Simulation& sim;
  BrokerPort& port;
  std::uint64_t number;
  SessionId id;
  std::uint64_t next_sequence = 0;
  /// Unconfirmed: the message, and how many settlements came before it.
  std::map<std::uint64_t, std::pair<MessageId, std::size_t>> publishing;
  std::map<ConsumerId, Consumer> consumers;
  std::vector<Held> held;
};

/// A core under random load, random commits and random ends of the process, and the model that
/// watches it. Everything follows from the seed.
class Simulation {
 public:
  explicit Simulation(std::uint64_t seed);

  /// False: a promise was broken; failure() says which one, when, and what was done before.
  bool run(int steps);
  std::string failure() const;

  BrokerModel model;
  Instant now() const { return core_->clock.now(); }
  /// The number a body begins with.
  static MessageId message_in(Bytes body);
  static MessageId message_of(const Delivery& delivery);

 private:
  friend class Client;
  struct Producer {
    std::int64_t id = 0;
    std::int32_t partition = 0;
    std::int32_t next_sequence = 0;
    std::vector<MessageId> batch;  ///< sent and not answered
    std::string bytes;
    int under_way = 0;
  };
  struct KnownLease {
    QueueRef queue;
    std::string text;
    MessageId message = 0;
    Instant surely_until;   ///< it holds at least so long
    Instant perhaps_until;  ///< it does not hold longer
  };

  std::uint64_t below(std::uint64_t bound) { return rng_() % bound; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }
  Client& any_client() { return *clients_[below(clients_.size())]; }
  QueueRef any_queue();
  std::string body_for(MessageId id);
  void open_clients();
  /// For whoever reads the failure.
  void note(std::string what);
  void step();
  void step_storage();

  void publish();
  void declare();
  void erase();
  void purge();
  void consume();
  void cancel();
  void settle_held();
  void get();
  void produce();
  void fetch();
  void pull();
  void settle_lease();
  void close_one();
  void restart();
  void resync();
  void audit();
  void settle_all();
  void finish();
  void drain(const QueueRef& queue);
  void check_log(const QueueRef& queue, std::int32_t partitions);
  void send_batch(Producer& producer);
  std::vector<QueueRef> living() const;

  template <class Request>
  Result<typename Request::Answer> now_of(Request what);

  std::mt19937_64 rng_;
  std::string failure_;
  std::deque<std::string> history_;
  int step_ = 0;
  Ports ports_;
  bool topic_is_used_ = true;
  BrokerOptions options_;
  std::unique_ptr<CoreRig> core_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::uint64_t last_client_ = 0;
  std::uint64_t last_consumer_ = 0;
  std::map<std::string, QueueRef> queues_;  ///< that may exist
  QueueRef topic_;
  std::vector<PartitionId> topic_partitions_;
  std::vector<Producer> producers_;
  std::vector<KnownLease> leases_;
};

template <class Request>
Result<typename Request::Answer> Simulation::now_of(Request what) {
  auto answer = std::make_shared<std::optional<Result<typename Request::Answer>>>();
  clients_.front()->ask(std::move(what), [answer](auto got) { *answer = std::move(got); });
  settle_all();
  if (*answer) return **answer;
  model.complain("a question was not answered");
  return Error(Errc::timed_out);
}

}  // namespace rialto::sim
