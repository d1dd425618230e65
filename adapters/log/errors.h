#pragma once

#include "core/base/errc.h"

#include <cstdint>
#include <optional>
#include <string>

namespace rialto::kafka {

/// Kafka's error codes that this door answers with.
enum class Code : std::int16_t {
  none = 0,
  offset_out_of_range = 1,
  corrupt_message = 2,
  unknown_topic_or_partition = 3,
  leader_not_available = 5,
  request_timed_out = 7,
  message_too_large = 10,
  offset_metadata_too_large = 12,
  invalid_topic = 17,
  invalid_required_acks = 21,
  illegal_generation = 22,
  inconsistent_group_protocol = 23,
  invalid_group_id = 24,
  unknown_member_id = 25,
  invalid_session_timeout = 26,
  rebalance_in_progress = 27,
  topic_authorization_failed = 29,
  invalid_timestamp = 32,
  unsupported_sasl_mechanism = 33,
  unsupported_version = 35,
  topic_already_exists = 36,
  invalid_partitions = 37,
  invalid_replication_factor = 38,
  invalid_config = 40,
  invalid_request = 42,
  policy_violation = 44,
  out_of_order_sequence = 45,
  invalid_producer_epoch = 47,
  transactional_id_authorization_failed = 53,
  kafka_storage_error = 56,
  non_empty_group = 68,
  group_id_not_found = 69,
  fetch_session_id_not_found = 70,
  unsupported_compression = 76,
  member_id_required = 79,
  invalid_record = 87,
  unknown_topic_id = 100,
  invalid_record_state = 121,
};

constexpr std::int16_t wire(Code code) {
  return static_cast<std::int16_t>(code);
}

/// The one translation of the domain's refusals. What is temporary becomes a code that clients
/// retry by themselves.
constexpr Code code_of(Errc errc) {
  switch (errc) {
    case Errc::ok: return Code::none;
    case Errc::not_found: return Code::unknown_topic_or_partition;
    case Errc::already_exists: return Code::topic_already_exists;
    case Errc::not_equivalent: return Code::invalid_request;
    case Errc::invalid_name: return Code::invalid_topic;
    case Errc::invalid_argument: return Code::invalid_request;
    case Errc::invalid_partitions: return Code::invalid_partitions;
    case Errc::in_use: return Code::policy_violation;
    case Errc::not_empty: return Code::non_empty_group;
    case Errc::locked: return Code::topic_authorization_failed;
    case Errc::policy_violation: return Code::policy_violation;
    case Errc::access_denied: return Code::topic_authorization_failed;
    case Errc::not_supported: return Code::unsupported_version;
    case Errc::corrupt: return Code::corrupt_message;
    case Errc::too_large: return Code::message_too_large;
    case Errc::out_of_range: return Code::offset_out_of_range;
    case Errc::out_of_order_sequence: return Code::out_of_order_sequence;
    case Errc::fenced: return Code::invalid_producer_epoch;
    case Errc::invalid_required_acks: return Code::invalid_required_acks;
    case Errc::unknown_codec: return Code::unsupported_compression;
    case Errc::invalid_record: return Code::invalid_record;
    case Errc::invalid_timestamp: return Code::invalid_timestamp;
    case Errc::unknown_delivery: return Code::invalid_record_state;
    case Errc::lease_expired: return Code::invalid_record_state;
    case Errc::illegal_generation: return Code::illegal_generation;
    case Errc::unknown_member: return Code::unknown_member_id;
    case Errc::rebalance_in_progress: return Code::rebalance_in_progress;
    case Errc::inconsistent_protocol: return Code::inconsistent_group_protocol;
    case Errc::member_id_required: return Code::member_id_required;
    case Errc::invalid_session_timeout: return Code::invalid_session_timeout;
    case Errc::full: return Code::policy_violation;
    case Errc::no_space: return Code::kafka_storage_error;
    case Errc::io_failed: return Code::kafka_storage_error;
    case Errc::uncertain: return Code::request_timed_out;
    case Errc::shutting_down: return Code::leader_not_available;
    case Errc::timed_out: return Code::request_timed_out;
  }
  return Code::invalid_request;
}

constexpr std::int16_t wire(Errc errc) {
  return wire(code_of(errc));
}

/// For questions about a group, where not_found means the group.
constexpr std::int16_t wire_of_group(Errc errc) {
  return errc == Errc::not_found ? wire(Code::group_id_not_found) : wire(errc);
}

/// A sentence for the fields that carry one; null when there is nothing to say.
inline std::optional<std::string> text_of(const Error& error) {
  if (error.code == Errc::ok) return std::nullopt;
  return error.text.empty() ? std::string(to_string(error.code)) : error.text;
}

}  // namespace rialto::kafka
