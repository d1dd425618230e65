#pragma once

#include "adapters/http/call.h"
#include "adapters/http/request_parser.h"
#include "adapters/http/router.h"
#include "core/broker/session.h"
#include "core/net/door.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rialto::http {

/// One HTTP/1.1 connection: requests come in order, are answered when their answers are there and
/// leave in order. Later ones are begun while earlier ones wait, up to pipeline_max.
class ConnectionMachine final : public Door, public Session {
 public:
  static constexpr std::size_t pipeline_max = 16;
  /// Bodies that nobody asked for are read past up to this size; larger ones end the connection.
  static constexpr std::size_t ignored_body_bytes_max = 64U << 10;

  ConnectionMachine(BrokerPort& broker, OutQueue& out, const PeerInfo& peer,
                    const HttpSettings& settings, Instant now);
  ~ConnectionMachine() override;

  std::size_t on_bytes(Bytes in) override;
  void end_of_tick(Instant now) override;
  void on_closed() override;
  bool wants_bytes() const override;
  Instant next_deadline() const override;
  void on_time(Instant now) override;
  void begin_drain() override;

  void on_published(const PublishOutcome& outcome) override;
  void on_returned(const ReturnedMessage& message) override;
  void on_delivery(ConsumerId consumer, const Delivery& delivery) override;
  void on_consumer_cancelled(ConsumerId consumer) override;
  void on_blocked(const std::string& reason) override;

 private:
  /// What the connection waits for, and thereby how long it may.
  enum class Phase : std::uint8_t { head, body, idle, answers };

  /// A request that was begun, or a refusal of something that was none.
  struct Slot {
    CallRef call;
    Framing framing;
  };

  bool has_room() const;
  void on_head();
  void on_request();
  void run(const CallRef& call);
  /// The slot is answered, or will not be.
  void leave(const Slot& slot);
  void drop_slots();
  std::optional<Response> refusal_of_head(const Target& target);
  std::optional<Refused> refusal_of_state(const Route& route) const;
  /// Says this and reads no further.
  void end_with(Response response);
  void continue_body();
  void flush();
  void feed_stream(const Slot& slot);
  Phase phase() const;

  Connected connected_;
  RequestParser parser_;
  std::deque<Slot> slots_;
  Found found_;                      // of the request whose head is there
  std::optional<Target> target_;     // the same
  std::optional<Response> refusal_;  // the same: sent in place of what the handler would say
  std::string blocked_;              // why publishing is blocked
  bool publishes_ = false;           // this connection has stored messages
  bool continue_due_ = false;        // the client waits for 100 Continue
  bool reading_ended_ = false;
  bool streaming_ = false;  // the head of a stream was sent
  bool draining_ = false;
  bool closed_ = false;

  bool partial_head_ = false;
  bool heard_ = false;    // since the last tick
  bool begun_ = false;    // a request was complete since the last tick
  bool greeted_ = false;  // a request was complete at all
  Phase phase_ = Phase::head;
  Instant since_;  // when the phase began, or a body last grew
};

}  // namespace rialto::http
