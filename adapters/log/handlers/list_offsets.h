#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/offsets.h"

namespace rialto::kafka {

void answer_list_offsets(const Call& call, ListOffsetsRequest& request);

}  // namespace rialto::kafka
