#include "gateway/cli/wire_socket.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace rialto {

namespace {
constexpr std::size_t answer_bytes_max = 64U << 20;

Error os_error(const std::string& peer, int error) {
  return Error(Errc::io_failed, fmt::format("{}: {}", peer, std::strerror(error)));
}
}  // namespace

WireSocket::WireSocket(int fd, std::string peer, Deadline deadline)
    : fd_(fd), peer_(std::move(peer)), deadline_(deadline) {}

WireSocket::WireSocket(WireSocket&& o) noexcept
    : fd_(std::exchange(o.fd_, -1)), peer_(std::move(o.peer_)), deadline_(o.deadline_) {}

WireSocket& WireSocket::operator=(WireSocket&& o) noexcept {
  std::swap(fd_, o.fd_);
  std::swap(peer_, o.peer_);
  std::swap(deadline_, o.deadline_);
  return *this;
}

WireSocket::~WireSocket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<WireSocket> WireSocket::connect(const ListenAddress& to, Deadline deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(to.port);
  if (const int failed = ::getaddrinfo(to.host.c_str(), port.c_str(), &hints, &found)) {
    return Error(Errc::not_found, fmt::format("{}: {}", to.text(), ::gai_strerror(failed)));
  }
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  WireSocket made(fd, to.text(), deadline);
  const int refused = fd < 0 || ::connect(fd, found->ai_addr, found->ai_addrlen) != 0 ? errno : 0;
  ::freeaddrinfo(found);
  if (refused != 0 && refused != EINPROGRESS) return os_error(to.text(), refused);
  if (auto ready = made.wait_for(POLLOUT); !ready) return ready.error();
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return os_error(to.text(), error);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return made;
}

Result<void> WireSocket::wait_for(short events) const {
  using std::chrono::milliseconds;
  for (;;) {
    const auto left =
        std::chrono::ceil<milliseconds>(deadline_ - std::chrono::steady_clock::now()).count();
    pollfd one{fd_, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return os_error(peer_, errno);
    if (ready == 0 && left <= 0) return Error(Errc::timed_out, peer_ + ": no answer in time");
  }
}

Result<void> WireSocket::send(Bytes bytes) {
  while (!bytes.empty()) {
    if (auto ready = wait_for(POLLOUT); !ready) return ready;
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return os_error(peer_, errno);
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::size_t> WireSocket::receive_some(char* out, std::size_t bytes_max) {
  for (;;) {
    if (auto ready = wait_for(POLLIN); !ready) return ready.error();
    const ssize_t got = ::recv(fd_, out, bytes_max, 0);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EAGAIN && errno != EINTR) return os_error(peer_, errno);
  }
}

Result<std::string> WireSocket::receive(std::size_t bytes) {
  if (bytes > answer_bytes_max) return Error(Errc::too_large, peer_ + ": the answer is too large");
  std::string out(bytes, '\0');
  for (std::size_t have = 0; have < bytes;) {
    const auto got = receive_some(out.data() + have, bytes - have);
    if (!got) return got.error();
    if (*got == 0) return Error(Errc::io_failed, peer_ + ": closed in the middle of an answer");
    have += *got;
  }
  return out;
}

Result<std::string> WireSocket::receive_rest() {
  std::string out;
  std::array<char, 16384> piece;
  while (out.size() <= answer_bytes_max) {
    const auto got = receive_some(piece.data(), piece.size());
    if (!got) return got.error();
    if (*got == 0) return out;
    out.append(piece.data(), *got);
  }
  return Error(Errc::too_large, peer_ + ": the answer is too large");
}

}  // namespace rialto
