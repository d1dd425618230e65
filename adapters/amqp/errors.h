#pragma once

#include "adapters/amqp/wire/method_codec.h"
#include "core/base/errc.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace rialto::amqp {

enum class ReplyCode : std::uint16_t {
  success = 200,
  no_route = 312,
  connection_forced = 320,
  access_refused = 403,
  not_found = 404,
  resource_locked = 405,
  precondition_failed = 406,
  frame_error = 501,
  syntax_error = 502,
  command_invalid = 503,
  channel_error = 504,
  unexpected_frame = 505,
  resource_error = 506,
  not_allowed = 530,
  not_implemented = 540,
  internal_error = 541,
};

enum class Scope : std::uint8_t { channel, connection };

/// How the door answers a refusal of the domain.
struct Refusal {
  ReplyCode code = ReplyCode::internal_error;
  Scope scope = Scope::connection;
};

/// The only place where an Errc meets a reply code.
constexpr Refusal refusal_of(Errc code) {
  switch (code) {
    case Errc::not_found: return {ReplyCode::not_found, Scope::channel};
    case Errc::access_denied: return {ReplyCode::access_refused, Scope::channel};
    case Errc::locked: return {ReplyCode::resource_locked, Scope::channel};
    case Errc::already_exists:
    case Errc::not_equivalent:
    case Errc::invalid_name:
    case Errc::invalid_argument:
    case Errc::invalid_partitions:
    case Errc::in_use:
    case Errc::not_empty:
    case Errc::policy_violation:
    case Errc::too_large:
    case Errc::out_of_range:
    case Errc::invalid_record:
    case Errc::invalid_timestamp:
    case Errc::unknown_delivery: return {ReplyCode::precondition_failed, Scope::channel};
    case Errc::not_supported: return {ReplyCode::not_implemented, Scope::connection};
    case Errc::full:
    case Errc::no_space: return {ReplyCode::resource_error, Scope::connection};
    case Errc::shutting_down: return {ReplyCode::connection_forced, Scope::connection};
    case Errc::ok:
    case Errc::corrupt:
    case Errc::out_of_order_sequence:
    case Errc::fenced:
    case Errc::invalid_required_acks:
    case Errc::unknown_codec:
    case Errc::lease_expired:
    case Errc::illegal_generation:
    case Errc::unknown_member:
    case Errc::rebalance_in_progress:
    case Errc::inconsistent_protocol:
    case Errc::member_id_required:
    case Errc::invalid_session_timeout:
    case Errc::io_failed:
    case Errc::uncertain:
    case Errc::timed_out: return {ReplyCode::internal_error, Scope::connection};
  }
  return {};
}

/// A refused publish is nacked when the broker could not take it, and closes the channel when
/// the message or its destination is wrong.
constexpr bool is_publisher_fault(Errc code) {
  return refusal_of(code).scope == Scope::channel;
}

/// "NOT_FOUND" and so on, as clients look for it at the start of a text.
std::string_view name_of(ReplyCode code);

/// An error on its way to the peer.
struct Failure {
  ReplyCode code = ReplyCode::internal_error;
  Scope scope = Scope::connection;
  std::string text;  ///< with the name of the code in front, at most 255 bytes when sent
  MethodId method;   ///< that failed; 0,0 when none did
};

Failure channel_failure(ReplyCode code, std::string_view what, MethodId method);
Failure connection_failure(ReplyCode code, std::string_view what, MethodId method = {});
Failure failure_of(const Error& error, MethodId method);
/// Of the channel: its form is good, and the text names the bounds.
Failure table_too_large(std::string_view what, MethodId method);

}  // namespace rialto::amqp
