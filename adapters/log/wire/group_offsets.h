#pragma once

#include "adapters/log/wire/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rialto::kafka {

struct CommitPartition {
  std::int32_t index = 0;
  std::int64_t offset = -1;
  std::int32_t leader_epoch = -1;
  std::int64_t timestamp_ms = -1;
  std::optional<std::string> metadata;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.index, s.offset);
    f.from(6, s.leader_epoch);
    f.within(1, 1, s.timestamp_ms);
    f(s.metadata);
  }
};

struct CommitTopic {
  std::string name;
  std::vector<CommitPartition> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions);
  }
};

struct OffsetCommitRequest {
  static constexpr ApiSpec spec{ApiKey::offset_commit, 1, 8, 8};

  std::string group;
  std::int32_t generation = -1;
  std::string member_id;
  std::optional<std::string> instance_id;
  std::int64_t retention_ms = -1;
  std::vector<CommitTopic> topics;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.group, s.generation, s.member_id);
    f.from(7, s.instance_id);
    f.within(2, 4, s.retention_ms);
    f(s.topics);
  }
};

struct CommitPartitionAnswer {
  std::int32_t index = 0;
  std::int16_t error = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.index, s.error);
  }
};

struct CommitTopicAnswer {
  std::string name;
  std::vector<CommitPartitionAnswer> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions);
  }
};

struct OffsetCommitResponse {
  std::int32_t throttle_ms = 0;
  std::vector<CommitTopicAnswer> topics;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(3, s.throttle_ms);
    f(s.topics);
  }
};

struct OffsetFetchTopic {
  std::string name;
  std::vector<std::int32_t> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions);
  }
};

struct OffsetFetchGroup {
  std::string group;
  std::optional<std::vector<OffsetFetchTopic>> topics;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.group, s.topics);
  }
};

/// Null topics: everything the group has committed.
struct OffsetFetchRequest {
  static constexpr ApiSpec spec{ApiKey::offset_fetch, 1, 8, 6};

  OffsetFetchGroup one;
  std::vector<OffsetFetchGroup> groups;
  bool require_stable = false;

  template <class F>
  static void fields(F& f, auto& s) {
    f.until(7, s.one.group, s.one.topics);
    f.from(8, s.groups);
    f.from(7, s.require_stable);
  }
};

struct OffsetFetchPartitionAnswer {
  std::int32_t index = 0;
  std::int64_t offset = -1;
  std::int32_t leader_epoch = -1;
  std::optional<std::string> metadata;
  std::int16_t error = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.index, s.offset);
    f.from(5, s.leader_epoch);
    f(s.metadata, s.error);
  }
};

struct OffsetFetchTopicAnswer {
  std::string name;
  std::vector<OffsetFetchPartitionAnswer> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions);
  }
};

struct OffsetFetchGroupAnswer {
  std::string group;
  std::vector<OffsetFetchTopicAnswer> topics;
  std::int16_t error = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.group, s.topics, s.error);
  }
};

struct OffsetFetchResponse {
  std::int32_t throttle_ms = 0;
  OffsetFetchGroupAnswer one;
  std::vector<OffsetFetchGroupAnswer> groups;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(3, s.throttle_ms);
    f.until(7, s.one.topics);
    f.within(2, 7, s.one.error);
    f.from(8, s.groups);
  }
};

}  // namespace rialto::kafka
