#include "core/net/net.h"

#include "core/net/connection.h"
#include "core/net/listener.h"

#include <algorithm>
#include <iterator>
#include <unistd.h>

namespace rialto {

namespace {
// A door that leaves its deadline in the past is asked again, but not in every tick.
constexpr std::int64_t overdue_pause_ms = 1;
}  // namespace

Net::Net(boost::asio::io_context& io, NetLimits limits)
    : io_(io), limits_(limits), read_buffer_(limits.read_bytes_max) {}

Net::~Net() {
  for (auto& listener : listeners_)
    listener->close();
  close_all();
}

Result<std::uint16_t> Net::listen(const std::string& host, std::uint16_t port, DoorKind kind) {
  auto listener = std::make_unique<Listener>(*this, std::move(kind));
  auto opened = listener->open(host, port);
  if (opened) listeners_.push_back(std::move(listener));
  return opened;
}

void Net::adopt(std::shared_ptr<Connection> connection, const DoorKind& kind) {
  accepted_.push_back({connection, &kind});
  connections_.insert(std::move(connection));
}

void Net::adopt(int socket, const PeerInfo& peer, const DoorKind& kind) {
  using boost::asio::ip::tcp;
  const bool v6 = peer.local_address.find(':') != std::string::npos;
  tcp::socket taken(io_);
  boost::system::error_code failed;
  taken.assign(v6 ? tcp::v6() : tcp::v4(), socket, failed);
  if (!failed) taken.non_blocking(true, failed);
  if (failed) {
    ::close(socket);
    return;
  }
  adopt(std::make_shared<Connection>(*this, std::move(taken), peer), kind);
}

void Net::touched(Connection& connection) {
  touched_.push_back(connection.shared_from_this());
}

void Net::reschedule(Connection& connection, Instant not_before) {
  // Deadlines that move away are found out when they fire; only an earlier one is entered now.
  const Instant wanted = std::max(connection.deadline(), not_before);
  if (wanted >= connection.scheduled) return;
  if (connection.scheduled != no_deadline) deadlines_.erase({connection.scheduled, &connection});
  connection.scheduled = wanted;
  deadlines_.emplace(wanted, &connection);
}

void Net::forget(Connection& connection) {
  parked_.erase(&connection);
  if (connection.scheduled != no_deadline) deadlines_.erase({connection.scheduled, &connection});
  connection.scheduled = no_deadline;
  connections_.erase(connection.shared_from_this());
}

void Net::end_of_tick(Instant now) {
  lone_client_.end_of_tick(now);
  start_accepted(now);
  visit_due(now);
  resume_parked();
  // What is touched from here on belongs to the next tick: has_work().
  visiting_.swap(touched_);
  for (const auto& connection : visiting_) {
    connection->end_of_tick(now);
    reschedule(*connection, now);
  }
  visiting_.clear();
}

void Net::start_accepted(Instant now) {
  for (const Accepted& accepted : accepted_)
    accepted.connection->start(*accepted.kind, now);
  accepted_.clear();
}

void Net::visit_due(Instant now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const std::shared_ptr<Connection> due = deadlines_.begin()->second->shared_from_this();
    deadlines_.erase(deadlines_.begin());
    due->scheduled = no_deadline;
    due->on_time(now);
    reschedule(*due, after_ms(now, overdue_pause_ms));
  }
}

void Net::resume_parked() {
  for (auto it = parked_.begin(); it != parked_.end();) {
    it = (*it)->try_resume() ? parked_.erase(it) : std::next(it);
  }
}

Instant Net::next_deadline() const {
  return deadlines_.empty() ? no_deadline : deadlines_.begin()->first;
}

bool Net::has_work() const {
  return !touched_.empty() || !accepted_.empty() ||
         std::any_of(parked_.begin(), parked_.end(),
                     [](const Connection* parked) { return parked->may_resume(); });
}

void Net::begin_drain() {
  for (auto& listener : listeners_)
    listener->close();
  const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
  for (const auto& connection : all)
    connection->begin_drain();
}

void Net::close_all() {
  while (!connections_.empty()) {
    const std::shared_ptr<Connection> keep = *connections_.begin();
    keep->close();
  }
}

}  // namespace rialto
