#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/groups.h"

namespace rialto::kafka {

/// Answered when the leader has sent the assignments.
void answer_sync_group(const Call& call, SyncGroupRequest& request);
void answer_heartbeat(const Call& call, HeartbeatRequest& request);

}  // namespace rialto::kafka
