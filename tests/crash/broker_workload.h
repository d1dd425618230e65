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
  std::set<std::pair<std::string, std::string>> perhaps_gone;
  std::vector<std::string> leases;
};

/// A fixed series of steps over every kind of frame: queues, a fanout over durable and volatile
/// queues, a topic with an idempotent producer, leases, requeues, committed offsets, catalogue
/// changes. It stops when the engine has failed.
class BrokerWorkload {
 public:
  /// `life` keeps the bodies of lives apart.
  BrokerWorkload(BrokerClient& client, Told& told, std::uint64_t life)
      : client_(client), told_(told), life_(life) {}

  void run(std::uint64_t steps);

 private:
  void declare();
  void step(std::uint64_t n);
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
  std::string body(const std::string& kind, std::uint64_t n);

  BrokerClient& client_;
  Told& told_;
  std::uint64_t life_;
  std::int64_t producer_ = -1;
  std::int32_t next_sequence_ = 0;
};

}  // namespace rialto::test
