#include "tests/bench/mqload/amqp_peer.h"

#include "core/base/bytes.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace mqload {

using rialto::append_be;
using rialto::load_be;

namespace {

constexpr std::size_t buffer_bytes = 1U << 20;

/// What the arguments of most methods begin with: a reserved word and a name.
std::string named(std::string_view name) {
  std::string out;
  append_be(out, std::uint16_t{0});
  append_short(out, name);
  return out;
}

}  // namespace

AmqpPeer::AmqpPeer(std::uint16_t port) : buffer_(buffer_bytes, '\0') {
  fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    throw std::runtime_error("cannot connect to port " + std::to_string(port));
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  send_all(std::string_view("AMQP\0\0\x09\x01", 8));
  expect(id(10, 10));
  std::string start_ok;
  append_be(start_ok, std::uint32_t{0});
  append_short(start_ok, "PLAIN");
  append_be(start_ok, std::uint32_t{12});
  start_ok.append(std::string_view("\0guest\0guest", 12));
  append_short(start_ok, "en_US");
  send_method(0, id(10, 11), start_ok);
  expect(id(10, 30));
  std::string tune_ok;
  append_be(tune_ok, std::uint16_t{2047});
  append_be(tune_ok, std::uint32_t{131072});
  append_be(tune_ok, std::uint16_t{0});
  send_method(0, id(10, 31), tune_ok);
  std::string open;
  append_short(open, "/");
  append_short(open, "");
  open.push_back('\0');
  send_method(0, id(10, 40), open);
  expect(id(10, 41));
  call(std::string(1, '\0'), id(20, 10), id(20, 11));
}

AmqpPeer::~AmqpPeer() {
  ::close(fd_);
}

void AmqpPeer::send_method(std::uint16_t channel, std::uint32_t id, const std::string& arguments) {
  send_all(method_frame(channel, id, arguments));
}

void AmqpPeer::call(const std::string& arguments, std::uint32_t id, std::uint32_t answer) {
  send_method(1, id, arguments);
  expect(answer);
}

void AmqpPeer::expect(std::uint32_t wanted) {
  for (;;) {
    Frame frame;
    while (next(frame)) {
      if (frame.method == wanted) return;
    }
    fill(true);
  }
}

void AmqpPeer::declare_queue(const std::string& name, bool durable, const Table& table) {
  std::string arguments = named(name);
  arguments.push_back(durable ? '\2' : '\0');
  table.append_to(arguments);
  call(arguments, id(50, 10), id(50, 11));
}

void AmqpPeer::delete_queue(const std::string& name) {
  call(named(name) + '\0', id(50, 40), id(50, 41));
}

void AmqpPeer::declare_fanout(const std::string& name) {
  std::string arguments = named(name);
  append_short(arguments, "fanout");
  arguments.push_back('\2');
  Table().append_to(arguments);
  call(arguments, id(40, 10), id(40, 11));
}

void AmqpPeer::delete_exchange(const std::string& name) {
  call(named(name) + '\0', id(40, 20), id(40, 21));
}

void AmqpPeer::bind(const std::string& queue, const std::string& exchange) {
  std::string arguments = named(queue);
  append_short(arguments, exchange);
  append_short(arguments, "");
  arguments.push_back('\0');
  Table().append_to(arguments);
  call(arguments, id(50, 20), id(50, 21));
}

void AmqpPeer::confirm_select() {
  call(std::string(1, '\0'), id(85, 10), id(85, 11));
}

void AmqpPeer::tx_select() {
  call("", id(90, 10), id(90, 11));
}

void AmqpPeer::consume(const std::string& queue, std::uint16_t prefetch) {
  std::string qos;
  append_be(qos, std::uint32_t{0});
  append_be(qos, prefetch);
  qos.push_back('\0');
  call(qos, id(60, 10), id(60, 11));
  std::string arguments = named(queue);
  append_short(arguments, "load");
  arguments.push_back('\0');
  Table().append_to(arguments);
  call(arguments, id(60, 20), id(60, 21));
}

void AmqpPeer::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw std::runtime_error("the server closed the connection");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool AmqpPeer::fill(bool wait) {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const ssize_t n =
      ::recv(fd_, buffer_.data() + end_, buffer_.size() - end_, wait ? 0 : MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (n <= 0) throw std::runtime_error("the server closed the connection");
  end_ += static_cast<std::size_t>(n);
  return true;
}

bool AmqpPeer::next(Frame& out) {
  constexpr std::size_t around = 8;
  if (end_ - begin_ < around) return false;
  const char* p = buffer_.data() + begin_;
  const auto size = load_be<std::uint32_t>(p + 3);
  if (end_ - begin_ < around + size) return false;
  out.type = static_cast<std::uint8_t>(p[0]);
  out.payload = std::string_view(p + 7, size);
  out.method = out.type == 1 ? load_be<std::uint32_t>(p + 7) : 0;
  begin_ += around + size;
  if (out.method == mqload::id(10, 50) || out.method == mqload::id(20, 40)) {
    throw std::runtime_error("refused: " + std::string(out.payload.substr(7)));
  }
  return true;
}

}  // namespace mqload
