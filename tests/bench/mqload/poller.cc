#include "tests/bench/mqload/poller.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace mqload {

void Poller::add(AmqpPeer& peer, std::function<void()> readable) {
  fds_.push_back({peer.fd(), POLLIN, 0});
  peers_.push_back(&peer);
  readable_.push_back(std::move(readable));
}

void Poller::wait() {
  // Delayed messages may be due a minute from now.
  constexpr std::chrono::seconds stalled(90);
  if (!poll_for(stalled)) throw std::runtime_error("stalled for 90 s");
}

void Poller::wait_until(Clock::time_point end) {
  poll_for(std::max(Clock::duration(0), end - Clock::now()));
}

bool Poller::poll_for(Clock::duration most) {
  constexpr std::int64_t second_ns = 1'000'000'000;
  const std::int64_t ns = std::chrono::nanoseconds(most).count();
  const timespec timeout{ns / second_ns, ns % second_ns};
  if (::ppoll(fds_.data(), fds_.size(), &timeout, nullptr) <= 0) return false;
  for (std::size_t i = 0; i < fds_.size(); ++i) {
    if (fds_[i].revents != 0 && peers_[i]->fill(false)) readable_[i]();
  }
  return true;
}

}  // namespace mqload
