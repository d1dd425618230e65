#pragma once

#include "adapters/amqp/ring_deque.h"

#include <cstdint>
#include <functional>

namespace rialto::amqp {

/// Keeps the replies of one channel in the order of its methods, although the broker answers
/// them in any order. A slot is reserved when a method is read; its reply is written when every
/// slot before it has been.
class ReplySlots {
 public:
  /// Writes a reply, or closes the channel.
  using Emit = std::function<void()>;

  bool empty() const { return slots_.empty(); }
  std::size_t size() const { return slots_.size(); }

  std::uint64_t reserve();

  /// Emits now when it is this slot's turn, and whatever waited behind it. Emitting may call
  /// clear().
  void fill(std::uint64_t slot, Emit emit);

  /// A reply that needs no answer of the broker.
  void add_ready(Emit emit);

  /// Drops every slot; fill() of one of them does nothing afterwards.
  void clear();

 private:
  RingDeque<Emit> slots_;  ///< empty function: not answered yet
  std::uint64_t first_ = 0;
};

}  // namespace rialto::amqp
