#pragma once

#include "adapters/http/message.h"
#include "adapters/http/target.h"
#include "core/base/errc.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace rialto::http {

/// What a refusal of the domain means to an HTTP client: a status, and what to do about it.
struct Meaning {
  unsigned status = 500;
  std::string_view advice;
};

/// The one place where Errc becomes HTTP. No default: a new value stops the build here.
constexpr Meaning meaning_of(Errc code) {
  switch (code) {
    case Errc::ok: return {200, ""};
    case Errc::not_found: return {404, "GET /v1/queues and /v1/topics list what there is"};
    case Errc::already_exists: return {409, "choose another name or delete what has it"};
    case Errc::not_equivalent: return {409, "send what exists, or delete it first"};
    case Errc::invalid_name: return {400, "use at most 255 bytes of letters, digits and . _ -"};
    case Errc::invalid_argument: return {400, "correct the request and send it again"};
    case Errc::invalid_partitions: return {400, "use a partition count of at least 1"};
    case Errc::in_use: return {409, "end its consumers first"};
    case Errc::not_empty: return {409, "empty it first"};
    case Errc::locked: return {423, "it is exclusive to the connection that declared it"};
    case Errc::policy_violation: return {409, "the text names the way that is allowed"};
    case Errc::access_denied: return {403, "use an object that this user may use"};
    case Errc::not_supported: return {501, "leave the named thing out"};
    case Errc::corrupt: return {500, "the stored bytes are damaged; read on behind them"};
    case Errc::too_large: return {413, "send less at once"};
    case Errc::out_of_range: return {416, "use an offset between log_start and high_watermark"};
    case Errc::out_of_order_sequence: return {409, "send the sequence that is expected"};
    case Errc::fenced: return {409, "a newer producer has taken over"};
    case Errc::invalid_required_acks: return {400, "use acks of -1, 0 or 1"};
    case Errc::unknown_codec: return {400, "use gzip, snappy, lz4, zstd or no compression"};
    case Errc::invalid_record:
    case Errc::invalid_timestamp: return {400, "correct the message and send it again"};
    case Errc::unknown_delivery: return {410, "pull again: it was settled or returned before"};
    case Errc::lease_expired: return {410, "pull again: the message is handed out anew"};
    case Errc::illegal_generation:
    case Errc::unknown_member:
    case Errc::rebalance_in_progress: return {409, "join the group again"};
    case Errc::inconsistent_protocol: return {409, "use a protocol that all members share"};
    case Errc::member_id_required: return {409, "join again with the id that was given"};
    case Errc::invalid_session_timeout: return {400, "use a session timeout within the limits"};
    case Errc::full: return {429, "wait and send it again; nothing was stored"};
    case Errc::no_space: return {503, "free disk space; reading and settling go on"};
    case Errc::io_failed: return {503, "the disk has failed and this server is ending"};
    case Errc::uncertain: return {504, "it may or may not have happened: look before repeating"};
    case Errc::shutting_down: return {503, "send it to the server again once it is back"};
    case Errc::timed_out: return {504, "it took too long: look before repeating"};
  }
  return {500, ""};
}

/// A refusal of the protocol itself, which no Errc names.
struct Refused {
  unsigned status = 0;
  std::string title;
  std::string detail;
};

/// The same of one that has a name: what happened, and what to do about it.
Refused refused(const Error& error);

/// In whose words a refusal is told.
enum class Dialect : std::uint8_t {
  own,         ///< application/problem+json with type, title, status and detail
  management,  ///< error and reason, as RabbitMQ's tools read them
};

/// management below /api.
Dialect dialect_of(const Target& target);

Response problem(const Error& error, Dialect words = Dialect::own);
Response problem(const Refused& refused, Dialect words = Dialect::own);

}  // namespace rialto::http
