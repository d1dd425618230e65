#pragma once

#include "core/engine/engine.h"

#include <deque>
#include <functional>
#include <utility>
#include <vector>

namespace rialto {

/// The one place that says "durable": what is to happen when a write set is. Effects run in
/// ticket order, each exactly once; whoever asks about something staged waits here for it.
class CommitLedger {
 public:
  using Effect = std::function<void()>;

  /// `on_durable` runs when `ticket` is durable. Tickets come in increasing order.
  void staged(Ticket ticket, Instant now, Effect on_durable) {
    sets_.push_back(Set{ticket, now, std::move(on_durable), {}});
  }

  /// Runs `then` when `ticket` is durable; at once when it is already.
  void when_durable(Ticket ticket, Effect then) {
    if (ticket <= durable_ || sets_.empty()) return then();
    // Usually the newest set is meant.
    auto at = sets_.rbegin();
    while (std::next(at) != sets_.rend() && std::next(at)->ticket >= ticket)
      ++at;
    at->waiters.push_back(std::move(then));
  }

  /// Runs `then` when `ticket` is in the page cache (acks=1).
  void when_written(Ticket ticket, Effect then) {
    if (ticket <= written_) return then();
    written_waiters_.emplace_back(ticket, std::move(then));
  }

  /// Tells what the engine reported; `observe` gets the staging time of each set that became
  /// durable.
  template <class Observe>
  void advance(Ticket written, Ticket durable, Observe&& observe) {
    if (written > written_) written_ = written;
    while (!written_waiters_.empty() && written_waiters_.front().first <= written_) {
      Effect then = std::move(written_waiters_.front().second);
      written_waiters_.pop_front();
      then();
    }
    while (!sets_.empty() && sets_.front().ticket <= durable) {
      Set set = std::move(sets_.front());
      sets_.pop_front();
      durable_ = set.ticket;
      observe(set.staged_at);
      if (set.on_durable) set.on_durable();
      for (Effect& waiter : set.waiters)
        waiter();
    }
    if (durable > durable_) durable_ = durable;
  }

  bool all_durable() const { return sets_.empty(); }
  std::size_t outstanding() const { return sets_.size(); }
  Ticket durable() const { return durable_; }

 private:
  struct Set {
    Ticket ticket;
    Instant staged_at;
    Effect on_durable;
    std::vector<Effect> waiters;
  };
  std::deque<Set> sets_;
  std::deque<std::pair<Ticket, Effect>> written_waiters_;
  Ticket written_ = no_ticket;
  Ticket durable_ = no_ticket;
};

}  // namespace rialto
