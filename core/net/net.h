#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/net/door.h"
#include "core/net/lone_client.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace rialto {

class Connection;
class Listener;

/// Makes the protocol machine of a new connection.
using DoorFactory =
    std::function<std::unique_ptr<Door>(OutQueue& out, const PeerInfo& peer, Instant now)>;

/// Gets an accepted socket (a descriptor it owns from now on) that another shard is to serve.
using HandOff = std::function<void(int socket, const PeerInfo& peer)>;

struct DoorKind {
  std::string name;  ///< for the log
  DoorFactory make;
  HandOff hand_off;  ///< instead of make: sockets go to other shards
};

struct NetLimits {
  std::size_t connections_max = 10'000;
  /// Read at most this much of one socket a tick; also the size of the shard's one buffer.
  std::size_t read_bytes_max = 256U << 10;
};

/// The sockets of one shard: listeners and connections. All calls on the shard's thread.
class Net {
 public:
  Net(boost::asio::io_context& io, NetLimits limits);
  ~Net();

  /// Listens on host:port (port 0: any free one) and answers the port. The error says what is in
  /// the way.
  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port, DoorKind kind);

  /// Takes over a socket that another shard accepted. `kind` outlives this.
  void adopt(int socket, const PeerInfo& peer, const DoorKind& kind);

  /// End of tick: doors of touched connections say their last, then one send a socket.
  void end_of_tick(Instant now);

  const LoneClient& lone_client() const { return lone_client_; }

  Instant next_deadline() const;
  /// True when something waits that no socket event will announce.
  bool has_work() const;

  /// Stops accepting and tells every door to finish. drained(): all connections are gone.
  void begin_drain();
  bool drained() const { return connections_.empty(); }
  /// Closes what is left without another word.
  void close_all();

  std::size_t connection_count() const { return connections_.size(); }

 private:
  friend class Connection;
  friend class Listener;

  void adopt(std::shared_ptr<Connection> connection, const DoorKind& kind);
  void touched(Connection& connection);
  void park(Connection& connection) { parked_.insert(&connection); }
  void reschedule(Connection& connection, Instant not_before);
  void forget(Connection& connection);

  void start_accepted(Instant now);
  void visit_due(Instant now);
  void resume_parked();

  struct Accepted {
    std::shared_ptr<Connection> connection;
    const DoorKind* kind;
  };

  boost::asio::io_context& io_;
  NetLimits limits_;
  std::vector<char> read_buffer_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::vector<Accepted> accepted_;  // have no door before the tick tells the time
  std::vector<std::shared_ptr<Connection>> touched_;
  std::vector<std::shared_ptr<Connection>> visiting_;
  std::unordered_set<Connection*> parked_;
  std::set<std::pair<Instant, Connection*>> deadlines_;
  LoneClient lone_client_;
};

}  // namespace rialto
