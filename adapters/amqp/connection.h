#pragma once

#include "adapters/amqp/amqp_door.h"
#include "adapters/amqp/errors.h"
#include "adapters/amqp/heartbeat.h"
#include "adapters/amqp/settle_batch.h"
#include "adapters/amqp/wire/frame.h"
#include "adapters/amqp/wire/methods.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rialto::amqp {

class Channel;

/// One use of a channel number. Numbers come back, uses do not, so that an answer for a channel
/// that is gone cannot reach the next one of the same number.
struct ChannelKey {
  std::uint16_t number = 0;
  std::uint16_t use = 0;
  friend bool operator==(ChannelKey, ChannelKey) = default;
};

constexpr PublisherId publisher_of(ChannelKey key) {
  return PublisherId((std::uint32_t{key.use} << 16) | key.number);
}
constexpr ChannelKey channel_of(PublisherId id) {
  return {static_cast<std::uint16_t>(id.get()), static_cast<std::uint16_t>(id.get() >> 16)};
}

/// One AMQP connection: protocol header, handshake, heartbeats, channels by number, close. Lives
/// on its shard's thread and is the broker's session from connection.open on.
class Connection final : public Door, public Session {
 public:
  /// Frames of channels that wait for an answer, kept raw until it comes.
  static constexpr std::size_t parked_bytes_max = 64U << 10;
  /// Contents of which frames are still missing, over all channels.
  static constexpr std::size_t assembled_bytes_max = 64U << 20;
  /// Questions and commands the broker has not answered yet.
  static constexpr std::uint32_t asked_max = 1024;
  /// Delivery cost is given back when less than this waits to be sent.
  static constexpr std::size_t drained_below_bytes = OutQueue::bytes_max / 4;

  Connection(BrokerPort& port, OutQueue& out, const PeerInfo& peer, const AmqpSettings& settings,
             Instant now);
  ~Connection() override;

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
  void on_ended(const std::string& reason) override;

  // What its channels use.
  BrokerPort& port() { return port_; }
  SessionId session() const { return session_; }
  OutQueue& out() { return out_; }
  const AmqpSettings& settings() const { return settings_; }
  std::uint32_t frame_max() const { return frame_max_; }
  const std::string& user() const { return user_; }
  const std::string& vhost() const { return vhost_; }
  SettleBatch& settles() { return settles_; }
  /// For who lists channels.
  void note_channel(std::uint16_t number, bool open, const ChannelFacts& facts = {});
  bool tells_cancel() const { return client_.consumer_cancel_notify; }
  bool is_open() const { return state_ == State::open; }

  /// Sends connection.close and stops everything but waiting for its answer. Channels stay
  /// where they are until the current call is over.
  void fail(const Failure& failure);
  /// The channel of this very use, unless it has been closed.
  Channel* find(ChannelKey key);
  /// After an answer reached `channel`: reads the frames it kept back.
  void resume(Channel& channel);
  void flush_settles() { settles_.flush(port_, session_); }
  void owe(std::uint32_t cost_bytes) { owed_bytes_ += cost_bytes; }
  /// A message whose receiver is gone.
  void give_back(const Delivery& delivery, bool no_ack);
  void has_content(ChannelKey key) { assembling_.push_back(key); }
  /// The channel has something to say at the end of this tick.
  void has_confirms(ChannelKey key) {
    confirming_.push_back(key);
    out_.touch();
  }
  void saw_publish();
  void asked() { ++asked_; }
  void answered() { --asked_; }
  ConsumerId new_consumer(ChannelKey key, bool no_ack);
  std::string new_name(Bytes prefix);

 private:
  enum class State : std::uint8_t {
    wants_header,
    wants_start_ok,
    wants_tune_ok,
    wants_open,
    opening,  ///< the broker is asked for the vhost; nothing is read meanwhile
    open,
    closing,  ///< connection.close was sent
    refused,  ///< a bad login of a client that cannot be told
    ended,
  };

  struct ClientCapabilities {
    bool authentication_failure_close = false;
    bool consumer_cancel_notify = false;
    bool connection_blocked = false;
  };

  // connection.cc
  std::size_t take_protocol_header(Bytes in);
  std::size_t take_frames(Bytes in);
  void on_frame(const Frame& frame);
  void on_channel_frame(const Frame& frame);
  void open_channel(const Frame& frame);
  void keep_contents();
  void reap(ChannelKey key);
  void end();
  void end_session();
  bool idle() const;
  void finish_drain();
  void give_back_cost();
  std::uint32_t payload_max() const;

  // connection_handshake.cc
  void on_connection_method(const Frame& frame);
  template <class Method>
  bool read(Bytes arguments, Method& method);
  void send_start();
  void on(const ConnectionStartOk& method);
  void on(const ConnectionTuneOk& method);
  void on(const ConnectionOpen& method);
  void opened();
  /// For who lists connections.
  void note_connection();
  void on(const ConnectionClose& method);
  void on(const ConnectionUpdateSecret& method);
  void on_close_ok();
  void refuse_login(const Failure& failure);
  void read_capabilities(Bytes client_properties);

  template <class Method>
  void say(const Method& method) {
    append_method(out_.tail(), 0, method);
  }

  BrokerPort& port_;
  OutQueue& out_;
  const AmqpSettings& settings_;
  const bool loopback_;
  ConnectionFacts facts_;

  State state_ = State::wants_header;
  Instant now_;
  Instant state_deadline_;  ///< of handshake, closing and drain
  Heartbeat heartbeat_;
  std::uint64_t skip_bytes_ = 0;  ///< rest of a frame that was refused for its size
  std::uint32_t frame_max_ = frame_bytes_min;
  std::uint16_t channel_max_ = 0;
  std::string user_;
  std::string vhost_;
  ClientCapabilities client_;

  SessionId session_;
  bool session_open_ = false;
  bool draining_ = false;
  bool published_ = false;
  bool told_blocked_ = false;
  std::string blocked_reason_;
  std::uint32_t asked_ = 0;
  std::uint64_t owed_bytes_ = 0;
  std::uint64_t next_consumer_ = 1;
  std::uint64_t next_name_ = 1;
  std::uint16_t next_use_ = 0;
  SettleBatch settles_;
  std::vector<std::unique_ptr<Channel>> channels_;  ///< by number
  std::vector<ChannelKey> assembling_;
  std::vector<ChannelKey> confirming_;
};

}  // namespace rialto::amqp
