#pragma once

namespace rialto::kafka {

/// What a client is told that asks for transactions, wherever it begins. The code with it is
/// TRANSACTIONAL_ID_AUTHORIZATION_FAILED: the one that both the Java client and librdkafka take
/// as final instead of asking again.
constexpr const char* no_transactions =
    "Rialto does not support transactions: leave transactional.id unset (enable.idempotence works)";

}  // namespace rialto::kafka
