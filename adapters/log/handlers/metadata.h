#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/metadata.h"

namespace rialto::kafka {

/// One broker, at the address that this client connected to.
void answer_metadata(const Call& call, MetadataRequest& request);

}  // namespace rialto::kafka
