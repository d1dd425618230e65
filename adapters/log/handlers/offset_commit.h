#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/group_offsets.h"

namespace rialto::kafka {

void answer_offset_commit(const Call& call, OffsetCommitRequest& request);

}  // namespace rialto::kafka
