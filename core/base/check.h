#pragma once

namespace rialto {

/// Ends the process after printing what was expected and where. Never returns.
[[noreturn]] void check_failed(const char* expression, const char* why, const char* file, int line);

}  // namespace rialto

/// States an invariant; on in every build. For bugs only: what a peer or a disk can cause is an
/// Errc, never a failed check.
#define RIALTO_CHECK(expression, why)                   \
  (static_cast<bool>(expression) ? static_cast<void>(0) \
                                 : ::rialto::check_failed(#expression, why, __FILE__, __LINE__))
