#include "core/broker/shard_port.h"

#include "core/broker/broker.h"
#include "core/broker/carried_call.h"

namespace rialto {

namespace {

struct Hand {
  Session& to;
  void operator()(DeliveryEvent& e) { to.on_delivery(e.consumer, e.delivery); }
  void operator()(PublishOutcome& e) { to.on_published(e); }
  void operator()(ReturnedMessage& e) { to.on_returned(e); }
  void operator()(CancelledEvent& e) { to.on_consumer_cancelled(e.consumer); }
  void operator()(BlockedEvent& e) { to.on_blocked(e.reason); }
  void operator()(EndedEvent& e) { to.on_ended(e.reason); }
  void operator()(ReplyEvent& reply) { reply(); }
};

constexpr unsigned shard_shift = 40;

}  // namespace

SessionId ShardPort::add(Session& session) {
  const SessionId id((std::uint64_t{shard_} << shard_shift) | ++last_session_);
  sessions_.emplace(id, &session);
  return id;
}

bool ShardPort::dispatch() {
  if (inbox_.empty()) return false;
  under_way_.swap(inbox_);
  for (SessionEvent& event : under_way_) {
    // A session may close itself or another one while it is being told something.
    const auto at = sessions_.find(event.session);
    if (at != sessions_.end()) std::visit(Hand{*at->second}, event.what);
  }
  under_way_.clear();
  return true;
}

SessionId InlinePort::open(Session& session, Principal who, Protocol protocol) {
  const SessionId id = add(session);
  broker_.open_session(id, std::move(who), protocol, *this);
  return id;
}

void InlinePort::close(SessionId session) {
  remove(session);
  post([session](Broker& broker) { broker.close_session(session); });
}

void InlinePort::publish(SessionId session, const Publish& message) {
  if (!broker_.holds_calls()) return broker_.publish(session, message);
  broker_.hold(
      [this, session, carried = carry(message)] { publish_carried(broker_, session, carried); });
}

void InlinePort::post(std::function<void(Broker&)> work) {
  broker_.see_time();
  if (!broker_.holds_calls()) return work(broker_);
  broker_.hold([this, work = std::move(work)] { work(broker_); });
}

void InlinePort::settle(SessionId session, const SettleRun& run) {
  broker_.settle(session, run);
}

void InlinePort::drained(SessionId session, std::uint32_t cost_bytes) {
  broker_.drained(session, cost_bytes);
}

void InlinePort::end_publisher(SessionId session, PublisherId publisher) {
  post([session, publisher](Broker& broker) { broker.end_publisher(session, publisher); });
}

bool InlinePort::admits_publish() const {
  return broker_.admits_publish();
}

void InlinePort::bring_back(SessionId session, std::function<void()> reply) {
  push(SessionEvent{session, std::move(reply)});
}

}  // namespace rialto
