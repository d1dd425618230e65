#include "core/broker/broker.h"

#include <algorithm>

/// HTTP pull and the leases it hands out.
namespace rialto {

namespace {
// An answer holds no more, however much is asked for: its slabs stay in memory until the peer has
// read them.
constexpr std::uint32_t pull_messages_max = 1000;
constexpr std::size_t pull_bytes_max = 8U << 20;
}  // namespace

void Broker::pull_now(const std::shared_ptr<ParkedPull>& pull) {
  if (pull->done) return;
  unpark(pull);
  QueueView* queue = view(pull->queue);
  if (queue) touch(*queue);
  SessionState* s = session(pull->session);
  if (!queue || !s) {
    pull->done = true;
    if (pull->timer) timers_.cancel(*pull->timer);
    return pull->reply(Error(Errc::not_found, "the queue was deleted while the pull waited"));
  }
  if (!lease_ready(*queue, *s, *pull)) {
    if (std::exchange(pull->reading, true)) return;
    return queue->after_read.push_back([this, pull] {
      pull->reading = false;
      pull_now(pull);
    });
  }
  made_room(*queue);
  if (pull->taken.empty() && now_ < pull->deadline) return park(pull, *queue, *s);
  pull->done = true;
  if (pull->timer) timers_.cancel(*pull->timer);
  list_deadline(*queue);
  auto finish = [pull] { pull->reply(std::move(pull->taken)); };
  if (queue->is_volatile || pull->taken.empty()) return finish();
  const std::int64_t deadline_wall_ms = wall_.get() + pull->lease_ms;
  LeaseFrame frame{pull->queue, {}};
  for (const LeasedMessage& m : pull->taken) {
    frame.entries.push_back(
        LeaseEntry{m.delivery.partition, m.delivery.record.offset, m.attempt, deadline_wall_ms});
  }
  stage_frame(frame, Haste::durable, finish);
}

/// Leases what is there. False: a cold read has to come first, and nothing is leased.
bool Broker::lease_ready(QueueView& queue, SessionState& s, ParkedPull& pull) {
  attend(queue);
  if (queue.reading) return false;
  const Lease until{after_ms(now_, pull.lease_ms), WallMs(wall_.get() + pull.lease_ms)};
  std::size_t taken_bytes = 0;
  while (pull.taken.size() < pull.max && taken_bytes < pull_bytes_max) {
    const auto got = queue.machine.lease(until);
    if (!got) break;
    RecordRef record;
    std::uint32_t bytes = 0;
    switch (locate(queue, got->partition, got->offset, record, bytes)) {
      case Located::yes:
        if (retire_expired(queue, *got, record)) continue;
        if (queue.bytes) count_taken(queue, *got, record);
        break;
      case Located::absent: pass_over(queue, got->partition, got->offset); continue;
      case Located::reading: queue.machine.undo(*got); return !pull.taken.empty();
    }
    taken_bytes += bytes;
    const LeaseId lease{pull.queue, got->partition, got->offset, got->attempt(),
                        queue.is_volatile ? engine_.epoch() : Epoch(0)};
    pull.taken.push_back(LeasedMessage{
        lease_signer_.sign(lease), delivery_of(queue, *got, std::move(record)), got->attempt()});
    FlowCounters& counters = flow(s, Model::queue);
    ++counters.delivered;
    counters.delivered_bytes += bytes;
    if (got->redelivered) ++counters.redelivered;
  }
  return true;
}

void Broker::park(const std::shared_ptr<ParkedPull>& pull, QueueView& queue, SessionState& s) {
  if (!pull->timer) {
    pull->timer = timers_.at(pull->deadline, [this, pull] { pull_now(pull); });
  }
  pull->waiting = true;
  queue.waiting_pulls.push_back(pull);
  s.pulls.insert(pull);
}

void Broker::unpark(const std::shared_ptr<ParkedPull>& pull) {
  if (!std::exchange(pull->waiting, false)) return;
  if (QueueView* queue = view(pull->queue)) std::erase(queue->waiting_pulls, pull);
  if (SessionState* s = session(pull->session)) s->pulls.erase(pull);
}

template <>
void handle<PullMessages>(Broker& b, SessionId id, PullMessages what,
                          Reply<PullMessages::Answer> reply) {
  const Result<QueueView*> found = b.view(id, what.queue);
  if (!found) return reply(found.error());
  if (auto refused = (*found)->check_any_taker()) return reply(*refused);
  auto pull = std::make_shared<ParkedPull>();
  pull->session = id;
  pull->queue = (*found)->record.id;
  pull->max = std::clamp<std::uint32_t>(what.max, 1, pull_messages_max);
  pull->lease_ms = what.lease_ms;
  pull->reply = std::move(reply);
  pull->deadline = after_ms(b.now_, what.wait_ms);
  b.ledger_.when_durable(b.barrier(**found), [&b, pull] { b.pull_now(pull); });
}

std::optional<LeaseId> Broker::lease_named(const std::string& text) const {
  const auto lease = lease_signer_.open(text);
  const bool other_process = lease && lease->epoch != Epoch(0) && lease->epoch != engine_.epoch();
  return other_process ? std::nullopt : lease;
}

Errc Broker::settle_lease(const LeaseId& lease, SettleHow how) {
  QueueView* queue = view(lease.queue);
  if (!queue) return Errc::lease_expired;
  outcome_.clear();
  const Errc result =
      queue->machine.settle_lease(lease.partition, lease.offset, lease.attempt, how, outcome_);
  if (queue->bytes) count_settled(*queue, lease.partition, outcome_);
  journal_settled(*queue, lease.partition, SettleReason::acked, outcome_.settled);
  journal_lease_over(*queue, outcome_.returned);
  journal_returned(*queue, outcome_.returned, true);
  list_deadline(*queue);
  schedule(*queue);
  return result;
}

Errc Broker::extend_lease(const LeaseId& lease, std::int64_t extend_ms) {
  QueueView* queue = view(lease.queue);
  if (!queue) return Errc::lease_expired;
  const WallMs deadline(wall_.get() + extend_ms);
  const Errc result = queue->machine.extend_lease(lease.partition, lease.offset, lease.attempt,
                                                  {after_ms(now_, extend_ms), deadline});
  if (result == Errc::ok && !queue->is_volatile) {
    settlements_.lease_changed(
        lease.queue, LeaseEntry{lease.partition, lease.offset, lease.attempt, deadline.get()});
  }
  list_deadline(*queue);
  return result;
}

template <>
void handle<SettleLeases>(Broker& b, SessionId id, SettleLeases what,
                          Reply<SettleLeases::Answer> reply) {
  SettleLeases::Answer results;
  SessionState* s = b.session(id);
  if (!s) return;
  const auto each = [&](const std::vector<std::string>& leases, auto&& change) {
    for (const std::string& text : leases) {
      const auto lease = b.lease_named(text);
      results.push_back(lease ? change(*lease) : Errc::lease_expired);
    }
  };
  each(what.ack, [&](const LeaseId& lease) { return b.settle_lease(lease, SettleHow::ack); });
  for (const Errc result : results) {
    if (result == Errc::ok) ++b.flow(*s, Model::queue).settled;
  }
  each(what.nack, [&](const LeaseId& lease) { return b.settle_lease(lease, SettleHow::requeue); });
  each(what.extend, [&](const LeaseId& lease) { return b.extend_lease(lease, what.extend_ms); });
  // Answered when it is durable: the message never returns after a 200.
  b.ledger_.when_durable(b.stage_settlements(Haste::durable), [reply, results] { reply(results); });
}

void Broker::expire_leases(QueueView& queue, Instant now) {
  const std::vector<Returned> returned = queue.machine.expire_leases(now);
  if (returned.empty()) return;
  journal_lease_over(queue, returned);
  journal_returned(queue, returned, true);
  schedule(queue);
}

}  // namespace rialto
