#pragma once

#include "adapters/log/wire/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rialto::kafka {

struct ProducePartition {
  std::int32_t index = 0;
  RecordsView records;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.index, s.records);
  }
};

struct ProduceTopic {
  std::string name;
  std::vector<ProducePartition> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions);
  }
};

/// Versions 0 to 2 are understood so far that they can be refused: old librdkafka compresses
/// only for brokers whose range begins at 0.
struct ProduceRequest {
  static constexpr ApiSpec spec{ApiKey::produce, 0, 9, 9};
  static constexpr std::int16_t implemented_from = 3;

  std::optional<std::string> transactional_id;
  std::int16_t acks = -1;
  std::int32_t timeout_ms = 0;
  std::vector<ProduceTopic> topics;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(3, s.transactional_id);
    f(s.acks, s.timeout_ms, s.topics);
  }
};

struct RecordError {
  std::int32_t batch_index = 0;
  std::optional<std::string> message;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.batch_index, s.message);
  }
};

struct ProducePartitionAnswer {
  std::int32_t index = 0;
  std::int16_t error = 0;
  std::int64_t base_offset = -1;
  std::int64_t log_append_time_ms = -1;
  std::int64_t log_start_offset = -1;
  std::vector<RecordError> record_errors;
  std::optional<std::string> error_message;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.index, s.error, s.base_offset);
    f.from(2, s.log_append_time_ms);
    f.from(5, s.log_start_offset);
    f.from(8, s.record_errors, s.error_message);
  }
};

struct ProduceTopicAnswer {
  std::string name;
  std::vector<ProducePartitionAnswer> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.partitions);
  }
};

struct ProduceResponse {
  std::vector<ProduceTopicAnswer> topics;
  std::int32_t throttle_ms = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.topics);
    f.from(1, s.throttle_ms);
  }
};

struct InitProducerIdRequest {
  static constexpr ApiSpec spec{ApiKey::init_producer_id, 0, 4, 2};

  std::optional<std::string> transactional_id;
  std::int32_t transaction_timeout_ms = 0;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.transactional_id, s.transaction_timeout_ms);
    f.from(3, s.producer_id, s.producer_epoch);
  }
};

struct InitProducerIdResponse {
  std::int32_t throttle_ms = 0;
  std::int16_t error = 0;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.throttle_ms, s.error, s.producer_id, s.producer_epoch);
  }
};

}  // namespace rialto::kafka
