#pragma once

#include "core/net/net.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <string>

namespace rialto {

/// Accepts on one address and makes connections of one kind of door.
class Listener {
 public:
  Listener(Net& net, DoorKind kind);

  Result<std::uint16_t> open(const std::string& host, std::uint16_t port);
  void close();

 private:
  void accept();
  void take(boost::asio::ip::tcp::socket socket);

  Net& net_;
  DoorKind kind_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
};

}  // namespace rialto
