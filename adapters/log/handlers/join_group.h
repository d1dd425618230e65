#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/groups.h"

namespace rialto::kafka {

/// Answered when the join phase ends.
void answer_join_group(const Call& call, JoinGroupRequest& request, const RequestFrame& frame);

}  // namespace rialto::kafka
