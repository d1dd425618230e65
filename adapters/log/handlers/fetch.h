#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/fetch.h"

namespace rialto::kafka {

/// Stored batches as they are, found by the broker's long poll. Fetch sessions are declined by
/// answering id 0 every time, which clients take as "ask in full".
void answer_fetch(const Call& call, FetchRequest& request);

}  // namespace rialto::kafka
