#pragma once

#include "adapters/http/call.h"
#include "adapters/http/message_headers.h"
#include "core/base/result.h"
#include "core/broker/delay.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::http::v1 {

/// `delay` (milliseconds), `deliverAt` (RFC 3339) and `cancelKey` of a query.
/// Their names, for routes that publish.
const std::vector<std::string_view>& delay_queries();

/// Nothing: the message enters its queues at once.
Result<std::optional<OwnedDelay>> delay_of(const Call& call);

/// Publishes the body of the request; answers 201 with the id under which it can be cancelled.
void publish_delayed(const CallRef& call, const std::string& exchange, const std::string& key,
                     MessageHeaders extra, OwnedDelay delay);

}  // namespace rialto::http::v1
