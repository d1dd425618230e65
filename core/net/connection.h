#pragma once

#include "core/base/clock.h"
#include "core/net/door.h"
#include "core/net/net.h"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>

namespace rialto {

/// One socket with its door. Asio says when it is ready; reading and sending are plain calls.
///
/// Its life: accepted (no door yet) -> open -> closing (the door wants its last words sent)
/// -> lingering (they are sent, the door is gone, the peer has a moment to read them) -> closed.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Net& net, boost::asio::ip::tcp::socket socket, PeerInfo peer);

  void start(const DoorKind& kind, Instant now);

  /// The door's last word of the tick, then one send.
  void end_of_tick(Instant now);
  /// The door could take no bytes: ask again, and feed what waits. False: it still cannot.
  bool try_resume();
  bool may_resume() const;
  void on_time(Instant now);
  void begin_drain();
  void close();

  Instant deadline() const;
  Instant scheduled = no_deadline;  ///< where Net has it in its deadlines

 private:
  void wait_readable();
  void on_readable();
  void feed(Bytes fresh);
  void acknowledge();
  void finish_sending(Instant now);
  bool send();
  void wait_writable();
  void linger();
  void release_door();

  Net& net_;
  boost::asio::ip::tcp::socket socket_;
  PeerInfo peer_;
  const DoorKind* kind_ = nullptr;
  OutQueue out_;
  std::unique_ptr<Door> door_;
  std::string pending_;             // received and not yet taken by the door
  Instant close_at_ = no_deadline;  // set once the door wants to end
  std::int64_t patience_ms_ = 0;    // with which it was
  unsigned quick_acks_ = 0;         // reads without an answer that were acknowledged at once
  bool read_next_ = false;          // at the end of this tick, so that a socket is read once in it
  bool reading_ = false;
  bool writing_ = false;
  bool closed_ = false;
};

}  // namespace rialto
