#include "adapters/http/asked_delay.h"

#include "core/base/rfc3339.h"

#include <fmt/format.h>

#include <utility>

namespace rialto::http {
namespace {

template <class... Args>
Error invalid(fmt::format_string<Args...> text, Args&&... args) {
  return {Errc::invalid_argument, fmt::format(text, std::forward<Args>(args)...)};
}

}  // namespace

Result<std::optional<OwnedDelay>> delay_of(AskedDelay asked, const AskedDelay::Words& words) {
  if (!asked.ms && !asked.at) {
    if (!asked.cancel_key) return std::optional<OwnedDelay>();
    return invalid("'{}' is for messages with '{}' or '{}'", words.cancel_key, words.delay,
                   words.deliver_at);
  }
  if (asked.ms && asked.at) {
    return invalid("'{}' and '{}' exclude each other", words.delay, words.deliver_at);
  }
  OwnedDelay out;
  out.ms = asked.ms.value_or(0);
  if (asked.at) {
    out.at_wall_ms = from_rfc3339(*asked.at);
    if (!out.at_wall_ms || *out.at_wall_ms < 0) {
      return invalid("'{}' has to be a time such as 2026-01-31T12:00:00Z", words.deliver_at);
    }
  }
  if (!asked.cancel_key) return std::optional(std::move(out));
  out.cancel_key = std::move(*asked.cancel_key);
  if (out.cancel_key.empty() || out.cancel_key.size() > cancel_key_bytes_max) {
    return invalid("'{}' has 1 to {} bytes", words.cancel_key, cancel_key_bytes_max);
  }
  return std::optional(std::move(out));
}

}  // namespace rialto::http
