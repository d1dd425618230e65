#pragma once

#include "core/broker/port.h"

#include <utility>
#include <vector>

namespace rialto::amqp {

/// Collects the settlements of one read buffer and merges neighbours, so that a consumer that
/// acknowledges one by one costs the broker a call a run.
class SettleBatch {
 public:
  void add(QueueId queue, PartitionId partition, Offset offset, Settlement how);

  bool empty() const { return runs_.empty(); }

  /// Hands over what was collected, in the order it began.
  void flush(BrokerPort& port, SessionId session);
  /// Gives it away instead.
  std::vector<SettleRun> take() { return std::exchange(runs_, {}); }

 private:
  std::vector<SettleRun> runs_;
};

}  // namespace rialto::amqp
