#pragma once

#include "core/base/ring.h"
#include "core/broker/carried_call.h"
#include "core/broker/shard_port.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace rialto {

struct OpenSession {
  Principal who;
  Protocol protocol;
};
struct CloseSession {};
struct Drained {
  std::uint32_t cost_bytes;
};
struct EndPublisher {
  PublisherId publisher;
};

struct CarriedCall {
  SessionId session;
  std::variant<std::function<void(Broker&)>, CarriedPublish, SettleRun, Drained, EndPublisher,
               OpenSession, CloseSession>
      what;
};

using CallBatch = std::unique_ptr<std::vector<CarriedCall>>;
using EventBatch = std::unique_ptr<std::vector<SessionEvent>>;

/// The port of one I/O shard beside the core thread. Calls are collected and cross over once a
/// tick in one ring entry, events come back the same way, both in order. When the ring is full
/// the calls stay here and admits_publish() is false: publishing sockets are read no more, while
/// settlements and questions of others still find room in the batch that waits.
class RingPort final : public ShardPort {
 public:
  static constexpr std::size_t ring_entries_max = 64;
  static constexpr std::size_t calls_waiting_max = 16 * 1024;

  /// `wake_core` is called from the shard's thread, `wake_shard` from the core's.
  RingPort(std::uint32_t shard, std::function<void()> wake_core, std::function<void()> wake_shard);

  // Shard thread.
  SessionId open(Session& session, Principal who, Protocol protocol) override;
  void close(SessionId session) override;
  void publish(SessionId session, const Publish& message) override;
  void settle(SessionId session, const SettleRun& run) override;
  void drained(SessionId session, std::uint32_t cost_bytes) override;
  void end_publisher(SessionId session, PublisherId publisher) override;
  bool admits_publish() const override;
  /// Start of a tick: brings in what the core sent.
  void receive();
  /// End of a tick: lets the collected calls go.
  void send();
  /// True while the ring had no room for them.
  bool has_calls() const { return calls_ && !calls_->empty(); }

  // Core thread.
  /// Runs the calls that came over; true when there were any. While the broker holds calls they
  /// stay in the ring.
  bool run_calls(Broker& broker);
  /// Lets the collected events go.
  void send_events();
  /// True while the ring had no room for them.
  bool has_events() const { return core_side_.events && !core_side_.events->empty(); }

 protected:
  void post(std::function<void(Broker&)> work) override;
  void bring_back(SessionId session, std::function<void()> reply) override;

 private:
  struct CoreSide final : EventSink {
    void push(SessionEvent event) override;
    EventBatch events;
  };

  void call(SessionId session, decltype(CarriedCall::what) what);
  void run(Broker& broker, CarriedCall& call);

  std::function<void()> wake_core_;
  std::function<void()> wake_shard_;
  SpscRing<CallBatch> calls_ring_{ring_entries_max};
  SpscRing<EventBatch> events_ring_{ring_entries_max};
  CallBatch calls_;
  CoreSide core_side_;
  std::atomic<bool> core_admits_{true};
};

}  // namespace rialto
