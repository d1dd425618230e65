#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rialto {

/// Every way in which the domain can say no. Each door has one switch without default that maps
/// these to its wire codes, so a new value stops the build until every door has answered it.
enum class Errc : std::uint8_t {
  ok = 0,

  // Names and objects.
  not_found,           ///< no such queue, exchange, topic, partition or group
  already_exists,      ///< the name is taken by an object of another shape
  not_equivalent,      ///< a redeclaration differs from what exists
  invalid_name,        ///< empty, too long, reserved or with forbidden characters
  invalid_argument,    ///< a value outside of what the operation accepts
  invalid_partitions,  ///< a partition count that is not allowed here
  in_use,              ///< if-unused, or an exclusive consumer is in the way
  not_empty,           ///< if-empty, or a group that still has members
  locked,              ///< exclusive to another connection
  policy_violation,    ///< understood, and not allowed on this object
  access_denied,       ///< the principal lacks the right
  not_supported,       ///< has a meaning elsewhere that Rialto lacks; the text names it

  // Data.
  corrupt,                ///< a checksum or a length does not hold
  too_large,              ///< over the limit named in the text
  out_of_range,           ///< an offset outside of log start and high watermark
  out_of_order_sequence,  ///< an idempotent producer skipped or went back
  fenced,                 ///< an older producer epoch
  invalid_required_acks,  ///< acks is not one of -1, 0, 1
  unknown_codec,          ///< a compression this version does not know
  invalid_record,         ///< one record breaks a rule of its topic
  invalid_timestamp,      ///< a kind of time that the producer may not set

  // Settlement and groups.
  unknown_delivery,       ///< nothing outstanding under this tag
  lease_expired,          ///< the lease is no longer current
  illegal_generation,     ///< the member speaks of another generation
  unknown_member,         ///< the group does not know this member
  rebalance_in_progress,  ///< the member has to rejoin
  inconsistent_protocol,  ///< no protocol shared by all members
  member_id_required,     ///< join again with the id that was handed out
  invalid_session_timeout,

  // Capacity and life cycle.
  full,       ///< a named bound is reached; nothing was changed
  no_space,   ///< the disk is at its watermark
  io_failed,  ///< the disk failed; the process is about to end
  uncertain,  ///< it may or may not have happened
  shutting_down,
  timed_out,
};

/// The name of a value, for logs and for texts shown to a person.
std::string_view to_string(Errc code);

/// A refusal: the domain word, and a sentence that says what, where and what to do about it.
struct Error {
  Errc code = Errc::ok;
  std::string text;

  Error() = default;
  Error(Errc c) : code(c) {}  // NOLINT(google-explicit-constructor)
  Error(Errc c, std::string t) : code(c), text(std::move(t)) {}
};

}  // namespace rialto
