#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/cluster.h"

namespace rialto::kafka {

void answer_describe_cluster(const Call& call, DescribeClusterRequest& request);

}  // namespace rialto::kafka
