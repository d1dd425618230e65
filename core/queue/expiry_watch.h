#pragma once

#include "core/base/clock.h"
#include "core/model/ids.h"
#include "core/queue/due_heap.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rialto {

/// When a message that arrived at `arrived_wall_ms` expires. Times are cut to milliseconds; the
/// one added makes sure that none is early. A time to live of zero is for messages that somebody
/// waits for: they expire where they arrive.
constexpr std::int64_t expiry_after(std::int64_t arrived_wall_ms, std::int64_t ttl_ms) {
  return ttl_ms == 0 ? arrived_wall_ms : arrived_wall_ms + ttl_ms + 1;
}
constexpr std::int64_t never_expires = DueHeap::never;

/// When to look for expired messages of one partition in one queue view. A message that lives at
/// least as long as all before it is found at the head of the queue, and costs nothing here; one
/// that does not has an entry of its own.
class ExpiryWatch {
 public:
  /// Entries of its own beyond which a message is found at the head only, as in RabbitMQ.
  static constexpr std::size_t entries_max = 1U << 20;

  /// An offset whose record has to be looked at, and when.
  using Entry = DueHeap::Entry;

  /// Something here may expire. False: nothing else is worth a call.
  bool active() const { return active_; }

  /// Records [first, end) arrived; the lowest unsettled offset is `floor`. All expire at
  /// `expires_at`, or each at the time in `each` (0: never) when that is sooner. Not `in_order`:
  /// they may leave the queue in another order than they came.
  void arrived(Offset first, Offset end, Offset floor, std::int64_t expires_at,
               const std::vector<std::int64_t>& each, bool in_order = true);
  /// Those that are there expire at another time from now on: none of them later than `latest`,
  /// and each no later than those behind it that have no time of their own.
  void retime(std::int64_t latest);
  /// To be looked at (again) at that time.
  void look_at(Offset offset, std::int64_t at_wall_ms);
  /// One entry that is due, if any.
  std::optional<Entry> pop_due(std::int64_t wall_ms) { return due_.pop_due(wall_ms); }

  /// What was found out about the head.
  void head_is(Offset offset, std::int64_t expires_at) {
    head_ = offset;
    head_expires_at_ = expires_at;
  }
  bool knows_head(Offset offset) const { return head_ == offset; }
  std::int64_t head_expires_at() const { return head_expires_at_; }

  /// When there is something to look at; never_expires: not by itself.
  std::int64_t next() const;

  // For checkpoints.
  std::int64_t latest() const { return latest_; }
  const std::vector<Entry>& entries() const { return due_.entries(); }
  void restore(std::int64_t latest, std::vector<Entry> entries);

 private:
  bool active_ = false;
  std::int64_t latest_ = 0;  // nothing before expires later
  DueHeap due_;
  Offset head_ = no_offset;
  std::int64_t head_expires_at_ = never_expires;
};

}  // namespace rialto
