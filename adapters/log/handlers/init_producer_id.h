#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/produce.h"

namespace rialto::kafka {

/// A fresh producer id. With a transactional id it is refused.
void answer_init_producer_id(const Call& call, InitProducerIdRequest& request);

}  // namespace rialto::kafka
