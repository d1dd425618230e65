#pragma once

#include "tests/crash/broker_client.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace rialto::test {

/// What the workload was told, over all lives. Messages are named by their bodies.
struct Told {
  std::map<std::string, std::set<std::string>> sent_to;  ///< body -> queues or topic
  std::set<std::string> confirmed;
  std::map<std::string, std::pair<PartitionIndex, Offset>> places;  ///< of what the topic took
  std::set<std::string> refused;
  std::vector<std::pair<std::string, std::string>> settled;  ///< queue, body: in this order
  std::size_t surely_settled = 0;  ///< so many of them come before something confirmed
  std::set<std::pair<std::string, std::string>> gone;  ///< and that was durable when it was told
  std::set<std::pair<std::string, std::string>> perhaps_gone;
  std::vector<std::string> leases;
};

/// What the steps of a workload are about.
enum class Plot : std::uint8_t {
  /// Every kind of frame: queues, a fanout over durable and volatile queues, a topic with an
  /// idempotent producer, leases, requeues, committed offsets, catalogue changes, a purge undone.
  doors,
  /// How messages move: dead letters into a queue that is full now and then, retries, redrives,
  /// delayed messages that fire or are cancelled, records held back, transactions; and what is
  /// published again.
  moves,
};

/// A fixed series of steps. It stops when the engine has failed.
class BrokerWorkload {
 public:
  /// `life` keeps the bodies of lives apart.
  BrokerWorkload(BrokerClient& client, Told& told, Plot plot, std::uint64_t life)
      : client_(client), told_(told), plot_(plot), life_(life) {}

  void run(std::uint64_t steps);

 private:
  void declare();
  void declare_for_moves();
  void step(std::uint64_t n);
  void step_of_doors(std::uint64_t n);
  void step_of_moves(std::uint64_t n);
  void publish(const std::string& exchange, const std::string& key, const std::set<std::string>& to,
               std::uint64_t n);
  void produce(std::uint64_t n);
  void produce_out_of_order(std::uint64_t n);
  void append(std::uint64_t n);
  void get(const std::string& queue, Settlement how);
  /// Acks the first, keeps the lease of the other.
  void pull(std::uint32_t max);
  void commit_offsets(std::uint64_t n);
  void replace_queue(std::uint64_t n);
  void purge();
  void bring_back();
  void pull_and_nack();
  /// To a queue whose messages die into another one.
  void work(std::uint64_t n);
  /// What every life publishes under the same key, and a few steps later again.
  void publish_again(std::uint64_t n);
  void put_off(std::uint64_t n);
  void cancel(std::uint64_t n);
  /// A record that its queue holds back.
  void produce_held_back(std::uint64_t n);
  /// Two messages, and the ack of a third one.
  void transact(std::uint64_t n);
  void redrive();
  std::string body(const std::string& kind, std::uint64_t n);

  BrokerClient& client_;
  Told& told_;
  Plot plot_;
  std::uint64_t life_;
  std::int64_t producer_ = -1;
  std::int32_t next_sequence_ = 0;
};

}  // namespace rialto::test
