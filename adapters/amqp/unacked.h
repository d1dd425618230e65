#pragma once

#include "adapters/amqp/ring_deque.h"
#include "core/model/ids.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace rialto::amqp {

/// What a channel has handed out and not got back, by delivery tag. Tags count up; those of
/// automatically acknowledged messages are skipped.
class Unacked {
 public:
  struct Entry {
    std::uint64_t tag = 0;
    QueueId queue;
    PartitionId partition;
    Offset offset;
    ConsumerId consumer;  ///< 0 for basic.get
    bool of_log = false;  ///< read from a log, which an ack is the only answer to
    bool settled = false;
  };

  /// Tags are added in ascending order.
  void add(const Entry& entry);

  std::size_t size() const { return outstanding_; }
  bool empty() const { return outstanding_ == 0; }
  /// How many entries are kept, settled ones included.
  std::size_t kept() const { return entries_.size(); }

  /// Takes out the message of this tag; nothing when it is not outstanding.
  std::optional<Entry> take(std::uint64_t tag);

  /// True when `tag` is outstanding, so that everything up to it may be settled.
  bool holds(std::uint64_t tag) const;

  /// Takes out everything up to `tag`, in order, calling fn(Entry) for each.
  template <class F>
  void take_up_to(std::uint64_t tag, F&& fn) {
    while (!entries_.empty() && entries_.front().tag <= tag) {
      const Entry entry = entries_.front();
      entries_.pop_front();
      if (entry.settled) continue;
      --outstanding_;
      fn(entry);
    }
  }
  template <class F>
  void take_all(F&& fn) {
    take_up_to(UINT64_MAX, fn);
  }

 private:
  static constexpr std::size_t settled_max = 64;  ///< beside as many as are outstanding

  void compact();
  /// Index of the entry with this tag, or size() of the ring.
  std::size_t find(std::uint64_t tag) const;

  RingDeque<Entry> entries_;  ///< ascending tags; settled ones stay until they reach the front
  std::size_t outstanding_ = 0;
};

}  // namespace rialto::amqp
