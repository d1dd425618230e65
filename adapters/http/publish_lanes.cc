#include "adapters/http/publish_lanes.h"

#include <algorithm>
#include <utility>

namespace rialto::http {

void PublishLanes::publish(SessionId session, Publish message, Done done) {
  auto lane = std::find_if(lanes_.begin(), lanes_.end(), [](const Lane& l) { return !l.done; });
  if (lane == lanes_.end()) lane = lanes_.emplace(lanes_.end());
  lane->session = session;
  lane->done = std::move(done);
  lane->returned = false;
  message.publisher = PublisherId(static_cast<std::uint32_t>(lane - lanes_.begin()) + 1);
  message.sequence = ++lane->sequence;
  message.mandatory = true;
  broker_.publish(session, message);
}

PublishLanes::Lane* PublishLanes::find(PublisherId publisher) {
  const std::size_t at = publisher.get() - 1;
  return at < lanes_.size() && lanes_[at].done ? &lanes_[at] : nullptr;
}

void PublishLanes::on_returned(const ReturnedMessage& message) {
  if (Lane* lane = find(message.publisher)) lane->returned = true;
}

void PublishLanes::on_published(const PublishOutcome& outcome) {
  Lane* lane = find(outcome.publisher);
  if (!lane || lane->sequence < outcome.first_sequence || lane->sequence > outcome.last_sequence) {
    return;
  }
  const Done done = std::exchange(lane->done, nullptr);
  const bool returned = lane->returned;
  if (outcome.result != Errc::ok) {
    // An error ends a publisher as it ends an AMQP channel; the lane starts again as a new one.
    broker_.end_publisher(lane->session, outcome.publisher);
    lane->sequence = 0;
  }
  done({Error(outcome.result, outcome.text), returned, outcome.repeated});
}

}  // namespace rialto::http
