#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/group_offsets.h"

namespace rialto::kafka {

/// One group up to version 7, several since. A partition without a commit has offset -1.
void answer_offset_fetch(const Call& call, OffsetFetchRequest& request);

}  // namespace rialto::kafka
