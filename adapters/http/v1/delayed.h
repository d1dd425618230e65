#pragma once

#include "adapters/http/call.h"
#include "adapters/http/message_headers.h"
#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::http::v1 {

/// What `delay` (milliseconds), `deliverAt` (RFC 3339) and `cancelKey` of a query ask for.
struct AskedDelay {
  std::int64_t ms = 0;
  std::optional<std::int64_t> at_wall_ms;
  std::string cancel_key;
};

/// The names of these parameters, for routes that publish.
const std::vector<std::string_view>& delay_queries();

/// Nothing: the message enters its queues at once.
Result<std::optional<AskedDelay>> delay_of(const Call& call);

/// Publishes the body of the request; answers 201 with the id under which it can be cancelled.
void publish_delayed(const CallRef& call, const std::string& exchange, const std::string& key,
                     MessageHeaders extra, AskedDelay delay);

}  // namespace rialto::http::v1
