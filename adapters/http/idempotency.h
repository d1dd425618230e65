#pragma once

#include "adapters/http/message.h"
#include "core/base/result.h"
#include "core/broker/message_identity.h"

#include <string_view>

namespace rialto::http {

inline constexpr const char* idempotency_key_header = "Idempotency-Key";
inline constexpr const char* producer_header = "X-Rialto-Producer";
inline constexpr const char* sequence_header = "X-Rialto-Sequence";

/// By what the messages of a request are known when it comes again: Idempotency-Key, with or
/// without the quotes of a structured field, and X-Rialto-Producer with X-Rialto-Sequence. What
/// says nothing, or something twice, is refused.
Result<MessageIdentity> identity_of(const Request& request);

/// A producer numbers messages, not batches.
Result<MessageIdentity> identity_of_batch(const Request& request);

}  // namespace rialto::http
