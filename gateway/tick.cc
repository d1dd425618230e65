#include "gateway/tick.h"

#include "core/broker/broker.h"
#include "core/broker/shard_port.h"
#include "core/net/net.h"
#include "core/shard/loop.h"

#include <algorithm>

namespace rialto {

Instant Tick::end(Instant now) {
  // Durable events first: the confirms and deliveries they cause leave in this very tick.
  broker_.collect(now);
  if (failed()) return no_deadline;
  port_.dispatch();
  // What the handlers and the dispatched events brought is staged and handed to the log.
  const bool alone = net_.lone_client().is_alone(now);
  const Company company = alone ? Company::alone : Company::several;
  broker_.flush(now, company);
  if (failed()) return no_deadline;
  port_.dispatch();
  net_.end_of_tick(now);
  // Doors may have asked the broker in their last word. The answers are put into their out queues
  // here and leave with the next word.
  bool answered = port_.dispatch();
  if (alone) {
    broker_.commit_alone(now);
    // What it waits for leaves at once, without another look at the sockets.
    if (failed()) return no_deadline;
    answered = port_.dispatch() || answered;
    net_.end_of_tick(now);
    answered = port_.dispatch() || answered;
  }
  if (answered || net_.has_work() || broker_.has_work()) loop_.wake();
  return std::min(broker_.next_deadline(), net_.next_deadline());
}

const Error* Tick::failed() const {
  return broker_.failed();
}

}  // namespace rialto
