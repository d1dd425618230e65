#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/topics.h"

namespace rialto::kafka {

/// By name, and since version 6 by id too.
void answer_delete_topics(const Call& call, DeleteTopicsRequest& request);

}  // namespace rialto::kafka
