#pragma once

#include "adapters/log/wire/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rialto::kafka {

struct ReplicaAssignment {
  std::int32_t index = 0;
  std::vector<std::int32_t> broker_ids;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.index, s.broker_ids);
  }
};

struct NewTopicConfig {
  std::string name;
  std::optional<std::string> value;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.value);
  }
};

struct NewTopic {
  std::string name;
  std::int32_t partitions = -1;
  std::int16_t replication_factor = -1;
  std::vector<ReplicaAssignment> assignments;
  std::vector<NewTopicConfig> configs;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions, s.replication_factor, s.assignments, s.configs);
  }
};

struct CreateTopicsRequest {
  static constexpr ApiSpec spec{ApiKey::create_topics, 0, 7, 5};

  std::vector<NewTopic> topics;
  std::int32_t timeout_ms = 60'000;
  bool validate_only = false;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.topics, s.timeout_ms);
    f.from(1, s.validate_only);
  }
};

struct NewTopicConfigAnswer {
  std::string name;
  std::optional<std::string> value;
  bool read_only = false;
  std::int8_t source = -1;
  bool sensitive = false;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.value, s.read_only, s.source, s.sensitive);
  }
};

struct NewTopicAnswer {
  std::string name;
  Uuid id{};
  std::int16_t error = 0;
  std::optional<std::string> error_message;
  std::int32_t partitions = -1;
  std::int16_t replication_factor = -1;
  std::optional<std::vector<NewTopicConfigAnswer>> configs;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name);
    f.from(7, s.id);
    f(s.error);
    f.from(1, s.error_message);
    f.from(5, s.partitions, s.replication_factor, s.configs);
  }
};

struct CreateTopicsResponse {
  std::int32_t throttle_ms = 0;
  std::vector<NewTopicAnswer> topics;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(2, s.throttle_ms);
    f(s.topics);
  }
};

struct TopicToDelete {
  std::optional<std::string> name;
  Uuid id{};

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.id);
  }
};

struct DeleteTopicsRequest {
  static constexpr ApiSpec spec{ApiKey::delete_topics, 0, 6, 4};

  std::vector<TopicToDelete> topics;
  std::vector<std::string> names;
  std::int32_t timeout_ms = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(6, s.topics);
    f.until(5, s.names);
    f(s.timeout_ms);
  }
};

struct DeletedTopic {
  std::optional<std::string> name;
  Uuid id{};
  std::int16_t error = 0;
  std::optional<std::string> error_message;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name);
    f.from(6, s.id);
    f(s.error);
    f.from(5, s.error_message);
  }
};

struct DeleteTopicsResponse {
  std::int32_t throttle_ms = 0;
  std::vector<DeletedTopic> topics;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(1, s.throttle_ms);
    f(s.topics);
  }
};

}  // namespace rialto::kafka
