#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/produce.h"

namespace rialto::kafka {

/// Each batch is checked here, on the connection's thread, and copied out of the receive buffer
/// once; parts are independent of each other. With acks = 0 nothing is answered, and an error
/// closes the connection, which is how such a client learns of it.
void answer_produce(const Call& call, ProduceRequest& request, const RequestFrame& frame);

}  // namespace rialto::kafka
