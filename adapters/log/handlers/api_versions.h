#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/cluster.h"

namespace rialto::kafka {

/// The table of APIs. A client with an implausible name is told INVALID_REQUEST, as Kafka does.
void answer_api_versions(const Call& call, ApiVersionsRequest& request);

/// For versions that this door does not know: version 0 with the range it does know, from which
/// the client chooses again. The body of such a request must not be read.
void answer_unknown_api_versions(const Call& call);

}  // namespace rialto::kafka
