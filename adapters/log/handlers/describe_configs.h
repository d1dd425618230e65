#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/configs.h"

namespace rialto::kafka {

/// Topics, and this broker.
void answer_describe_configs(const Call& call, DescribeConfigsRequest& request);

}  // namespace rialto::kafka
