#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/group_admin.h"

namespace rialto::kafka {

/// A group that is not there is described as Dead, as Kafka did before version 6.
void answer_describe_groups(const Call& call, DescribeGroupsRequest& request);
void answer_list_groups(const Call& call, ListGroupsRequest& request);

}  // namespace rialto::kafka
