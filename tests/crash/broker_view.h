#pragma once

#include "tests/crash/broker_client.h"

#include <map>
#include <string>
#include <vector>

namespace rialto::test {

/// Everything a client can see of a broker, as text and message by message.
struct BrokerView {
  std::string text;
  std::map<std::string, std::vector<std::string>> bodies;  ///< queue -> in order; topic -> all
  std::map<PartitionIndex, Offset> log_starts;             ///< of the topic
};

/// Looks at everything there is, and takes every message out of its queue on the way: the broker
/// is used up afterwards. `leases` are extended, to see which ones are still known.
BrokerView look_at(BrokerClient& client, const std::vector<std::string>& leases);

}  // namespace rialto::test
