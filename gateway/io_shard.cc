#include "gateway/io_shard.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace rialto {

IoShard::IoShard(std::uint32_t number, const Clock& clock, NetLimits limits,
                 std::function<void()> wake_core)
    : loop_(clock),
      net_(loop_.io(), limits),
      port_(number, std::move(wake_core), [this] { loop_.wake(); }) {}

IoShard::~IoShard() {
  stop();
}

void IoShard::run() {
  for (auto& [name, make] : doors_)
    kinds_.emplace(name, DoorKind{name, make});
  thread_ = std::thread([this] { loop_.run([this](Instant now) { return end_of_tick(now); }); });
}

Instant IoShard::end_of_tick(Instant now) {
  port_.receive();
  port_.dispatch();
  net_.end_of_tick(now);
  // What doors said last may have been answered by nobody yet: it crosses over now.
  port_.send();
  connections_.store(net_.connection_count(), std::memory_order_release);
  if (net_.has_work() || port_.has_calls()) loop_.wake();
  return net_.next_deadline();
}

void IoShard::take(int fd, PeerInfo peer, std::string door) {
  connections_.fetch_add(1, std::memory_order_relaxed);
  boost::asio::post(loop_.io(), [this, fd, peer = std::move(peer), door = std::move(door)] {
    net_.adopt(fd, peer, kinds_.at(door));
  });
}

void IoShard::begin_drain() {
  boost::asio::post(loop_.io(), [this] { net_.begin_drain(); });
  loop_.wake();
}

void IoShard::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(loop_.io(), [this] {
    net_.close_all();
    loop_.stop();
  });
  thread_.join();
}

}  // namespace rialto
