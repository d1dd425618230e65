#include "core/queue/delivery_state.h"

#include "core/base/check.h"

#include <algorithm>
#include <utility>

namespace rialto {
namespace {

/// Calls fn(first, last) for each part of [first, last] between the offsets in `out`, in order.
template <class F>
void for_each_between(Offset first, Offset last, const std::vector<Offset>& out, F&& fn) {
  for (const Offset offset : out) {
    if (first < offset) fn(first, offset - 1);
    first = offset + 1;
  }
  if (first <= last) fn(first, last);
}

}  // namespace

Lease lease_until(std::int64_t wall_ms, Moment moment) {
  return {after_ms(moment.now, wall_ms - moment.wall.get()), WallMs(wall_ms)};
}

DeliveryCounts& DeliveryCounts::operator+=(const DeliveryCounts& more) {
  ready += more.ready;
  in_flight += more.in_flight;
  leased += more.leased;
  waiting += more.waiting;
  undue += more.undue;
  blocked += more.blocked;
  return *this;
}

DeliveryCounts& DeliveryCounts::operator-=(const DeliveryCounts& less) {
  ready -= less.ready;
  in_flight -= less.in_flight;
  leased -= less.leased;
  waiting -= less.waiting;
  undue -= less.undue;
  blocked -= less.blocked;
  return *this;
}

DeliveryState::DeliveryState(PartitionId partition, PartitionIndex index, Offset visible_from,
                             Offset visible_end)
    : partition_(partition),
      index_(index),
      cursor_(visible_from),
      end_(std::max(visible_from, visible_end)),
      log_start_(visible_from),
      redelivered_below_(visible_from),
      ready_(length(visible_from, visible_end - 1)),
      settled_(visible_from) {}

DeliveryState::DeliveryState(const DeliveryImage& image, Moment moment)
    : DeliveryState(image.partition, image.index, image.floor, image.end) {
  redelivered_below_ = image.handed_out;
  for (const auto& run : image.settled)
    replay_settled(run.first, run.last);
  for (const auto& count : image.counts)
    replay_count(count.offset, count.deliveries);
  for (const auto& count : image.counts) {
    if (count.ready_at_wall_ms == 0) continue;
    replay_wait(count.offset, lease_until(count.ready_at_wall_ms, moment));
  }
  for (const auto& count : image.counts)
    replay_blocked(count.offset, count.blocked);
  for (const auto& lease : image.leases)
    replay_lease(lease, moment);
}

void DeliveryState::arrived(Offset end, const std::vector<std::uint8_t>& priorities) {
  if (end <= end_) return;
  ready_ += length(end_, end - 1) - settled_.count_in(end_, end - 1);
  if (held_above_cursor_ != 0) ready_ -= held_in(end_, end - 1).size();
  const Offset first = std::exchange(end_, end);
  if (!order_) return;
  order_->forget_below(floor());
  order_->arrived(first, length(first, end - 1), priorities);
  for (Offset offset = first; offset < end; ++offset) {
    if (is_ready(offset)) order_->enter(offset);
  }
}

void DeliveryState::use_priorities(std::uint8_t highest, std::vector<std::uint8_t> known) {
  order_.emplace(highest, floor(), std::move(known));
  for (Offset offset = floor(); offset < end_; ++offset) {
    if (is_ready(offset)) order_->enter(offset);
  }
}

void DeliveryState::trimmed(Offset log_start) {
  if (log_start <= log_start_) return;
  log_start_ = log_start;
  settle_ready(floor(), log_start - 1);
  settle_unheld(std::max(end_, floor()), log_start - 1);
}

std::optional<Taken> DeliveryState::take() {
  if (ready_ == 0) return std::nullopt;
  Taken taken;
  if (order_) {
    taken.offset = *order_->front();
    order_->leave(taken.offset, taken.offset);
    taken.redelivered = requeued_.remove(taken.offset, taken.offset) != 0;
  } else if (!requeued_.empty()) {
    taken.offset = requeued_.front().first;
    requeued_.remove(taken.offset, taken.offset);
    taken.redelivered = fresh_.empty() || fresh_.remove(taken.offset, taken.offset) == 0;
  } else {
    pass_cursor();
    taken.offset = cursor_;
    ++cursor_;
  }
  taken.deliveries = take_count(taken.offset);
  taken.redelivered =
      taken.redelivered || taken.deliveries != 0 || taken.offset < redelivered_below_;
  --ready_;
  return taken;
}

/// Over what is settled and what is held, to the next ready offset, which exists.
void DeliveryState::pass_cursor() {
  cursor_ = settled_.next_unsettled(cursor_);
  while (held_above_cursor_ != 0 && in_flight_.contains(cursor_)) {
    --held_above_cursor_;
    cursor_ = settled_.next_unsettled(cursor_ + 1);
  }
  RIALTO_CHECK(cursor_ < end_, "the count of ready messages is exact");
}

std::uint32_t DeliveryState::take_count(Offset offset) {
  if (counts_.empty()) return 0;
  const auto count = counts_.find(offset);
  if (count == counts_.end()) return 0;
  const std::uint32_t deliveries = count->second;
  counts_.erase(count);
  return deliveries;
}

std::optional<Offset> DeliveryState::first_ready() {
  if (ready_ == 0) return std::nullopt;
  if (order_) return order_->front();
  if (!requeued_.empty()) return requeued_.front().first;
  pass_cursor();
  return cursor_;
}

bool DeliveryState::is_ready(Offset offset) const {
  return offset >= floor() && offset < end_ && !settled_.contains(offset) &&
         !in_flight_.contains(offset);
}

void DeliveryState::move_ready(Offset offset) {
  InFlight by;
  by.moving = true;
  hold_aside(offset, by);
  ++moving_;
}

std::uint32_t DeliveryState::block(Offset offset, SettleReason reason) {
  InFlight& entry = in_flight_.at(offset);
  RIALTO_CHECK(entry.moving && entry.blocked == SettleReason::acked, "it is blocked once");
  entry.blocked = reason;
  ++blocked_;
  return entry.deliveries;
}

SettleReason DeliveryState::blocked(Offset offset) const {
  const InFlight* entry = in_flight(offset);
  return entry ? entry->blocked : SettleReason::acked;
}

std::vector<Offset> DeliveryState::blocked_offsets() const {
  std::vector<Offset> out;
  for (const auto& [offset, entry] : in_flight_) {
    if (entry.blocked != SettleReason::acked) out.push_back(offset);
  }
  std::sort(out.begin(), out.end());
  return out;
}

void DeliveryState::delay_ready(Offset offset, const Lease& until, WaitsFor what) {
  InFlight by;
  by.waiting = true;
  by.undue = what == WaitsFor::its_time;
  undue_ += by.undue ? 1 : 0;
  hold_aside(offset, by);
  waits_[offset] = until;
}

/// In the name of nobody.
void DeliveryState::hold_aside(Offset offset, InFlight by) {
  RIALTO_CHECK(is_ready(offset), "only what is ready leaves the ready ones");
  by.deliveries = take_count(offset);
  by.redelivered = true;
  if (order_) {
    const bool returned = requeued_.remove(offset, offset) != 0;
    by.redelivered = returned || by.deliveries != 0 || offset < redelivered_below_;
    if (offset >= cursor_) ++held_above_cursor_;
  } else if (offset < cursor_) {
    requeued_.remove(offset, offset);
    if (!fresh_.empty()) by.redelivered = fresh_.remove(offset, offset) == 0;
  } else {
    by.redelivered = by.deliveries != 0 || offset < redelivered_below_;
    ++held_above_cursor_;
  }
  in_flight_[offset] = by;
  if (order_) order_->leave(offset, offset);
  --ready_;
}

void DeliveryState::move_held(Offset offset) {
  InFlight& entry = in_flight_.at(offset);
  if (entry.leased) leases_.erase(offset);
  InFlight by;
  by.moving = true;
  by.deliveries = entry.deliveries;
  by.redelivered = true;
  entry = by;
  ++moving_;
}

void DeliveryState::hold(const Taken& taken, const InFlight& by) {
  const auto [at, is_new] = in_flight_.try_emplace(taken.offset);
  InFlight& entry = at->second;
  entry = by;
  if (is_new && taken.offset >= cursor_) ++held_above_cursor_;
  entry.deliveries = taken.deliveries;
  entry.redelivered = taken.redelivered;
}

void DeliveryState::hold_leased(const Taken& taken, const Lease& lease) {
  InFlight by;
  by.leased = true;
  hold(taken, by);
  leases_[taken.offset] = lease;
}

void DeliveryState::settle_taken(Offset offset) {
  settled_.add(offset, offset);
}

const InFlight* DeliveryState::in_flight(Offset offset) const {
  const auto it = in_flight_.find(offset);
  return it == in_flight_.end() ? nullptr : &it->second;
}

const Lease* DeliveryState::lease(Offset offset) const {
  const auto it = leases_.find(offset);
  return it == leases_.end() ? nullptr : &it->second;
}

const Lease* DeliveryState::wait(Offset offset) const {
  const auto it = waits_.find(offset);
  return it == waits_.end() ? nullptr : &it->second;
}

void DeliveryState::extend_lease(Offset offset, const Lease& lease) {
  const auto it = leases_.find(offset);
  RIALTO_CHECK(it != leases_.end(), "only a current lease is extended");
  it->second = lease;
}

InFlight DeliveryState::release(Offset offset) {
  const auto it = in_flight_.find(offset);
  RIALTO_CHECK(it != in_flight_.end(), "only what is in flight is released");
  const InFlight entry = it->second;
  in_flight_.erase(it);
  if (entry.leased) leases_.erase(offset);
  if (entry.waiting) waits_.erase(offset);
  if (entry.undue) --undue_;
  if (entry.moving) --moving_;
  if (entry.blocked != SettleReason::acked) --blocked_;
  if (offset >= cursor_) --held_above_cursor_;
  return entry;
}

void DeliveryState::settle_held(Offset offset) {
  release(offset);
  settled_.add(offset, offset);
}

std::optional<std::uint32_t> DeliveryState::requeue_held(Offset offset, bool failed) {
  const InFlight entry = release(offset);
  if (offset < log_start_) {
    settled_.add(offset, offset);
    return std::nullopt;
  }
  const std::uint32_t deliveries = entry.deliveries + (failed ? 1 : 0);
  make_ready_again({offset, true, deliveries});
  return deliveries;
}

void DeliveryState::put_back(Offset offset) {
  const InFlight entry = release(offset);
  if (offset < log_start_) {
    settled_.add(offset, offset);
  } else {
    make_ready_again({offset, entry.redelivered, entry.deliveries});
  }
}

void DeliveryState::unsettle(const Taken& taken) {
  if (taken.offset < log_start_) return;
  settled_.remove(taken.offset);
  make_ready_again(taken);
}

void DeliveryState::make_ready_again(const Taken& taken) {
  if (taken.deliveries != 0) counts_[taken.offset] = taken.deliveries;
  if (order_) {
    // The cursor stays where it is: nothing is passed over.
    if (taken.redelivered) requeued_.add(taken.offset, taken.offset);
  } else if (taken.offset < cursor_) {
    // A restored lease may end before the cursor has come to it; the cursor then finds it.
    requeued_.add(taken.offset, taken.offset);
    if (!taken.redelivered) fresh_.add(taken.offset, taken.offset);
  }
  if (taken.offset >= end_) return;
  ++ready_;
  if (order_) order_->enter(taken.offset);
}

std::uint64_t DeliveryState::settle_ready(Offset first, Offset last) {
  first = std::max(first, floor());
  last = std::min(last, end_ - 1);
  if (last < first) return 0;
  const std::uint64_t unsettled = length(first, last) - settled_.count_in(first, last);
  const std::vector<Offset> held = held_in(first, last);
  settle_unheld(first, last);
  if (order_) order_->leave(first, last);
  const std::uint64_t gone = unsettled - held.size();
  ready_ -= gone;
  return gone;
}

void DeliveryState::settle_unheld(Offset first, Offset last) {
  if (last < first) return;
  for_each_between(first, last, held_in(first, last), [this](Offset from, Offset to) {
    settled_.add(from, to);
    requeued_.remove(from, to);
    fresh_.remove(from, to);
    forget_counts(from, to);
  });
}

void DeliveryState::forget_counts(Offset first, Offset last) {
  if (counts_.empty()) return;
  if (length(first, last) <= counts_.size()) {
    for (Offset offset = first; offset <= last; ++offset)
      counts_.erase(offset);
  } else {
    boost::unordered::erase_if(
        counts_, [&](const auto& count) { return count.first >= first && count.first <= last; });
  }
}

std::vector<OffsetRun> DeliveryState::settled_in(Offset first, Offset last) const {
  return settled_.runs_in(first, std::min(last, end_ - 1));
}

void DeliveryState::bring_back(Offset first, Offset last) {
  const std::vector<OffsetRun> runs = settled_in(first, last);
  if (runs.empty()) return;
  first = runs.front().first;
  log_start_ = std::min(log_start_, first);
  // While nothing is out below the cursor it just goes back; at replay that is always so.
  if (first < cursor_ && requeued_.empty() && held_above_cursor_ == in_flight_.size()) {
    redelivered_below_ = std::max(redelivered_below_, cursor_);
    cursor_ = first;
  }
  for (const OffsetRun& run : runs) {
    settled_.remove(run.first, run.last);
    if (run.first < cursor_) requeued_.add(run.first, std::min(run.last, cursor_ - 1));
    ready_ += length(run.first, run.last);
  }
}

std::vector<SettledRun> DeliveryState::purge() {
  std::vector<SettledRun> runs;
  const Offset last = end_ - 1;
  for (const OffsetRun& run : unsettled_below(end_)) {
    for_each_between(run.first, run.last, held_in(run.first, run.last),
                     [&](Offset from, Offset to) {
                       runs.push_back({from, to});
                     });
  }
  settle_ready(floor(), last);
  return runs;
}

std::vector<Offset> DeliveryState::ready_after_restart() const {
  std::vector<Offset> out;
  for (const auto& [offset, entry] : in_flight_) {
    const bool goes_on = entry.leased || entry.waiting || entry.blocked != SettleReason::acked;
    if (!goes_on) out.push_back(offset);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Offset> DeliveryState::held_by(SessionId session) const {
  std::vector<Offset> out;
  for (const auto& [offset, entry] : in_flight_) {
    if (!entry.leased && entry.is_somebodys() && entry.session == session) out.push_back(offset);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Offset> DeliveryState::held_in(Offset first, Offset last) const {
  std::vector<Offset> out;
  if (in_flight_.empty() || last < first) return out;
  if (length(first, last) <= in_flight_.size()) {
    for (Offset offset = first; offset <= last; ++offset) {
      if (in_flight_.contains(offset)) out.push_back(offset);
    }
    return out;
  }
  for (const auto& [offset, entry] : in_flight_) {
    if (offset >= first && offset <= last) out.push_back(offset);
  }
  std::sort(out.begin(), out.end());
  return out;
}

void DeliveryState::replay_settled(Offset first, Offset last) {
  first = std::max(first, floor());
  for (const Offset offset : held_in(first, last))
    settle_held(offset);
  settle_ready(first, last);
  settle_unheld(std::max(first, end_), last);
}

void DeliveryState::replay_count(Offset offset, std::uint32_t deliveries) {
  if (settled_.contains(offset)) return;
  if (wait(offset)) put_back(offset);  // it was handed out in between
  if (const auto it = in_flight_.find(offset); it != in_flight_.end()) {
    it->second.deliveries = deliveries;
  } else if (deliveries != 0) {
    counts_[offset] = deliveries;
  }
}

void DeliveryState::replay_lease(const LeaseEntry& entry, Moment moment) {
  const Offset offset = entry.offset;
  if (settled_.contains(offset)) return;
  RIALTO_CHECK(offset >= cursor_, "replay comes before the first delivery");
  if (wait(offset)) put_back(offset);
  const bool held = in_flight_.contains(offset);
  if (entry.deadline_wall_ms == 0) {
    if (held) {
      release(offset);
      make_ready_again({offset, true, entry.attempt});
    } else {
      counts_[offset] = entry.attempt;
    }
    return;
  }
  counts_.erase(offset);
  const Taken taken{offset, true, entry.attempt == 0 ? 0 : entry.attempt - 1};
  hold_leased(taken, lease_until(entry.deadline_wall_ms, moment));
  if (held || offset >= end_) return;
  --ready_;
  if (order_) order_->leave(offset, offset);
}

void DeliveryState::replay_wait(Offset offset, const Lease& until) {
  if (is_ready(offset)) delay_ready(offset, until, WaitsFor::a_retry);
}

void DeliveryState::replay_blocked(Offset offset, SettleReason reason) {
  if (reason == SettleReason::acked || !is_ready(offset)) return;
  move_ready(offset);
  block(offset, reason);
}

void DeliveryState::mark_redelivered_below(Offset offset) {
  redelivered_below_ = std::max(redelivered_below_, offset);
}

std::vector<OffsetRun> DeliveryState::unsettled_below(Offset below) const {
  return below <= floor() ? std::vector<OffsetRun>() : settled_.above().gaps(floor(), below - 1);
}

DeliveryImage DeliveryState::image() const {
  DeliveryImage out;
  out.partition = partition_;
  out.index = index_;
  out.floor = floor();
  out.end = end_;
  out.handed_out = order_ ? end_ : std::max(cursor_, redelivered_below_);
  if (order_) out.priorities = order_->known_from(floor());
  settled_.above().for_each([&](const OffsetRun& run) {
    out.settled.push_back({run.first, run.last});
  });
  for (const auto& [offset, count] : counts_)
    out.counts.push_back({offset, count});
  for (const auto& [offset, entry] : in_flight_) {
    if (entry.leased) {
      const WallMs deadline = leases_.at(offset).deadline_wall;
      out.leases.push_back({partition_, offset, entry.deliveries + 1, deadline.get()});
    } else if (entry.waiting && !entry.undue) {
      out.counts.push_back({offset, entry.deliveries, waits_.at(offset).deadline_wall.get()});
    } else if (entry.deliveries != 0 || entry.blocked != SettleReason::acked) {
      out.counts.push_back({offset, entry.deliveries, 0, entry.blocked});
    }
  }
  const auto by_offset = [](const auto& a, const auto& b) { return a.offset < b.offset; };
  std::sort(out.counts.begin(), out.counts.end(), by_offset);
  std::sort(out.leases.begin(), out.leases.end(), by_offset);
  return out;
}

}  // namespace rialto
