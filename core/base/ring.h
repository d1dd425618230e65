#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace rialto {

/// A bounded single-producer single-consumer queue. One entry carries the work of a whole read
/// buffer or tick, so its cost never counts a message.
template <class T>
class SpscRing {
 public:
  explicit SpscRing(std::size_t entries_max) : slots_(entries_max + 1) {}

  /// Producer only. False when full: the caller keeps the value and stops taking in more.
  bool try_push(T& value) {
    const auto tail = tail_.load(std::memory_order_relaxed);
    const auto next = step(tail);
    if (next == head_.load(std::memory_order_acquire)) return false;
    slots_[tail] = std::move(value);
    tail_.store(next, std::memory_order_release);
    return true;
  }

  /// Consumer only.
  std::optional<T> try_pop() {
    const auto head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return std::nullopt;
    std::optional<T> value(std::move(slots_[head]));
    slots_[head] = T();
    head_.store(step(head), std::memory_order_release);
    return value;
  }

  /// Exact for the consumer, a hint for anybody else.
  bool empty() const {
    return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
  }

 private:
  std::size_t step(std::size_t i) const { return i + 1 == slots_.size() ? 0 : i + 1; }

  std::vector<T> slots_;
  alignas(64) std::atomic<std::size_t> head_{0};
  alignas(64) std::atomic<std::size_t> tail_{0};
};

}  // namespace rialto
