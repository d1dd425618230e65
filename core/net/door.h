#pragma once

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/net/out_queue.h"

#include <cstddef>

namespace rialto {

/// The protocol side of one connection: a machine without I/O. Lives on its shard's thread; the
/// connection (core/net) feeds it and sends what it puts into the out queue, once a tick.
///
/// A tick of a connection: on_bytes() for what was read, broker callbacks, then end_of_tick().
class Door {
 public:
  virtual ~Door() = default;

  /// Takes from the front of `in` what it can use and returns how much; the rest comes again with
  /// more behind it. `in` is valid during the call only. Anything malformed is answered in the
  /// protocol's own way and ends in out().close_after_flush().
  virtual std::size_t on_bytes(Bytes in) = 0;

  /// The last moment of a tick to put something into the out queue (folded confirms, deliveries).
  virtual void end_of_tick(Instant now) = 0;

  /// The peer is gone or the connection was closed; no call follows. Releases what the session
  /// holds in the broker.
  virtual void on_closed() = 0;

  /// False while a bound is reached (answers outstanding, publishes not admitted, a barrier): the
  /// socket is not read until it is true again.
  virtual bool wants_bytes() const = 0;

  /// Heartbeats, handshake and idle limits.
  virtual Instant next_deadline() const = 0;
  virtual void on_time(Instant now) = 0;

  /// A clean stop: tell the peer in the protocol's way, finish what is under way, then close.
  virtual void begin_drain() = 0;
};

/// What a door knows of its connection when it is made.
struct PeerInfo {
  std::string peer_address;   ///< "127.0.0.1:40000"
  std::string local_address;  ///< the address the client connected to, host only
  std::uint16_t local_port = 0;
  bool loopback = false;
  bool tls = false;
};

}  // namespace rialto
