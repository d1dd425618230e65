#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/group_admin.h"

namespace rialto::kafka {

void answer_delete_groups(const Call& call, DeleteGroupsRequest& request);

}  // namespace rialto::kafka
