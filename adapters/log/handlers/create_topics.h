#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/topics.h"

namespace rialto::kafka {

/// Any replication factor is accepted as 1. A config that this door does not know is refused by
/// its name.
void answer_create_topics(const Call& call, CreateTopicsRequest& request);

}  // namespace rialto::kafka
