#pragma once

#include "adapters/log/wire/types.h"

#include <cstdint>
#include <string>
#include <vector>

namespace rialto::kafka {

struct ListOffsetsPartition {
  std::int32_t index = 0;
  std::int32_t current_leader_epoch = -1;
  std::int64_t timestamp_ms = -1;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.index);
    f.from(4, s.current_leader_epoch);
    f(s.timestamp_ms);
  }
};

struct ListOffsetsTopic {
  std::string name;
  std::vector<ListOffsetsPartition> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions);
  }
};

struct ListOffsetsRequest {
  static constexpr ApiSpec spec{ApiKey::list_offsets, 1, 7, 6};

  std::int32_t replica_id = -1;
  std::int8_t isolation_level = 0;
  std::vector<ListOffsetsTopic> topics;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.replica_id);
    f.from(2, s.isolation_level);
    f(s.topics);
  }
};

struct ListOffsetsPartitionAnswer {
  std::int32_t index = 0;
  std::int16_t error = 0;
  std::int64_t timestamp_ms = -1;
  std::int64_t offset = -1;
  std::int32_t leader_epoch = -1;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.index, s.error, s.timestamp_ms, s.offset);
    f.from(4, s.leader_epoch);
  }
};

struct ListOffsetsTopicAnswer {
  std::string name;
  std::vector<ListOffsetsPartitionAnswer> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions);
  }
};

struct ListOffsetsResponse {
  std::int32_t throttle_ms = 0;
  std::vector<ListOffsetsTopicAnswer> topics;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(2, s.throttle_ms);
    f(s.topics);
  }
};

struct EpochPartition {
  std::int32_t index = 0;
  std::int32_t current_leader_epoch = -1;
  std::int32_t leader_epoch = -1;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.index, s.current_leader_epoch, s.leader_epoch);
  }
};

struct EpochTopic {
  std::string name;
  std::vector<EpochPartition> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions);
  }
};

struct OffsetForLeaderEpochRequest {
  static constexpr ApiSpec spec{ApiKey::offset_for_leader_epoch, 2, 4, 4};

  std::int32_t replica_id = -2;
  std::vector<EpochTopic> topics;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(3, s.replica_id);
    f(s.topics);
  }
};

struct EpochPartitionAnswer {
  std::int16_t error = 0;
  std::int32_t index = 0;
  std::int32_t leader_epoch = -1;
  std::int64_t end_offset = -1;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.error, s.index, s.leader_epoch, s.end_offset);
  }
};

struct EpochTopicAnswer {
  std::string name;
  std::vector<EpochPartitionAnswer> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions);
  }
};

struct OffsetForLeaderEpochResponse {
  std::int32_t throttle_ms = 0;
  std::vector<EpochTopicAnswer> topics;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.throttle_ms, s.topics);
  }
};

}  // namespace rialto::kafka
