#include "core/base/errc.h"

namespace rialto {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::ok: return "ok";
    case Errc::not_found: return "not found";
    case Errc::already_exists: return "already exists";
    case Errc::not_equivalent: return "not equivalent";
    case Errc::invalid_name: return "invalid name";
    case Errc::invalid_argument: return "invalid argument";
    case Errc::invalid_partitions: return "invalid partitions";
    case Errc::in_use: return "in use";
    case Errc::not_empty: return "not empty";
    case Errc::locked: return "locked";
    case Errc::policy_violation: return "policy violation";
    case Errc::access_denied: return "access denied";
    case Errc::not_supported: return "not supported";
    case Errc::corrupt: return "corrupt";
    case Errc::too_large: return "too large";
    case Errc::out_of_range: return "out of range";
    case Errc::out_of_order_sequence: return "out of order sequence";
    case Errc::fenced: return "fenced";
    case Errc::invalid_required_acks: return "invalid required acks";
    case Errc::unknown_codec: return "unknown codec";
    case Errc::invalid_record: return "invalid record";
    case Errc::invalid_timestamp: return "invalid timestamp";
    case Errc::unknown_delivery: return "unknown delivery";
    case Errc::lease_expired: return "lease expired";
    case Errc::illegal_generation: return "illegal generation";
    case Errc::unknown_member: return "unknown member";
    case Errc::rebalance_in_progress: return "rebalance in progress";
    case Errc::inconsistent_protocol: return "inconsistent protocol";
    case Errc::member_id_required: return "member id required";
    case Errc::invalid_session_timeout: return "invalid session timeout";
    case Errc::full: return "full";
    case Errc::no_space: return "no space";
    case Errc::io_failed: return "i/o failed";
    case Errc::uncertain: return "uncertain";
    case Errc::shutting_down: return "shutting down";
    case Errc::timed_out: return "timed out";
  }
  return "unknown";
}

}  // namespace rialto
