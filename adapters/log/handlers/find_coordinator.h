#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/cluster.h"

namespace rialto::kafka {

/// This node coordinates every group. A transactional id is refused here, with the reason, before
/// the client has begun anything.
void answer_find_coordinator(const Call& call, FindCoordinatorRequest& request);

}  // namespace rialto::kafka
