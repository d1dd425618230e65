#include "adapters/amqp/confirm_ledger.h"

#include <algorithm>

namespace rialto::amqp {

std::uint64_t ConfirmLedger::issue() {
  states_.push_back(State::open);
  ++outstanding_;
  return floor_ + states_.size() - 1;
}

void ConfirmLedger::settle(std::uint64_t first, std::uint64_t last, bool good) {
  const std::uint64_t end = floor_ + states_.size();
  last = std::min(last, end - 1);
  for (std::uint64_t s = std::max(first, floor_); s <= last; ++s) {
    State& state = states_[s - floor_];
    if (state != State::open) continue;
    state = good ? State::good : State::refused;
    --outstanding_;
    ++unsaid_;
  }
}

void ConfirmLedger::drop_front(std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i)
    states_.pop_front();
  floor_ += count;
}

}  // namespace rialto::amqp
