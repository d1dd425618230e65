#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/cluster.h"

namespace rialto::kafka {

/// Every mechanism is refused by name: the list of offered ones is empty.
void answer_sasl_handshake(const Call& call, SaslHandshakeRequest& request);

}  // namespace rialto::kafka
