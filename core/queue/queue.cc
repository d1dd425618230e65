#include "core/queue/queue.h"

#include "core/base/check.h"

#include <algorithm>
#include <utility>

namespace rialto {

QueueMachine::Index QueueMachine::find(PartitionId partition) const {
  // A plain queue has one partition: no hashing for it.
  if (views_.size() == 1 && views_[0].state.partition() == partition) return 0;
  const auto found = view_of_.find(partition);
  return found == view_of_.end() ? no_view : found->second;
}

template <class F>
auto QueueMachine::change(Index view, F&& fn) {
  DeliveryState& state = views_[view].state;
  counts_ -= state.counts();
  const auto done = [this, &state, view] {
    counts_ += state.counts();
    if (state.ready_count() != 0) line_up(view);
  };
  if constexpr (std::is_void_v<decltype(fn(state))>) {
    fn(state);
    done();
  } else {
    auto result = fn(state);
    done();
    return result;
  }
}

void QueueMachine::line_up(Index view) {
  if (views_[view].in_line) return;
  views_[view].in_line = true;
  views_[view].next = no_view;
  (line_tail_ == no_view ? line_head_ : views_[line_tail_].next) = view;
  line_tail_ = view;
}

QueueMachine::Index QueueMachine::first_in_line() {
  while (line_head_ != no_view && views_[line_head_].state.ready_count() == 0) {
    View& empty = views_[line_head_];
    line_head_ = std::exchange(empty.next, no_view);
    if (line_head_ == no_view) line_tail_ = no_view;
    empty.in_line = false;
  }
  return line_head_;
}

/// The view at the head goes to the end, so that no partition waits behind a busy one.
void QueueMachine::end_turn() {
  if (line_head_ == line_tail_) return;
  const Index head = line_head_;
  line_head_ = views_[head].next;
  views_[head].next = no_view;
  views_[line_tail_].next = head;
  line_tail_ = head;
}

// ---- partitions and their records -----------------------------------------------------------

void QueueMachine::set_view(DeliveryState state, const std::vector<std::uint8_t>& priorities) {
  if (highest_priority_) state.use_priorities(*highest_priority_, priorities);
  const Index known = find(state.partition());
  if (known != no_view) {
    change(known, [&](DeliveryState& old) { old = std::move(state); });
    return;
  }
  const auto view = static_cast<Index>(views_.size());
  view_of_.emplace(state.partition(), view);
  counts_ += state.counts();
  views_.push_back(View{std::move(state), no_view, false});
  if (views_[view].state.ready_count() != 0) line_up(view);
}

void QueueMachine::add_partition(PartitionId partition, PartitionIndex index, Offset visible_from,
                                 Offset visible_end) {
  RIALTO_CHECK(find(partition) == no_view, "a partition is added once");
  set_view(DeliveryState(partition, index, visible_from, visible_end));
}

void QueueMachine::arrived(PartitionId partition, Offset end,
                           const std::vector<std::uint8_t>& priorities) {
  const Index view = find(partition);
  if (view == no_view) return;
  change(view, [&](DeliveryState& state) { state.arrived(end, priorities); });
}

void QueueMachine::trimmed(PartitionId partition, Offset log_start) {
  const Index view = find(partition);
  if (view == no_view) return;
  change(view, [&](DeliveryState& state) { state.trimmed(log_start); });
}

std::vector<OffsetRun> QueueMachine::settled_in(PartitionId partition, Offset first,
                                                Offset last) const {
  const Index view = find(partition);
  return view == no_view ? std::vector<OffsetRun>() : views_[view].state.settled_in(first, last);
}

void QueueMachine::bring_back(PartitionId partition, Offset first, Offset last) {
  const Index view = find(partition);
  if (view == no_view) return;
  change(view, [&](DeliveryState& state) { state.bring_back(first, last); });
}

// ---- consumers ------------------------------------------------------------------------------

Errc QueueMachine::add_consumer(SessionId session, ConsumerId consumer, const ConsumerSpec& spec) {
  const Errc result = consumers_.add(session, consumer, spec);
  if (result == Errc::ok) ever_consumed_ = true;
  return result;
}

bool QueueMachine::remove_consumer(SessionId session, ConsumerId consumer) {
  return consumers_.remove(session, consumer);
}

void QueueMachine::set_session_ready(SessionId session, bool ready) {
  consumers_.set_session_ready(session, ready);
}

std::vector<Returned> QueueMachine::remove_session(SessionId session) {
  consumers_.remove_session(session);
  return return_all(session);
}

void QueueMachine::give_credit(const InFlight& entry) {
  if (entry.leased || !entry.is_somebodys()) return;
  if (entry.has_credit) {
    consumers_.credit(entry.slot, entry.session, entry.consumer);
    if (tells_credits_) credited_.emplace_back(entry.session, entry.consumer);
  }
  const auto held = held_by_session_.find(entry.session);
  if (--held->second == 0) held_by_session_.erase(held);
}

// ---- handing out ----------------------------------------------------------------------------

template <class F>
std::optional<Assignment> QueueMachine::take_with(F&& keep) {
  if (!may_wait()) return std::nullopt;
  const Index view = first_in_line();
  if (view == no_view) return std::nullopt;
  const Taken taken = change(view, [&](DeliveryState& state) {
    const Taken next = *state.take();
    keep(state, next);
    return next;
  });
  Assignment out;
  out.partition = views_[view].state.partition();
  out.index = views_[view].state.index();
  out.offset = taken.offset;
  out.redelivered = taken.redelivered;
  out.deliveries = taken.deliveries;
  end_turn();
  return out;
}

std::optional<Assignment> QueueMachine::next() {
  if (!can_deliver()) return std::nullopt;
  const Consumers::Slot slot = consumers_.next();
  const Consumers::Consumer who = consumers_.at(slot);
  auto out = take_with([&](DeliveryState& state, const Taken& taken) {
    if (who.spec.no_ack) {
      state.settle_taken(taken.offset);
      return;
    }
    InFlight by;
    by.session = who.session;
    by.consumer = who.id;
    by.slot = slot;
    by.has_credit = true;
    state.hold(taken, by);
    ++held_by_session_[who.session];
  });
  out->session = who.session;
  out->consumer = who.id;
  out->no_ack = who.spec.no_ack;
  consumers_.delivered(slot);
  return out;
}

std::optional<Assignment> QueueMachine::take(SessionId session, bool no_ack) {
  auto out = take_with([&](DeliveryState& state, const Taken& taken) {
    if (no_ack) {
      state.settle_taken(taken.offset);
      return;
    }
    InFlight by;
    by.session = session;
    state.hold(taken, by);
    ++held_by_session_[session];
  });
  if (out) {
    out->session = session;
    out->no_ack = no_ack;
  }
  return out;
}

std::optional<Assignment> QueueMachine::lease(const Lease& until) {
  auto out =
      take_with([&](DeliveryState& state, const Taken& taken) { state.hold_leased(taken, until); });
  if (out) deadlines_.add({until.deadline, out->partition, out->offset, out->attempt()});
  return out;
}

void QueueMachine::undo(const Assignment& assignment) {
  const Index view = find(assignment.partition);
  if (view == no_view) return;
  if (assignment.no_ack) {
    change(view, [&](DeliveryState& state) {
      state.unsettle({assignment.offset, assignment.redelivered, assignment.deliveries});
    });
    return;
  }
  const InFlight* held = views_[view].state.in_flight(assignment.offset);
  // It may have been settled or returned since, and even be with somebody else.
  if (held == nullptr || held->deliveries != assignment.deliveries) return;
  if (!held->leased && held->session != assignment.session) return;
  const InFlight entry = *held;
  change(view, [&](DeliveryState& state) { state.put_back(assignment.offset); });
  give_credit(entry);
}

void QueueMachine::skip(PartitionId partition, Offset first, Offset last) {
  const Index view = find(partition);
  if (view == no_view) return;
  for (const Offset offset : views_[view].state.held_in(first, last)) {
    const InFlight entry = *views_[view].state.in_flight(offset);
    change(view, [&](DeliveryState& state) { state.settle_held(offset); });
    give_credit(entry);
  }
  change(view, [&](DeliveryState& state) { state.settle_ready(first, last); });
}

// ---- taking messages out --------------------------------------------------------------------

std::optional<std::pair<PartitionId, Offset>> QueueMachine::head() {
  const Index view = first_in_line();
  if (view == no_view) return std::nullopt;
  return std::pair(views_[view].state.partition(), *views_[view].state.first_ready());
}

std::optional<Offset> QueueMachine::first_ready(PartitionId partition) {
  const Index view = find(partition);
  if (view == no_view) return std::nullopt;
  return views_[view].state.first_ready();
}

bool QueueMachine::is_ready(PartitionId partition, Offset offset) const {
  const Index view = find(partition);
  return view != no_view && views_[view].state.is_ready(offset);
}

bool QueueMachine::is_out(PartitionId partition, Offset offset) const {
  const Index view = find(partition);
  const InFlight* held = view == no_view ? nullptr : views_[view].state.in_flight(offset);
  return held != nullptr && !held->moving;
}

void QueueMachine::drop(PartitionId partition, Offset offset) {
  change(find(partition), [&](DeliveryState& state) { state.settle_ready(offset, offset); });
}

void QueueMachine::move(PartitionId partition, Offset offset) {
  change(find(partition), [&](DeliveryState& state) { state.move_ready(offset); });
}

bool QueueMachine::still_waits(const LeaseDeadlines::Entry& entry) const {
  const Index view = find(entry.partition);
  const Lease* until = view == no_view ? nullptr : views_[view].state.wait(entry.offset);
  return until != nullptr && until->deadline == entry.deadline;
}

void QueueMachine::delay(PartitionId partition, Offset offset, const Lease& until, WaitsFor what) {
  change(find(partition), [&](DeliveryState& state) { state.delay_ready(offset, until, what); });
  wait_ends_.add({until.deadline, partition, offset, 0});
  wait_ends_.tidy(waiting_count(),
                  [this](const LeaseDeadlines::Entry& e) { return still_waits(e); });
}

std::vector<Returned> QueueMachine::end_waits(Instant now) {
  std::vector<Returned> out;
  while (const auto due = wait_ends_.pop_due(now)) {
    if (!still_waits(*due)) continue;
    const Index view = find(due->partition);
    const std::uint32_t deliveries = views_[view].state.in_flight(due->offset)->deliveries;
    change(view, [&](DeliveryState& state) { state.put_back(due->offset); });
    out.push_back({due->partition, due->offset, deliveries});
  }
  return out;
}

void QueueMachine::moved(PartitionId partition, Offset offset) {
  const Index view = find(partition);
  if (!is_moving(view, offset)) return;
  change(view, [&](DeliveryState& state) { state.settle_held(offset); });
}

void QueueMachine::stay(PartitionId partition, Offset offset) {
  const Index view = find(partition);
  if (!is_moving(view, offset)) return;
  change(view, [&](DeliveryState& state) { state.put_back(offset); });
}

std::uint32_t QueueMachine::block(PartitionId partition, Offset offset, SettleReason reason) {
  return change(find(partition), [&](DeliveryState& state) { return state.block(offset, reason); });
}

bool QueueMachine::is_moving(Index view, Offset offset) const {
  const InFlight* held = view == no_view ? nullptr : views_[view].state.in_flight(offset);
  return held != nullptr && held->moving;
}

std::vector<Offset> QueueMachine::ready_from(PartitionId partition, Offset from,
                                             std::size_t count) const {
  std::vector<Offset> out;
  const Index view = find(partition);
  if (view == no_view) return out;
  const DeliveryState& state = views_[view].state;
  for (const OffsetRun& run : state.unsettled_below(state.end())) {
    for (Offset offset = std::max(from, run.first); offset <= run.last; ++offset) {
      if (out.size() == count) return out;
      if (state.is_ready(offset)) out.push_back(offset);
    }
  }
  return out;
}

// ---- settling -------------------------------------------------------------------------------

void QueueMachine::settle_one(Index view, Offset offset, SettleHow how, SettleOutcome& out) {
  const InFlight entry = *views_[view].state.in_flight(offset);
  give_credit(entry);
  if (how == SettleHow::requeue || how == SettleHow::hand_back) {
    const bool failed = how == SettleHow::requeue;
    const auto deliveries =
        change(view, [&](DeliveryState& state) { return state.requeue_held(offset, failed); });
    if (deliveries) out.returned.push_back({views_[view].state.partition(), offset, *deliveries});
    return;
  }
  if (how == SettleHow::move) {
    change(view, [&](DeliveryState& state) { state.move_held(offset); });
    out.moving.push_back(offset);
    return;
  }
  change(view, [&](DeliveryState& state) { state.settle_held(offset); });
  if (!out.settled.empty() && out.settled.back().last + 1 == offset) {
    out.settled.back().last = offset;
  } else {
    out.settled.push_back({offset, offset});
  }
}

void QueueMachine::settle(SessionId session, PartitionId partition, Offset first, Offset last,
                          SettleHow how, SettleOutcome& out) {
  if (last < first) return;
  out.unknown += static_cast<std::uint64_t>(last - first) + 1;
  const Index view = find(partition);
  if (view == no_view) return;
  const Offset from = std::max(first, views_[view].state.floor());
  const Offset to = std::min(last, views_[view].state.end() - 1);
  for (Offset offset = from; offset <= to; ++offset) {
    const InFlight* held = views_[view].state.in_flight(offset);
    if (held == nullptr || held->leased || held->session != session) continue;
    settle_one(view, offset, how, out);
    --out.unknown;
  }
}

std::vector<Returned> QueueMachine::return_all(SessionId session) {
  SettleOutcome out;
  if (!held_by_session_.contains(session)) return {};
  for (Index view = 0; view < views_.size(); ++view) {
    for (const Offset offset : views_[view].state.held_by(session)) {
      settle_one(view, offset, SettleHow::requeue, out);
    }
  }
  return std::move(out.returned);
}

bool QueueMachine::is_current(PartitionId partition, Offset offset, std::uint32_t attempt) const {
  const Index view = find(partition);
  if (view == no_view) return false;
  const InFlight* held = views_[view].state.in_flight(offset);
  return held != nullptr && held->leased && held->deliveries + 1 == attempt;
}

Errc QueueMachine::settle_lease(PartitionId partition, Offset offset, std::uint32_t attempt,
                                SettleHow how, SettleOutcome& out) {
  if (!is_current(partition, offset, attempt)) return Errc::lease_expired;
  settle_one(find(partition), offset, how, out);
  deadlines_.tidy(counts_.leased, [this](const LeaseDeadlines::Entry& e) {
    return is_current(e.partition, e.offset, e.attempt);
  });
  return Errc::ok;
}

Errc QueueMachine::extend_lease(PartitionId partition, Offset offset, std::uint32_t attempt,
                                const Lease& until) {
  if (!is_current(partition, offset, attempt)) return Errc::lease_expired;
  views_[find(partition)].state.extend_lease(offset, until);
  deadlines_.add({until.deadline, partition, offset, attempt});
  deadlines_.tidy(counts_.leased, [this](const LeaseDeadlines::Entry& e) {
    return is_current(e.partition, e.offset, e.attempt) &&
           views_[find(e.partition)].state.lease(e.offset)->deadline == e.deadline;
  });
  return Errc::ok;
}

std::vector<Returned> QueueMachine::expire_leases(Instant now) {
  SettleOutcome out;
  while (const auto due = deadlines_.pop_due(now)) {
    if (!is_current(due->partition, due->offset, due->attempt)) continue;
    const Index view = find(due->partition);
    if (views_[view].state.lease(due->offset)->deadline > now) continue;
    settle_one(view, due->offset, SettleHow::requeue, out);
  }
  return std::move(out.returned);
}

std::vector<PurgedRuns> QueueMachine::purge() {
  std::vector<PurgedRuns> out;
  for (Index view = 0; view < views_.size(); ++view) {
    auto runs = change(view, [](DeliveryState& state) { return state.purge(); });
    if (!runs.empty()) out.push_back({views_[view].state.partition(), std::move(runs)});
  }
  return out;
}

// ---- what is unsettled ----------------------------------------------------------------------

Offset QueueMachine::floor(PartitionId partition) const {
  const Index view = find(partition);
  return view == no_view ? no_offset : views_[view].state.floor();
}

bool QueueMachine::any_unsettled_in(PartitionId partition, Offset first, Offset last) const {
  const Index view = find(partition);
  return view != no_view && views_[view].state.next_unsettled(first) <= last;
}

// ---- replay and checkpoints -----------------------------------------------------------------

void QueueMachine::replay_settled(PartitionId partition, Offset first, Offset last) {
  const Index view = find(partition);
  if (view == no_view) return;
  change(view, [&](DeliveryState& state) { state.replay_settled(first, last); });
}

void QueueMachine::replay_count(PartitionId partition, Offset offset, std::uint32_t deliveries) {
  const Index view = find(partition);
  if (view == no_view) return;
  change(view, [&](DeliveryState& state) { state.replay_count(offset, deliveries); });
}

void QueueMachine::replay_lease(const LeaseEntry& entry, Moment moment) {
  const Index view = find(entry.partition);
  if (view == no_view) return;
  change(view, [&](DeliveryState& state) { state.replay_lease(entry, moment); });
  const Lease* lease = views_[view].state.lease(entry.offset);
  if (lease == nullptr) return;
  deadlines_.add({lease->deadline, entry.partition, entry.offset, entry.attempt});
}

void QueueMachine::replay_wait(PartitionId partition, Offset offset, const Lease& until) {
  const Index view = find(partition);
  if (view == no_view) return;
  change(view, [&](DeliveryState& state) { state.replay_wait(offset, until); });
  wait_ends_.add({until.deadline, partition, offset, 0});
}

void QueueMachine::replay_blocked(PartitionId partition, Offset offset, SettleReason reason) {
  const Index view = find(partition);
  if (view == no_view) return;
  change(view, [&](DeliveryState& state) { state.replay_blocked(offset, reason); });
}

void QueueMachine::mark_all_redelivered() {
  for (View& view : views_)
    view.state.mark_redelivered_below(view.state.end());
}

void QueueMachine::mark_redelivered_below(PartitionId partition, Offset below) {
  const Index view = find(partition);
  if (view != no_view) views_[view].state.mark_redelivered_below(below);
}

void QueueMachine::image(QueueImage& out) const {
  out.partitions.clear();
  for (const View& view : views_)
    out.partitions.push_back(view.state.image());
}

std::vector<Offset> QueueMachine::ready_after_restart(PartitionId partition) const {
  const Index view = find(partition);
  return view == no_view ? std::vector<Offset>() : views_[view].state.ready_after_restart();
}

void QueueMachine::restore(const QueueImage& image, Moment moment) {
  RIALTO_CHECK(consumers_.count() == 0, "an image is restored before the first consumer");
  for (const DeliveryImage& partition : image.partitions) {
    set_view(DeliveryState(partition, moment), partition.priorities);
    for (const DeliveryImage::Count& count : partition.counts) {
      const Lease* until = views_[find(partition.partition)].state.wait(count.offset);
      if (until) wait_ends_.add({until->deadline, partition.partition, count.offset, 0});
    }
    for (const LeaseEntry& entry : partition.leases) {
      const Lease* lease = views_[find(entry.partition)].state.lease(entry.offset);
      if (lease == nullptr) continue;
      deadlines_.add({lease->deadline, entry.partition, entry.offset, entry.attempt});
    }
  }
}

}  // namespace rialto
