#include "core/broker/ring_port.h"

#include "core/broker/broker.h"

#include <iterator>

namespace rialto {

RingPort::RingPort(std::uint32_t shard, std::function<void()> wake_core,
                   std::function<void()> wake_shard)
    : ShardPort(shard), wake_core_(std::move(wake_core)), wake_shard_(std::move(wake_shard)) {}

void RingPort::call(SessionId session, decltype(CarriedCall::what) what) {
  if (!calls_) calls_ = std::make_unique<std::vector<CarriedCall>>();
  calls_->push_back(CarriedCall{session, std::move(what)});
}

SessionId RingPort::open(Session& session, Principal who, Protocol protocol) {
  const SessionId id = add(session);
  call(id, OpenSession{std::move(who), protocol});
  return id;
}

void RingPort::close(SessionId session) {
  remove(session);
  call(session, CloseSession{});
}

void RingPort::publish(SessionId session, const Publish& message) {
  call(session, carry(message));
}

void RingPort::settle(SessionId session, const SettleRun& run) {
  call(session, run);
}

void RingPort::drained(SessionId session, std::uint32_t cost_bytes) {
  call(session, Drained{cost_bytes});
}

void RingPort::end_publisher(SessionId session, PublisherId publisher) {
  call(session, EndPublisher{publisher});
}

bool RingPort::admits_publish() const {
  return core_admits_.load(std::memory_order_relaxed) &&
         (!calls_ || calls_->size() < calls_waiting_max);
}

void RingPort::post(std::function<void(Broker&)> work) {
  call(SessionId(0), std::move(work));
}

void RingPort::receive() {
  std::size_t entries = 0;
  while (auto batch = events_ring_.try_pop()) {
    ++entries;
    std::move((*batch)->begin(), (*batch)->end(), std::back_inserter(inbox_));
  }
  // It may have been full: what the core kept back can come now.
  if (entries >= ring_entries_max) wake_core_();
}

void RingPort::send() {
  if (!calls_ || calls_->empty()) return;
  if (calls_ring_.try_push(calls_)) calls_.reset();
  wake_core_();
}

void RingPort::run(Broker& broker, CarriedCall& call) {
  struct Run {
    RingPort& port;
    Broker& broker;
    SessionId session;
    void operator()(std::function<void(Broker&)>& work) { work(broker); }
    void operator()(CarriedPublish& m) { publish_carried(broker, session, m); }
    void operator()(SettleRun& r) { broker.settle(session, r); }
    void operator()(Drained& d) { broker.drained(session, d.cost_bytes); }
    void operator()(EndPublisher& e) { broker.end_publisher(session, e.publisher); }
    void operator()(OpenSession& o) {
      broker.open_session(session, std::move(o.who), o.protocol, port.core_side_);
    }
    void operator()(CloseSession&) { broker.close_session(session); }
  };
  std::visit(Run{*this, broker, call.session}, call.what);
}

bool RingPort::run_calls(Broker& broker) {
  std::size_t entries = 0;
  while (!broker.holds_calls()) {
    const auto batch = calls_ring_.try_pop();
    if (!batch) break;
    ++entries;
    for (CarriedCall& call : **batch)
      run(broker, call);
  }
  core_admits_.store(broker.admits_publish(), std::memory_order_relaxed);
  // It may have been full: what the shard kept back can come now.
  if (entries >= ring_entries_max) wake_shard_();
  return entries != 0;
}

void RingPort::CoreSide::push(SessionEvent event) {
  if (!events) events = std::make_unique<std::vector<SessionEvent>>();
  events->push_back(std::move(event));
}

void RingPort::bring_back(SessionId session, std::function<void()> reply) {
  core_side_.push(SessionEvent{session, std::move(reply)});
}

void RingPort::send_events() {
  if (!core_side_.events || core_side_.events->empty()) return;
  if (events_ring_.try_push(core_side_.events)) core_side_.events.reset();
  wake_shard_();
}

}  // namespace rialto
