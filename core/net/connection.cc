#include "core/net/connection.h"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace rialto {

namespace {
constexpr std::size_t pieces_a_send_max = 64;
// How long a peer may take to read our last words before the socket is closed under it; when they
// are a long answer, how long it may read nothing of it.
constexpr std::int64_t last_words_ms = 2'000;
constexpr std::int64_t last_answer_ms = 30'000;
constexpr std::size_t last_words_bytes_max = 64U << 10;
// A client whose kernel sends small segments only when the last one was acknowledged waits 40 ms
// for that whenever it says two things without an answer between them, as in every AMQP handshake.
// So many reads without an answer are acknowledged at once: enough for a short life, nothing in a
// long one.
constexpr unsigned quick_acks_max = 16;
}  // namespace

Connection::Connection(Net& net, boost::asio::ip::tcp::socket socket, PeerInfo peer)
    : net_(net),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      out_([this] { net_.touched(*this); }) {}

void Connection::start(const DoorKind& kind, Instant now) {
  if (closed_) return;
  kind_ = &kind;
  spdlog::info("{} connection from {}", kind.name, peer_.peer_address);
  door_ = kind.make(out_, peer_, now);
  read_next_ = true;
  out_.touch();
}

void Connection::wait_readable() {
  if (reading_ || closed_) return;
  reading_ = true;
  socket_.async_wait(boost::asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& failed) {
                       self->reading_ = false;
                       if (!failed && !self->closed_) self->on_readable();
                     });
}

void Connection::on_readable() {
  auto& buffer = net_.read_buffer_;
  const ssize_t got = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait_readable();
  if (got <= 0) return close();
  net_.lone_client_.heard(this);
  if (!door_) return wait_readable();
  if (out_.closing()) return;
  feed(Bytes(buffer.data(), static_cast<std::size_t>(got)));
}

void Connection::feed(Bytes fresh) {
  out_.touch();
  if (!pending_.empty()) {
    pending_.append(fresh);
    fresh = pending_;
  }
  const std::size_t used = fresh.empty() ? 0 : door_->on_bytes(fresh);
  if (pending_.empty()) {
    pending_.assign(fresh.substr(used));
  } else {
    pending_.erase(0, used);
    if (pending_.empty()) pending_.shrink_to_fit();
  }
  if (out_.closing()) return;
  if (door_->wants_bytes()) {
    read_next_ = true;
  } else {
    net_.park(*this);
  }
}

bool Connection::may_resume() const {
  return closed_ || !door_ || out_.closing() || door_->wants_bytes();
}

bool Connection::try_resume() {
  if (!may_resume()) return false;
  if (!closed_ && door_ && !out_.closing()) feed({});
  return may_resume();
}

void Connection::end_of_tick(Instant now) {
  if (closed_) return;
  if (door_) door_->end_of_tick(now);
  out_.settle_touch();
  if (out_.closing() && close_at_ == no_deadline) {
    patience_ms_ = out_.size_bytes() > last_words_bytes_max ? last_answer_ms : last_words_ms;
    close_at_ = after_ms(now, patience_ms_);
  }
  if (read_next_ && out_.empty()) acknowledge();
  if (!writing_) finish_sending(now);
  if (read_next_ && !out_.closing()) {
    read_next_ = false;
    wait_readable();
  }
}

void Connection::acknowledge() {
  if (quick_acks_ == quick_acks_max) return;
  ++quick_acks_;
  const int at_once = 1;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &at_once, sizeof at_once);
}

void Connection::finish_sending(Instant now) {
  const bool had = !out_.empty();
  const std::size_t before = out_.size_bytes();
  if (!send()) return close();
  if (out_.closing()) {
    if (patience_ms_ == last_answer_ms && out_.size_bytes() < before) {
      close_at_ = after_ms(now, patience_ms_);
    }
    if (out_.empty() && door_) linger();
    return;
  }
  // Room again: the door gives back what was delivered and may go on producing.
  if (had && out_.size_bytes() < OutQueue::bytes_max / 4) door_->end_of_tick(now);
}

bool Connection::send() {
  while (!out_.empty()) {
    Bytes pieces[pieces_a_send_max];
    iovec iov[pieces_a_send_max];
    const std::size_t n = out_.peek(pieces, pieces_a_send_max);
    std::size_t asked = 0;
    for (std::size_t i = 0; i < n; ++i) {
      iov[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
      asked += pieces[i].size();
    }
    msghdr message{};
    message.msg_iov = iov;
    message.msg_iovlen = n;
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent > 0) out_.consume(static_cast<std::size_t>(sent));
    if (sent < static_cast<ssize_t>(asked)) {
      wait_writable();
      break;
    }
  }
  return true;
}

void Connection::wait_writable() {
  writing_ = true;
  socket_.async_wait(boost::asio::ip::tcp::socket::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& failed) {
                       self->writing_ = false;
                       if (!failed && !self->closed_) self->out_.touch();
                     });
}

void Connection::linger() {
  // The session ends now, not when the peer gets round to closing: what it holds is for others.
  release_door();
  ::shutdown(socket_.native_handle(), SHUT_WR);
  // Closing with unread bytes would make the kernel throw away our last words.
  wait_readable();
}

Instant Connection::deadline() const {
  if (closed_) return no_deadline;
  if (close_at_ != no_deadline) return close_at_;
  return door_ ? door_->next_deadline() : no_deadline;
}

void Connection::on_time(Instant now) {
  if (closed_) return;
  if (now >= close_at_) return close();
  if (door_ && close_at_ == no_deadline && now >= door_->next_deadline()) {
    door_->on_time(now);
    out_.touch();
  }
}

void Connection::begin_drain() {
  if (closed_ || close_at_ != no_deadline) return;
  if (!door_) return close();
  door_->begin_drain();
  out_.touch();
}

void Connection::release_door() {
  if (!door_) return;
  door_->on_closed();
  door_.reset();
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  if (kind_) spdlog::info("{} connection from {} closed", kind_->name, peer_.peer_address);
  release_door();
  boost::system::error_code ignored;
  socket_.close(ignored);
  net_.forget(*this);
}

}  // namespace rialto
