#pragma once

#include "core/model/frames/view_frames.h"
#include "core/model/ids.h"

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace rialto {

/// A message on its way to another queue, and why.
struct Move {
  PartitionId partition;
  Offset offset;
  SettleReason reason = SettleReason::rejected;
  QueueId to = {};               ///< of what is redriven
  std::uint64_t turn = 0;        ///< of those that were blocked, in this order; 0: it was not
  std::uint64_t body_bytes = 0;  ///< the same, where it is known
};

/// How much comes to a queue.
struct Amount {
  std::uint64_t messages = 0;
  std::uint64_t body_bytes = 0;
};

/// Dead letters of one queue that found no room, by the queue that has none: those for one queue
/// in the order in which they died. QueueMachine::waiting_max bounds them.
class BlockedLetters {
 public:
  /// For those that no queue is bound for.
  static constexpr QueueId unbound{0};

  bool empty() const { return by_target_.empty(); }
  /// Of the bodies.
  std::uint64_t bytes() const { return bytes_; }
  bool wait_for(QueueId target) const { return by_target_.contains(target); }
  std::uint64_t next_turn() { return ++last_turn_; }

  /// `letter` has a turn.
  void add(QueueId target, const Move& letter);
  /// The first ones for `target`, as long as fits(letter) holds.
  std::vector<Move> take(QueueId target, const std::function<bool(const Move&)>& fits);
  std::vector<QueueId> targets() const;
  /// In the order in which they died.
  std::vector<Move> take_all();

 private:
  std::map<QueueId, std::map<std::uint64_t, Move>> by_target_;
  std::uint64_t last_turn_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace rialto
