#pragma once

#include "core/base/clock.h"
#include "core/model/frames/view_frames.h"
#include "core/model/ids.h"
#include "core/queue/priority_order.h"
#include "core/queue/queue_image.h"
#include "core/queue/range_set.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace rialto {

/// The same moment on both clocks: how stored deadlines become Instants.
struct Moment {
  Instant now;
  WallMs wall;
};

/// Who has a message, and what is known about it.
struct InFlight {
  SessionId session;             ///< meaningless under a lease
  ConsumerId consumer;           ///< meaningless without credit
  std::uint32_t slot = 0;        ///< of the consumer, when there is one
  std::uint32_t deliveries = 0;  ///< earlier deliveries that were not settled
  bool redelivered = false;
  bool has_credit = false;  ///< of the consumer; not so for get and leases
  bool leased = false;
  bool moving = false;   ///< on its way to another queue: nobody's
  bool waiting = false;  ///< not ready before its time: nobody's
  bool undue = false;    ///< it is the time that its record asks for
  /// Moving, but where it goes there is no room; why it leaves. acked: it is not blocked.
  SettleReason blocked = SettleReason::acked;

  bool is_somebodys() const { return !moving && !waiting; }
};

struct Lease {
  Instant deadline;
  WallMs deadline_wall;
};

/// Why a message is not ready before a time.
enum class WaitsFor : std::uint8_t {
  a_retry,   ///< it was returned
  its_time,  ///< it asks for that, which whoever keeps it knows: it is in no image
};

/// How many messages are where.
struct DeliveryCounts {
  std::uint64_t ready = 0;
  std::uint64_t in_flight = 0;  ///< with a session or leased
  std::uint64_t leased = 0;
  std::uint64_t waiting = 0;
  std::uint64_t undue = 0;  ///< of those that wait: until the time that their record asks for
  std::uint64_t blocked = 0;

  DeliveryCounts& operator+=(const DeliveryCounts& more);
  /// Wrapping: what is taken away may be more than is there until the rest is added.
  DeliveryCounts& operator-=(const DeliveryCounts& less);
};

/// An offset on its way out of a delivery state.
struct Taken {
  Offset offset;
  bool redelivered = false;
  std::uint32_t deliveries = 0;
};

/// Which offsets of one partition are settled, in flight, requeued or ready for one queue view.
/// Ready are [cursor, end) without what is settled or held above the cursor, and the requeued
/// ones, which come first, lowest first. Nothing here grows with the backlog.
class DeliveryState {
 public:
  /// Offsets in [visible_from, visible_end) are ready.
  DeliveryState(PartitionId partition, PartitionIndex index, Offset visible_from,
                Offset visible_end);
  DeliveryState(const DeliveryImage& image, Moment moment);

  PartitionId partition() const { return partition_; }
  PartitionIndex index() const { return index_; }
  /// The lowest unsettled offset; it may be in flight, and it may not have arrived yet.
  Offset floor() const { return settled_.floor(); }
  Offset end() const { return end_; }
  std::uint64_t ready_count() const { return ready_; }
  /// What is moving or waits is neither ready nor in flight.
  DeliveryCounts counts() const {
    return {ready_,         in_flight_.size() - moving_ - waits_.size(),
            leases_.size(), waits_.size(),
            undue_,         blocked_};
  }

  /// With the priorities of the records that come, or none at all.
  void arrived(Offset end, const std::vector<std::uint8_t>& priorities);
  /// From now on higher priorities go first; `known` are those of the records from the floor on.
  void use_priorities(std::uint8_t highest, std::vector<std::uint8_t> known);
  /// Settles what is ready below `log_start`; what is in flight there will not come back.
  /// Nothing is left below it that anybody could read.
  void trimmed(Offset log_start);

  /// Takes the lowest requeued offset, else the next ready one, out of the ready ones. The
  /// caller puts it in flight or settles it.
  std::optional<Taken> take();
  /// The offset that take() would answer.
  std::optional<Offset> first_ready();
  bool is_ready(Offset offset) const;
  void hold(const Taken& taken, const InFlight& by);
  void hold_leased(const Taken& taken, const Lease& lease);
  /// A taken offset that needs no answer (no_ack).
  void settle_taken(Offset offset);

  /// Null when the offset is not in flight.
  const InFlight* in_flight(Offset offset) const;
  const Lease* lease(Offset offset) const;
  void extend_lease(Offset offset, const Lease& lease);

  /// The parts of [first, last] that are settled and have arrived, in order.
  std::vector<OffsetRun> settled_in(Offset first, Offset last) const;
  /// Those are ready again, redelivered. Not with priorities.
  void bring_back(Offset first, Offset last);

  /// In flight -> settled; in flight -> ready again at its place. `requeue` answers the count,
  /// raised when the delivery `failed` (nothing: it was below the log start and is settled
  /// instead); `put_back` does as if it had never been taken.
  void settle_held(Offset offset);
  std::optional<std::uint32_t> requeue_held(Offset offset, bool failed);
  void put_back(Offset offset);
  /// Ready, or in flight, -> moving: out of sight until it is settled (settle_held) or put back.
  void move_ready(Offset offset);
  void move_held(Offset offset);
  /// Moving -> blocked: moving still, and known as such after a restart. Answers its count.
  std::uint32_t block(Offset offset, SettleReason reason);
  /// Why it leaves; acked: it is not blocked.
  SettleReason blocked(Offset offset) const;
  std::vector<Offset> blocked_offsets() const;
  /// Ready -> waiting: out of sight until it is put back.
  void delay_ready(Offset offset, const Lease& until, WaitsFor what);
  /// Until when; null: it does not wait.
  const Lease* wait(Offset offset) const;
  /// Undoes settle_taken.
  void unsettle(const Taken& taken);

  /// Settles what is ready in [first, last] and answers how many that was; offsets in flight stay.
  std::uint64_t settle_ready(Offset first, Offset last);
  /// Settles all that is ready and answers the runs, in order.
  std::vector<SettledRun> purge();

  /// In flight or moving, and ready after a restart: not leased, waiting or blocked. In order.
  std::vector<Offset> ready_after_restart() const;
  /// Offsets in flight, in order: of one session (leases are nobody's), or within [first, last].
  std::vector<Offset> held_by(SessionId session) const;
  std::vector<Offset> held_in(Offset first, Offset last) const;

  /// Replay of journalled frames, before the first delivery.
  void replay_settled(Offset first, Offset last);
  void replay_count(Offset offset, std::uint32_t deliveries);
  void replay_lease(const LeaseEntry& entry, Moment moment);
  /// After its count, which ends an earlier wait.
  void replay_wait(Offset offset, const Lease& until);
  void replay_blocked(Offset offset, SettleReason reason);
  /// Unsettled offsets below may have been delivered: they are redelivered, no count is raised.
  void mark_redelivered_below(Offset offset);

  /// The lowest offset >= `from` that is not settled.
  Offset next_unsettled(Offset from) const { return settled_.next_unsettled(from); }
  /// The parts of [floor, below) that are not settled, in order.
  std::vector<OffsetRun> unsettled_below(Offset below) const;
  DeliveryImage image() const;

 private:
  InFlight release(Offset offset);
  void hold_aside(Offset offset, InFlight by);
  void pass_cursor();
  std::uint32_t take_count(Offset offset);
  void make_ready_again(const Taken& taken);
  void settle_unheld(Offset first, Offset last);
  void forget_counts(Offset first, Offset last);

  PartitionId partition_;
  PartitionIndex index_;
  Offset cursor_;     // below it: settled, in flight or requeued
  Offset end_;        // below it: visible
  Offset log_start_;  // below it: nothing to come back to
  Offset redelivered_below_;
  std::optional<PriorityOrder> order_;  // of what is ready, when there are priorities
  std::uint64_t ready_ = 0;
  std::uint64_t moving_ = 0;
  std::uint64_t blocked_ = 0;            // of those that are moving
  std::uint64_t undue_ = 0;              // of those that wait
  std::uint64_t held_above_cursor_ = 0;  // restored leases, and what left ready out of its turn
  SettledRanges settled_;
  RangeSet requeued_;
  RangeSet fresh_;  // requeued without ever having been delivered
  boost::unordered_flat_map<Offset, InFlight> in_flight_;
  boost::unordered_flat_map<Offset, std::uint32_t> counts_;  // of what is not in flight, if > 0
  boost::unordered_flat_map<Offset, Lease> leases_;
  boost::unordered_flat_map<Offset, Lease> waits_;
};

/// A stored time on both clocks.
Lease lease_until(std::int64_t wall_ms, Moment moment);

}  // namespace rialto
