#pragma once

#include "core/base/clock.h"
#include "core/base/strong_type.h"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace rialto {

/// Names one timer for as long as it is pending; the id of a timer that fired or was cancelled
/// means nothing any more and never becomes another timer's. Zero is no timer.
using TimerId = StrongInt<struct TimerIdTag, std::uint64_t>;

/// Deadlines with one millisecond of resolution: a timer never fires early, and less than a
/// millisecond late as far as the wheel is concerned. Adding and cancelling cost the same however
/// many timers there are; time that passes without a timer costs nothing. Memory is taken by
/// add() alone and kept for reuse. Single thread.
class TimerWheel {
 public:
  TimerWheel();

  TimerId add(Instant deadline, std::uint64_t payload);
  /// False when it was not pending.
  bool cancel(TimerId id);

  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }

  /// When to call advance() again: never after the earliest deadline is due, and at most a
  /// handful of times before it when that is far away. no_deadline when nothing is pending.
  Instant next_deadline() const;

  /// Calls fn(payload) for every timer that is due, earliest first, in the order of add() within
  /// a millisecond. `fn` may add and cancel; what it adds waits for the next call even when it is
  /// due already, so that the loop ends. Not reentrant.
  template <class F>
  void advance(Instant now, F&& fn) {
    begin(now);
    while (const auto payload = pop_due())
      fn(*payload);
  }

 private:
  using Tick = std::uint64_t;

  static constexpr unsigned level_bits = 6;
  static constexpr unsigned slots_a_level = 1U << level_bits;
  static constexpr unsigned levels = 8;
  /// Not a slot of any level: what is being fired, so that a callback can still cancel it.
  static constexpr std::uint32_t firing_slot = levels * slots_a_level;
  static constexpr std::uint32_t nil = UINT32_MAX;

  struct Node {
    Tick tick = 0;
    std::uint64_t payload = 0;
    std::uint32_t next = nil;
    std::uint32_t previous = nil;
    std::uint32_t slot = nil;  ///< nil: free
    std::uint32_t generation = 0;
  };
  struct List {
    std::uint32_t head = nil;
    std::uint32_t tail = nil;
  };
  struct Place {
    std::uint32_t slot;
    Tick start;  ///< first tick of the slot
  };

  void begin(Instant now);
  std::optional<std::uint64_t> pop_due();
  std::optional<Place> earliest() const;
  std::uint32_t slot_of(Tick tick) const;
  void link(std::uint32_t index, std::uint32_t slot);
  void unlink(std::uint32_t index);
  std::uint64_t free_node(std::uint32_t index);
  void spread(std::uint32_t slot);

  std::array<List, firing_slot + 1> slots_;
  std::array<std::uint64_t, levels> occupied_{};  ///< one bit a slot
  std::vector<Node> nodes_;
  std::uint32_t free_ = nil;
  std::size_t count_ = 0;
  Tick current_ = 0;   ///< every earlier tick has fired
  Tick target_ = 0;    ///< of the advance() that runs
  Tick earliest_ = 0;  ///< what is added now fires no earlier
};

}  // namespace rialto
