#pragma once

#include "core/net/door.h"
#include "core/net/out_queue.h"
#include "tests/support/broker_rig.h"

#include <functional>
#include <memory>
#include <string>

namespace rialto::test {

/// One door on a rig: feed(bytes); tick(); commit(); tick(); expect sent().
class DoorHarness {
 public:
  using MakeDoor =
      std::function<std::unique_ptr<Door>(BrokerPort&, OutQueue&, const PeerInfo&, Instant)>;

  DoorHarness(BrokerRig& rig, const MakeDoor& make, PeerInfo peer = local_peer()) : rig_(rig) {
    door = make(rig.next_port(), out_, peer, rig.clock.now());
  }
  ~DoorHarness() {
    if (!gone_) door->on_closed();
  }

  static PeerInfo local_peer() {
    PeerInfo peer;
    peer.peer_address = "127.0.0.1:40000";
    peer.local_address = "127.0.0.1";
    peer.local_port = 5672;
    peer.loopback = true;
    return peer;
  }

  void feed(Bytes bytes) {
    pending_.append(bytes);
    pending_.erase(0, door->on_bytes(pending_));
  }
  void tick() {
    rig_.tick();
    if (gone_) return;
    // What waited behind a barrier is offered again, as the connection does.
    if (!pending_.empty() && door->wants_bytes()) feed({});
    rig_.tick();
    door->end_of_tick(rig_.clock.now());
  }
  /// Everything staged becomes durable and is told.
  void commit() {
    for (int round = 0; round < 3; ++round) {
      tick();
      rig_.engine->commit_all();
      tick();
    }
  }
  void time(std::int64_t ms) {
    rig_.clock.advance_ms(ms);
    if (!gone_ && rig_.clock.now() >= door->next_deadline()) door->on_time(rig_.clock.now());
    tick();
  }
  void disconnect() {
    gone_ = true;
    door->on_closed();
    rig_.tick();
  }

  /// What was sent since the last call.
  std::string sent() {
    std::string all;
    Bytes pieces[64];
    while (const std::size_t n = out_.peek(pieces, 64)) {
      std::size_t bytes = 0;
      for (std::size_t i = 0; i < n; ++i) {
        all.append(pieces[i]);
        bytes += pieces[i].size();
      }
      out_.consume(bytes);
    }
    return all;
  }
  bool closing() const { return out_.closing(); }

  std::unique_ptr<Door> door;

 private:
  BrokerRig& rig_;
  OutQueue out_;
  std::string pending_;
  bool gone_ = false;
};

}  // namespace rialto::test
