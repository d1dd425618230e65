#include "adapters/amqp/settle_batch.h"

#include <algorithm>

namespace rialto::amqp {
namespace {

// A channel usually drains a few queues in turn; looking further back costs more than a call.
constexpr std::size_t runs_looked_at = 4;

bool extend(SettleRun& run, Offset offset) {
  if (offset == run.last + 1) {
    run.last = offset;
    return true;
  }
  if (offset + 1 == run.first) {
    run.first = offset;
    return true;
  }
  return false;
}

}  // namespace

void SettleBatch::add(QueueId queue, PartitionId partition, Offset offset, Settlement how) {
  const std::size_t from = runs_.size() - std::min(runs_.size(), runs_looked_at);
  for (std::size_t i = runs_.size(); i > from; --i) {
    SettleRun& run = runs_[i - 1];
    if (run.queue != queue || run.partition != partition || run.how != how) continue;
    if (extend(run, offset)) return;
  }
  runs_.push_back({queue, partition, offset, offset, how});
}

void SettleBatch::flush(BrokerPort& port, SessionId session) {
  for (const SettleRun& run : runs_)
    port.settle(session, run);
  runs_.clear();
}

}  // namespace rialto::amqp
