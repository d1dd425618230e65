#pragma once

#include "adapters/log/wire/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rialto::kafka {

struct FetchPartition {
  std::int32_t index = 0;
  std::int32_t current_leader_epoch = -1;
  std::int64_t fetch_offset = 0;
  std::int32_t last_fetched_epoch = -1;
  std::int64_t log_start_offset = -1;
  std::int32_t bytes_max = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.index);
    f.from(9, s.current_leader_epoch);
    f(s.fetch_offset);
    f.from(12, s.last_fetched_epoch);
    f.from(5, s.log_start_offset);
    f(s.bytes_max);
  }
};

struct FetchTopic {
  std::string name;
  std::vector<FetchPartition> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions);
  }
};

struct ForgottenTopic {
  std::string name;
  std::vector<std::int32_t> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions);
  }
};

struct FetchRequest {
  static constexpr ApiSpec spec{ApiKey::fetch, 4, 12, 12};

  std::int32_t replica_id = -1;
  std::int32_t wait_ms_max = 0;
  std::int32_t bytes_min = 0;
  std::int32_t bytes_max = INT32_MAX;
  std::int8_t isolation_level = 0;
  std::int32_t session_id = 0;
  std::int32_t session_epoch = -1;
  std::vector<FetchTopic> topics;
  std::vector<ForgottenTopic> forgotten;
  std::string rack;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.replica_id, s.wait_ms_max, s.bytes_min, s.bytes_max, s.isolation_level);
    f.from(7, s.session_id, s.session_epoch);
    f(s.topics);
    f.from(7, s.forgotten);
    f.from(11, s.rack);
  }
};

struct AbortedTransaction {
  std::int64_t producer_id = 0;
  std::int64_t first_offset = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.producer_id, s.first_offset);
  }
};

struct FetchPartitionAnswer {
  std::int32_t index = 0;
  std::int16_t error = 0;
  std::int64_t high_watermark = -1;
  std::int64_t last_stable_offset = -1;
  std::int64_t log_start_offset = -1;
  std::optional<std::vector<AbortedTransaction>> aborted;
  std::int32_t preferred_read_replica = -1;
  RecordsOut records;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.index, s.error, s.high_watermark, s.last_stable_offset);
    f.from(5, s.log_start_offset);
    f(s.aborted);
    f.from(11, s.preferred_read_replica);
    f(s.records);
  }
};

struct FetchTopicAnswer {
  std::string name;
  std::vector<FetchPartitionAnswer> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions);
  }
};

struct FetchResponse {
  std::int32_t throttle_ms = 0;
  std::int16_t error = 0;
  std::int32_t session_id = 0;
  std::vector<FetchTopicAnswer> topics;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.throttle_ms);
    f.from(7, s.error, s.session_id);
    f(s.topics);
  }
};

}  // namespace rialto::kafka
