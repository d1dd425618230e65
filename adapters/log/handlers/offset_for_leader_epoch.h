#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/offsets.h"

namespace rialto::kafka {

/// Nothing here was ever truncated, so every epoch up to the current one ends, for the purposes of
/// a consumer that asks whether its position is still good, at the high watermark.
void answer_offset_for_leader_epoch(const Call& call, OffsetForLeaderEpochRequest& request);

}  // namespace rialto::kafka
