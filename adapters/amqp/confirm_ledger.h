#pragma once

#include "adapters/amqp/ring_deque.h"

#include <cstdint>

namespace rialto::amqp {

/// The confirms a channel owes. Sequences count from 1; outcomes come in any order, as runs, and
/// leave folded: each sequence is covered by exactly one answer.
class ConfirmLedger {
 public:
  /// The number of the next publish.
  std::uint64_t issue();

  /// What became of `first` to `last`, both included. Unknown or already answered ones are ignored.
  void settle(std::uint64_t first, std::uint64_t last, bool good);

  /// Publishes without an outcome so far.
  std::uint64_t outstanding() const { return outstanding_; }
  bool anything_to_say() const { return unsaid_ > 0; }

  /// Calls say(sequence, multiple, good) for what was settled since the last fold. `multiple`
  /// only for a run below both the lowest open and the lowest refused sequence.
  template <class Say>
  void fold(Say&& say) {
    if (unsaid_ == 0) return;
    std::uint64_t run = 0;
    std::uint64_t run_unsaid = 0;
    while (run < states_.size() && (states_[run] == State::good || states_[run] == State::said)) {
      if (states_[run] == State::good) ++run_unsaid;
      ++run;
    }
    if (run_unsaid > 0) {
      while (states_[run - 1] == State::said)
        --run;
      say(floor_ + run - 1, run_unsaid > 1, true);
      drop_front(run);
      unsaid_ -= run_unsaid;
    }
    for (std::uint64_t i = 0; unsaid_ > 0 && i < states_.size(); ++i) {
      if (states_[i] == State::open || states_[i] == State::said) continue;
      say(floor_ + i, false, states_[i] == State::good);
      states_[i] = State::said;
      --unsaid_;
    }
    std::uint64_t said = 0;
    while (said < states_.size() && states_[said] == State::said)
      ++said;
    drop_front(said);
  }

 private:
  enum class State : std::uint8_t { open, good, refused, said };

  void drop_front(std::uint64_t count);

  RingDeque<State> states_;  ///< of floor_ and those that follow
  std::uint64_t floor_ = 1;  ///< everything below was said
  std::uint64_t outstanding_ = 0;
  std::uint64_t unsaid_ = 0;
};

}  // namespace rialto::amqp
