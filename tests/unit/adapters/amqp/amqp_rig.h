#pragma once

#include "adapters/amqp/amqp_door.h"
#include "adapters/amqp/wire/frame.h"
#include "adapters/amqp/wire/methods.h"
#include "adapters/amqp/wire/properties.h"
#include "tests/support/broker_rig.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

/// Scripted AMQP sessions against a real broker over an engine that commits when it is told.
namespace rialto::amqp {

class Rig;

/// A client: writes frames, and compares what comes back frame by frame.
class Peer {
 public:
  Peer(Rig& rig, bool loopback);
  ~Peer();

  /// Feeds what it is given and returns how much the door took.
  std::size_t send(Bytes bytes);
  template <class Method>
  void say(std::uint16_t channel, const Method& method) {
    std::string out;
    append_method(out, channel, method);
    send(out);
  }
  /// method + header + body of a publish, as one buffer.
  void publish(std::uint16_t channel, Bytes exchange, Bytes key, Bytes body,
               const Properties& properties = {}, bool mandatory = false);

  /// The next frame is exactly this method.
  template <class Method>
  void expect(std::uint16_t channel, const Method& method) {
    std::string wanted;
    append_method(wanted, channel, method);
    EXPECT_EQ(described(next_frame()), described(wanted));
  }
  /// The next frames are header and body of a message.
  void expect_content(std::uint16_t channel, Bytes body, const Properties& properties = {});
  void expect_nothing();
  /// The next frame is a close of this channel (or of the connection: 0) with this code and text.
  void expect_close(std::uint16_t channel, std::uint16_t code, Bytes text);

  /// Protocol header to open-ok, and one open channel.
  void open();
  void handshake(std::uint32_t frame_max = 131'072, std::uint16_t heartbeat_s = 0);
  void login(Bytes mechanism, Bytes response, Bytes client_properties);

  Door& door() { return *door_; }
  OutQueue& out() { return out_; }
  void leave();
  std::string next_frame();
  std::string received();
  static std::string described(Bytes frame);

 private:
  friend class Rig;
  Rig& rig_;
  OutQueue out_;
  std::unique_ptr<Door> door_;
  std::string pending_;
  std::string input_;
};

class Rig {
 public:
  Rig();

  /// Everything that was sent reaches the broker and what became true comes back, without
  /// anything getting durable.
  void tick();
  /// The next `sets` write sets become durable, and then a tick.
  void commit(std::size_t sets);
  /// Ticks and commits until nothing is left to do.
  void settle();
  void advance_ms(std::int64_t ms);

  test::BrokerRig core;
  AmqpSettings settings;

 private:
  friend class Peer;
  std::vector<Peer*> peers_;
};

std::string table_of(const FieldTable& table);
std::string all_capabilities();

}  // namespace rialto::amqp
