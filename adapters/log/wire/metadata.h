#pragma once

#include "adapters/log/wire/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rialto::kafka {

struct MetadataTopicWanted {
  Uuid id{};
  std::optional<std::string> name;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(10, s.id);
    f(s.name);
  }
};

/// Every topic: an empty list in version 0, null since.
struct MetadataRequest {
  static constexpr ApiSpec spec{ApiKey::metadata, 0, 12, 9};

  std::optional<std::vector<MetadataTopicWanted>> topics;
  bool allow_auto_create = true;
  bool include_cluster_operations = false;
  bool include_topic_operations = false;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.topics);
    f.from(4, s.allow_auto_create);
    f.within(8, 10, s.include_cluster_operations);
    f.from(8, s.include_topic_operations);
  }
};

struct MetadataBroker {
  std::int32_t node_id = 0;
  std::string host;
  std::int32_t port = 0;
  std::optional<std::string> rack;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.node_id, s.host, s.port);
    f.from(1, s.rack);
  }
};

struct MetadataPartition {
  std::int16_t error = 0;
  std::int32_t index = 0;
  std::int32_t leader_id = -1;
  std::int32_t leader_epoch = -1;
  std::vector<std::int32_t> replicas;
  std::vector<std::int32_t> in_sync;
  std::vector<std::int32_t> offline;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.error, s.index, s.leader_id);
    f.from(7, s.leader_epoch);
    f(s.replicas, s.in_sync);
    f.from(5, s.offline);
  }
};

struct MetadataTopic {
  std::int16_t error = 0;
  std::optional<std::string> name;
  Uuid id{};
  bool internal = false;
  std::vector<MetadataPartition> partitions;
  std::int32_t authorized_operations = operations_not_asked;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.error, s.name);
    f.from(10, s.id);
    f.from(1, s.internal);
    f(s.partitions);
    f.from(8, s.authorized_operations);
  }
};

struct MetadataResponse {
  std::int32_t throttle_ms = 0;
  std::vector<MetadataBroker> brokers;
  std::optional<std::string> cluster_id;
  std::int32_t controller_id = -1;
  std::vector<MetadataTopic> topics;
  std::int32_t authorized_operations = operations_not_asked;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(3, s.throttle_ms);
    f(s.brokers);
    f.from(2, s.cluster_id);
    f.from(1, s.controller_id);
    f(s.topics);
    f.within(8, 10, s.authorized_operations);
  }
};

}  // namespace rialto::kafka
