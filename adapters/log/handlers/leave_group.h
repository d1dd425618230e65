#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/groups.h"

namespace rialto::kafka {

/// One member up to version 2, a list since; a static member may be named by its instance id alone.
void answer_leave_group(const Call& call, LeaveGroupRequest& request);

}  // namespace rialto::kafka
