#include "gateway/core_tick.h"

#include "core/broker/broker.h"

namespace rialto {

Instant CoreTick::end(Instant now) {
  broker_.collect(now);
  if (broker_.failed()) return no_deadline;
  for (const auto& shard : shards_)
    shard->port().run_calls(broker_);
  broker_.flush(now);
  if (broker_.failed()) return no_deadline;
  bool waiting = broker_.has_work();
  for (const auto& shard : shards_) {
    shard->port().send_events();
    waiting = waiting || shard->port().has_events();
  }
  if (waiting) loop_.wake();
  return broker_.next_deadline();
}

}  // namespace rialto
