#include "core/net/listener.h"

#include "core/net/connection.h"

#include <chrono>
#include <memory>

namespace rialto {

using boost::asio::ip::tcp;

namespace {
// Out of descriptors: accepting again at once would spin without letting any socket close.
constexpr std::chrono::milliseconds accept_pause{100};

std::string text_of(const tcp::endpoint& at) {
  const std::string host = at.address().to_string();
  return (at.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(at.port());
}
}  // namespace

Listener::Listener(Net& net, DoorKind kind)
    : net_(net), kind_(std::move(kind)), acceptor_(net.io_), pause_(net.io_) {}

Result<std::uint16_t> Listener::open(const std::string& host, std::uint16_t port) {
  boost::system::error_code failed;
  // The one name that needs no resolver; every other host is an address.
  const auto address =
      boost::asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, failed);
  if (failed) {
    return Error(Errc::invalid_argument, "cannot listen on " + host + ": it is not an IP address");
  }
  const tcp::endpoint at(address, port);
  const std::string name = text_of(at);
  acceptor_.open(at.protocol(), failed);
  if (!failed) acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor_.bind(at, failed);
  if (!failed) acceptor_.listen(boost::asio::socket_base::max_listen_connections, failed);
  if (failed) {
    const bool taken = failed == boost::asio::error::address_in_use;
    return Error(taken ? Errc::in_use : Errc::io_failed,
                 "cannot listen on " + name + ": " +
                     (taken ? "another process uses the port" : failed.message()));
  }
  acceptor_.non_blocking(true, failed);
  accept();
  return acceptor_.local_endpoint().port();
}

void Listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void Listener::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& failed, tcp::socket socket) {
    if (failed == boost::asio::error::operation_aborted || !acceptor_.is_open()) return;
    if (!failed) {
      take(std::move(socket));
      return accept();
    }
    pause_.expires_after(accept_pause);
    pause_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled) accept();
    });
  });
}

void Listener::take(tcp::socket socket) {
  if (net_.connections_.size() >= net_.limits_.connections_max) return;
  boost::system::error_code failed;
  const tcp::endpoint peer = socket.remote_endpoint(failed);
  if (failed) return;
  const tcp::endpoint local = socket.local_endpoint(failed);
  if (failed) return;
  socket.non_blocking(true, failed);
  socket.set_option(tcp::no_delay(true), failed);
  PeerInfo info;
  info.peer_address = text_of(peer);
  info.local_address = local.address().to_string();
  info.local_port = local.port();
  info.loopback = peer.address().is_loopback();
  if (kind_.hand_off) {
    const int passed = socket.release(failed);
    if (!failed) kind_.hand_off(passed, info);
    return;
  }
  net_.adopt(std::make_shared<Connection>(net_, std::move(socket), std::move(info)), kind_);
}

}  // namespace rialto
