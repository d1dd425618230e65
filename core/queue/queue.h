#pragma once

#include "core/base/clock.h"
#include "core/base/errc.h"
#include "core/model/frames/view_frames.h"
#include "core/model/ids.h"
#include "core/queue/consumers.h"
#include "core/queue/delivery_state.h"
#include "core/queue/lease_deadlines.h"
#include "core/queue/queue_image.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace rialto {

/// What a holder wants done with a message it has.
enum class SettleHow : std::uint8_t {
  ack,
  reject,     ///< leaves the queue like an ack
  requeue,    ///< back to its place, redelivered, count raised
  hand_back,  ///< the same without the count: nobody has failed with it
  move,       ///< out of sight until moved() says that another queue has it
};

/// One message for one taker. The caller reads the record and delivers it, or gives the
/// assignment back with undo() or skip().
struct Assignment {
  PartitionId partition;
  PartitionIndex index;
  Offset offset;
  SessionId session;    ///< 0 for a lease
  ConsumerId consumer;  ///< 0 for get and lease
  bool redelivered = false;
  std::uint32_t deliveries = 0;  ///< earlier deliveries that were not settled
  bool no_ack = false;           ///< settled already: the caller journals it when delivered
  std::uint32_t attempt() const { return deliveries + 1; }
};

/// A message that is ready again, and its count, to journal.
struct Returned {
  PartitionId partition;
  Offset offset;
  std::uint32_t deliveries = 0;
};

/// What became of settle calls on one partition. The caller keeps one and clears it, so that it
/// does not allocate.
struct SettleOutcome {
  std::vector<SettledRun> settled;  ///< left the queue: to be journalled
  std::vector<Returned> returned;   ///< requeued
  std::vector<Offset> moving;
  std::uint64_t unknown = 0;  ///< offsets that the session does not hold

  void clear() {
    settled.clear();
    returned.clear();
    moving.clear();
    unknown = 0;
  }
};

struct PurgedRuns {
  PartitionId partition;
  std::vector<SettledRun> runs;
};

/// Delivery state of one queue: over one partition for a plain queue, over all partitions of a
/// topic for a work queue on it. Pure: no clock, no I/O; live settlement takes effect at once and
/// the caller journals what it is told.
class QueueMachine {
 public:
  // ---- partitions and their records
  /// Records in [visible_from, visible_end) are ready. Unknown partitions elsewhere are ignored.
  void add_partition(PartitionId partition, PartitionIndex index, Offset visible_from,
                     Offset visible_end);
  /// Records below `end` are visible now; lower than before is no change.
  void arrived(PartitionId partition, Offset end, const std::vector<std::uint8_t>& priorities = {});
  /// Messages of a higher priority go first; those above `highest` count as that. Before the first
  /// partition.
  void use_priorities(std::uint8_t highest) { highest_priority_ = highest; }
  /// Nothing below `log_start` can be read any more: ready offsets there are settled, those in
  /// flight will not come back. Not for a log start that this queue's unsettled records outlive.
  void trimmed(PartitionId partition, Offset log_start);

  // ---- consumers
  /// Errc::in_use, Errc::already_exists; see Consumers::add.
  Errc add_consumer(SessionId session, ConsumerId consumer, const ConsumerSpec& spec);
  /// What it holds stays out until the session settles or returns it. False: no such consumer.
  bool remove_consumer(SessionId session, ConsumerId consumer);
  /// False: deliver nothing to any consumer of the session (its out queue is full).
  void set_session_ready(SessionId session, bool ready);
  /// The same for one consumer.
  void set_consumer_ready(SessionId session, ConsumerId consumer, bool ready) {
    consumers_.set_consumer_ready(session, consumer, ready);
  }
  /// See Consumers::choose_one.
  void choose_one_consumer(bool takeover) { consumers_.choose_one(takeover); }
  /// Removes the session's consumers and returns all it holds.
  std::vector<Returned> remove_session(SessionId session);
  /// For auto-delete: it has had a consumer at some time.
  bool ever_consumed() const { return ever_consumed_; }
  const Consumers& consumers() const { return consumers_; }

  // ---- handing out
  /// The next message for the consumer whose turn it is; in flight from now on (no_ack: settled).
  /// Nothing when there is no ready message or nobody to take one.
  std::optional<Assignment> next();
  /// basic.get: needs no credit.
  std::optional<Assignment> take(SessionId session, bool no_ack);
  /// HTTP pull: in flight until then; its id is (partition, offset, attempt()).
  std::optional<Assignment> lease(const Lease& until);
  /// It could not be read now: back to its place as if never taken, with its credit.
  void undo(const Assignment& assignment);
  /// No visible record has an offset in [first, last]: ready and in-flight ones are settled, and
  /// credit is returned. Nothing to journal: a restart skips them again.
  void skip(PartitionId partition, Offset first, Offset last);

  // ---- taking messages out of the queue that nobody holds
  /// Of the partition whose turn it is: what next() would hand out.
  std::optional<std::pair<PartitionId, Offset>> head();
  /// The same of one partition.
  std::optional<Offset> first_ready(PartitionId partition);
  bool is_ready(PartitionId partition, Offset offset) const;
  /// A session has it, or a lease.
  bool is_out(PartitionId partition, Offset offset) const;
  /// Ready -> settled; the caller journals it.
  void drop(PartitionId partition, Offset offset);
  /// Ready -> moving: neither ready nor in flight, and unsettled for a restart.
  void move(PartitionId partition, Offset offset);
  /// Ready -> waiting: neither ready nor in flight before that time, then at its place again.
  void delay(PartitionId partition, Offset offset, const Lease& until,
             WaitsFor what = WaitsFor::a_retry);
  /// Those whose time has come are ready. In the order of their times.
  std::vector<Returned> end_waits(Instant now);
  /// Moving -> settled, when it was not passed over meanwhile. The caller journals it together with
  /// what the move leaves elsewhere.
  void moved(PartitionId partition, Offset offset);
  /// Moving -> blocked: where it goes there is no room. Still moving, and so after a restart.
  /// Answers its count, to journal.
  std::uint32_t block(PartitionId partition, Offset offset, SettleReason reason);
  /// Calls fn(PartitionId, Offset, SettleReason) for those, in order.
  template <class F>
  void for_each_blocked(F&& fn) const {
    for (const View& view : views_) {
      for (const Offset offset : view.state.blocked_offsets())
        fn(view.state.partition(), offset, view.state.blocked(offset));
    }
  }
  /// Moving -> ready, at its place; as above.
  void stay(PartitionId partition, Offset offset);
  /// The first `count` ready offsets from `from` on.
  std::vector<Offset> ready_from(PartitionId partition, Offset from, std::size_t count) const;

  // ---- bringing back what has left the queue
  /// The parts of [first, last] that are settled.
  std::vector<OffsetRun> settled_in(PartitionId partition, Offset first, Offset last) const;
  /// Settled -> ready, redelivered, at their places; what is not settled stays as it is. For
  /// queues without priorities; their records are still there.
  void bring_back(PartitionId partition, Offset first, Offset last);
  bool has_priorities() const { return highest_priority_.has_value(); }

  // ---- settling
  /// Settles those of [first, last] that the session holds; credit returns at once. Adds to `out`.
  void settle(SessionId session, PartitionId partition, Offset first, Offset last, SettleHow how,
              SettleOutcome& out);
  /// All the session holds goes back to its place, redelivered, counts raised. In order.
  std::vector<Returned> return_all(SessionId session);
  /// Errc::lease_expired when this attempt is not current. Adds to `out`.
  Errc settle_lease(PartitionId partition, Offset offset, std::uint32_t attempt, SettleHow how,
                    SettleOutcome& out);
  Errc extend_lease(PartitionId partition, Offset offset, std::uint32_t attempt,
                    const Lease& until);
  /// Leases that ended at or before `now` return.
  std::vector<Returned> expire_leases(Instant now);
  /// When expire_leases or end_waits has something to do; no_deadline: nothing is leased, nothing
  /// waits. Never too late, and may be too early after an extension.
  Instant next_deadline() const { return std::min(deadlines_.next(), wait_ends_.next()); }
  /// Settles everything ready, nothing in flight and nothing that waits.
  std::vector<PurgedRuns> purge();

  // ---- a prefetch that several queues share
  /// From now on every credit that a consumer gets back is kept for take_credited().
  void tell_credits() { tells_credits_ = true; }
  bool tells_credits() const { return tells_credits_; }
  bool has_credited() const { return !credited_.empty(); }
  std::vector<std::pair<SessionId, ConsumerId>> take_credited() {
    return std::exchange(credited_, {});
  }
  /// Calls fn(ConsumerId) for each message that a consumer of the session holds.
  template <class F>
  void for_each_held(SessionId session, F&& fn) const {
    for (const View& view : views_) {
      for (const Offset offset : view.state.held_by(session)) {
        const InFlight* held = view.state.in_flight(offset);
        if (held->has_credit) fn(held->consumer);
      }
    }
  }

  // ---- counts, exact, O(1)
  std::uint64_t ready_count() const { return counts_.ready; }
  std::uint64_t unacked_count() const { return counts_.in_flight; }
  std::uint64_t waiting_count() const { return counts_.waiting; }
  std::uint64_t blocked_count() const { return counts_.blocked; }
  std::size_t consumer_count() const { return consumers_.count(); }
  /// A message is ready and somebody can take it.
  bool can_deliver() const { return can_take() && consumers_.anyone_ready(); }
  /// The same for those who need no credit.
  bool can_take() const { return counts_.ready != 0 && may_wait(); }
  /// So many may wait for their time or be blocked. Then nothing is handed out until there are
  /// fewer: who returns or rejects everything is slowed down, and memory does not grow with the
  /// backlog.
  static constexpr std::uint64_t waiting_max = 1U << 16;
  /// Those that ask for their time do not count: who stored them has bounded them.
  bool may_wait() const { return counts_.waiting - counts_.undue + counts_.blocked < waiting_max; }

  // ---- what is unsettled, for log starts and reclaiming
  /// The lowest unsettled offset; no_offset for an unknown partition.
  Offset floor(PartitionId partition) const;
  /// Whether one of [first, last], which are below the end, is not settled.
  bool any_unsettled_in(PartitionId partition, Offset first, Offset last) const;

  // ---- replay and checkpoints, while there is no consumer
  void replay_settled(PartitionId partition, Offset first, Offset last);
  void replay_count(PartitionId partition, Offset offset, std::uint32_t deliveries);
  void replay_lease(const LeaseEntry& entry, Moment moment);
  void replay_wait(PartitionId partition, Offset offset, const Lease& until);
  void replay_blocked(PartitionId partition, Offset offset, SettleReason reason);
  /// After a stop that was not clean: every unsettled message "may have been delivered".
  void mark_all_redelivered();
  /// The same for the unsettled ones of one partition below `below`. restore() does this for the
  /// handed-out mark of the image.
  void mark_redelivered_below(PartitionId partition, Offset below);
  void image(QueueImage& out) const;
  /// What is out and, by the image, is ready.
  std::vector<Offset> ready_after_restart(PartitionId partition) const;
  /// Takes over the partitions of the image; those it has under the same id are replaced.
  void restore(const QueueImage& image, Moment moment);

 private:
  using Index = std::uint32_t;
  static constexpr Index no_view = UINT32_MAX;

  struct View {
    DeliveryState state;
    Index next = no_view;  // in the line of views with something ready
    bool in_line = false;
  };

  Index find(PartitionId partition) const;
  /// Changes one view and brings totals and line up to date.
  template <class F>
  auto change(Index view, F&& fn);
  void line_up(Index view);
  Index first_in_line();
  void end_turn();
  /// Takes the next ready message of the view whose turn it is; `keep(state, taken)` says how.
  template <class F>
  std::optional<Assignment> take_with(F&& keep);

  bool is_current(PartitionId partition, Offset offset, std::uint32_t attempt) const;
  bool is_moving(Index view, Offset offset) const;
  void give_credit(const InFlight& entry);
  void settle_one(Index view, Offset offset, SettleHow how, SettleOutcome& out);
  bool still_waits(const LeaseDeadlines::Entry& entry) const;
  void set_view(DeliveryState state, const std::vector<std::uint8_t>& priorities = {});

  std::vector<View> views_;
  boost::unordered_flat_map<PartitionId, Index> view_of_;
  Index line_head_ = no_view;
  Index line_tail_ = no_view;
  Consumers consumers_;
  boost::unordered_flat_map<SessionId, std::uint64_t> held_by_session_;
  LeaseDeadlines deadlines_;
  LeaseDeadlines wait_ends_;
  std::optional<std::uint8_t> highest_priority_;
  DeliveryCounts counts_;  // of all views
  bool ever_consumed_ = false;
  bool tells_credits_ = false;
  std::vector<std::pair<SessionId, ConsumerId>> credited_;
};

}  // namespace rialto
