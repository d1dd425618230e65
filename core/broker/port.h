#pragma once

#include "core/base/clock.h"
#include "core/base/stats.h"
#include "core/broker/delay.h"
#include "core/broker/message_identity.h"
#include "core/broker/requests.h"
#include "core/broker/session.h"
#include "core/model/ids.h"
#include "core/model/record.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace rialto {

class Broker;

/// Carries a request to the broker's handler for it; instantiated for every request in
/// requests.h, next to the handlers. Core thread.
template <class Request>
void handle(Broker& broker, SessionId session, Request what, Reply<typename Request::Answer> reply);

/// Who acts. Made by authentication, passed to the core, checked there.
struct Principal {
  std::string user;
  std::string vhost = "/";
};

/// One message to be routed. Views live until the call returns.
struct Publish {
  PublisherId publisher;
  std::uint64_t sequence = 0;  ///< 0: no outcome wanted (errors are reported all the same)
  Bytes exchange;
  Bytes routing_key;
  bool mandatory = false;
  bool in_transaction = false;  ///< kept until CommitTransaction; faults are told at once
  RecordParts record;
  /// Keys it is routed by beside its own (CC, BCC).
  std::span<const Bytes> more_keys = {};
  /// What headers exchanges look at, as an AMQP field table without its length. Empty: the
  /// record's headers, as texts.
  Bytes headers = {};
  /// Set: it is confirmed when it is durable, and routed by the bindings of that time. It is not
  /// returned when there are none.
  std::optional<Delay> delay = {};
  /// Set: a target that knows it already does not store it again.
  std::optional<MessageIdentity> identity = {};
};

/// The doors' way to the broker, one a shard, used on the shard's thread only. On a small machine
/// it calls the broker directly; otherwise it carries requests over bounded rings. Either way
/// replies and session events come back in a later phase of the tick, never inside a call, and
/// never after close(session).
///
/// `Principal` is needed to open a session, and nothing works without one.
class BrokerPort {
 public:
  virtual ~BrokerPort() = default;

  virtual SessionId open(Session& session, Principal who, Protocol protocol) = 0;
  /// Unacked messages return, consumers leave, exclusive queues go. No call follows.
  virtual void close(SessionId session) = 0;

  virtual void publish(SessionId session, const Publish& message) = 0;
  virtual void settle(SessionId session, const SettleRun& run) = 0;
  /// Gives back delivery cost whose bytes have left the out queue.
  virtual void drained(SessionId session, std::uint32_t cost_bytes) = 0;
  /// Forgets a publisher (its channel closed); its number may be used again afterwards.
  virtual void end_publisher(SessionId session, PublisherId publisher) = 0;

  /// False: a bound on publishing is reached; stop reading sockets that publish.
  virtual bool admits_publish() const = 0;

  /// Asks; the reply comes exactly once, from a later phase of a tick, unless the session was
  /// closed before.
  template <class Request>
  void request(SessionId session, Request what, Reply<typename Request::Answer> reply) {
    using Answer = typename Request::Answer;
    Reply<Answer> back = [this, session, reply = std::move(reply)](Result<Answer> answer) {
      bring_back(session, [reply, answer = std::move(answer)] { reply(answer); });
    };
    post([session, what = std::move(what), back = std::move(back)](Broker& broker) {
      handle<Request>(broker, session, what, back);
    });
  }

 protected:
  /// Runs `work` on the core thread, after everything this port was told before.
  virtual void post(std::function<void(Broker&)> work) = 0;
  /// Core thread: runs `reply` on the session's thread, or drops it when the session is closed.
  virtual void bring_back(SessionId session, std::function<void()> reply) = 0;
};

}  // namespace rialto
