#include "core/model/frames/codec.h"
#include "core/queue/queue.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

namespace rialto {
namespace {

using Step = std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>;

constexpr PartitionId part(7);
constexpr int steps_max = 400;
constexpr SettleHow hows[] = {SettleHow::ack, SettleHow::reject, SettleHow::requeue,
                              SettleHow::hand_back, SettleHow::move};
constexpr std::size_t hows_of_leases = 3;  // the first of them
constexpr SettleReason reason_of_blocked = SettleReason::rejected;

/// One queue and, for each of its messages, the one place where it is. What leaves ready by any way
/// comes back to where it was: the lowest ready one is always the next.
class Places {
 public:
  Places() { machine_->add_partition(part, PartitionIndex(0), Offset(0), Offset(0)); }

  void step(const Step& s) {
    const auto& [what, a, b] = s;
    switch (what % 24) {
      case 0:
      case 1:
      case 2: arrive(a); break;
      case 3:
      case 4: get(a, b); break;
      case 5: consume(a); break;
      case 6: lease(b); break;
      case 7:
      case 8:
      case 9: settle(a, hows[b % std::size(hows)]); break;
      case 10: settle_lease(a, hows[b % hows_of_leases]); break;
      case 11: extend(a, b); break;
      case 12: lose_session(a); break;
      case 13: leave_ready(a, Place::moving, b); break;
      case 14: leave_ready(a, Place::waiting, b); break;
      case 15: leave_ready(a, Place::settled, b); break;
      case 16:
      case 17: end_move(a, b); break;
      case 18: block(a); break;
      case 19:
      case 20: wait(b); break;
      case 21:
        if (b % 8 == 0) purge();
        break;
      case 22:
        if (b % 4 == 0) bring_back(a, b);
        break;
      case 23:
        if (b % 4 == 0) restart();
        break;
    }
    compare();
  }

  /// Everything comes back, and is there in the order in which it came.
  void end() {
    for (unsigned n = 0; n < sessions; ++n)
      lose_session(n);
    wait(far_ms);
    for (auto& [offset, m] : messages_) {
      if (m.place == Place::moving || m.place == Place::blocked) {
        machine_->stay(part, offset);
        m.place = Place::ready;
      }
    }
    compare();
    const std::vector<Offset> left = all(Place::ready);
    for (const Offset offset : left) {
      const auto got = machine_->take(SessionId(1), true);
      RC_ASSERT(got.has_value());
      RC_ASSERT(got->offset == offset);
    }
    RC_ASSERT(!machine_->take(SessionId(1), true).has_value());
  }

 private:
  enum class Place { ready, unacked, leased, waiting, moving, blocked, settled };
  struct Message {
    Place place = Place::ready;
    SessionId holder;
    std::uint32_t attempt = 0;
    Instant until;  ///< of its lease, or of its wait
  };

  static constexpr unsigned sessions = 3;
  static constexpr std::int64_t far_ms = 1'000'000;

  static SessionId session(unsigned n) { return SessionId(1 + n % sessions); }
  Lease after(std::int64_t ms) const { return {after_ms(now_, ms), wall_ + ms}; }

  std::vector<Offset> all(Place place) const {
    std::vector<Offset> out;
    for (const auto& [offset, m] : messages_) {
      if (m.place == place) out.push_back(offset);
    }
    return out;
  }
  /// Any of those that are there.
  std::optional<Offset> any(Place place, unsigned n) const {
    const auto those = all(place);
    if (those.empty()) return std::nullopt;
    return those[n % those.size()];
  }

  void arrive(unsigned count) {
    auto end = static_cast<std::int64_t>(messages_.size());
    for (unsigned n = 0; n < 1 + count % 4; ++n)
      messages_[Offset(end++)] = Message();
    machine_->arrived(part, Offset(end));
  }

  Message* taken(const std::optional<Assignment>& got) {
    const auto ready = all(Place::ready);
    RC_ASSERT(got.has_value() == !ready.empty());
    if (!got) return nullptr;
    RC_ASSERT(got->offset == ready.front());
    return &messages_[got->offset];
  }
  void get(unsigned who, unsigned how) {
    const bool no_ack = how % 4 == 0;
    if (Message* m = taken(machine_->take(session(who), no_ack))) {
      m->place = no_ack ? Place::settled : Place::unacked;
      m->holder = session(who);
    }
  }
  void consume(unsigned who) {
    const ConsumerId id(++last_consumer_);
    const bool added = machine_->add_consumer(session(who), id, ConsumerSpec()) == Errc::ok;
    RC_ASSERT(added);
    if (Message* m = taken(machine_->next())) {
      m->place = Place::unacked;
      m->holder = session(who);
    }
    // It goes, and keeps what it has.
    machine_->remove_consumer(session(who), id);
  }
  void lease(unsigned ms) {
    const Lease until = after(1 + ms);
    const auto got = machine_->lease(until);
    if (Message* m = taken(got)) {
      m->place = Place::leased;
      m->until = until.deadline;
      RC_ASSERT(got->attempt() > m->attempt);  // an old lease never settles a new one
      m->attempt = got->attempt();
    }
  }

  static Place after_settling(SettleHow how) {
    const bool comes_back = how == SettleHow::requeue || how == SettleHow::hand_back;
    return comes_back ? Place::ready : how == SettleHow::move ? Place::moving : Place::settled;
  }
  void settle(unsigned n, SettleHow how) {
    const auto offset = any(Place::unacked, n);
    if (!offset) return;
    Message& m = messages_[*offset];
    SettleOutcome out;
    // Somebody else cannot.
    machine_->settle(SessionId(m.holder.get() + 1), part, *offset, *offset, how, out);
    RC_ASSERT(out.unknown == 1U);
    machine_->settle(m.holder, part, *offset, *offset, how, out);
    RC_ASSERT(out.unknown == 1U);
    m.place = after_settling(how);
  }
  void settle_lease(unsigned n, SettleHow how) {
    const auto offset = any(Place::leased, n);
    if (!offset) return;
    Message& m = messages_[*offset];
    SettleOutcome out;
    RC_ASSERT(machine_->settle_lease(part, *offset, m.attempt + 1, how, out) ==
              Errc::lease_expired);
    RC_ASSERT(machine_->settle_lease(part, *offset, m.attempt, how, out) == Errc::ok);
    RC_ASSERT(machine_->settle_lease(part, *offset, m.attempt, how, out) == Errc::lease_expired);
    m.place = after_settling(how);
  }
  void extend(unsigned n, unsigned ms) {
    const auto offset = any(Place::leased, n);
    if (!offset) return;
    Message& m = messages_[*offset];
    const Lease until = after(1 + ms);
    RC_ASSERT(machine_->extend_lease(part, *offset, m.attempt, until) == Errc::ok);
    m.until = until.deadline;
  }

  void lose_session(unsigned who) {
    std::vector<Offset> wanted;
    for (auto& [offset, m] : messages_) {
      if (m.place != Place::unacked || m.holder != session(who)) continue;
      m.place = Place::ready;
      wanted.push_back(offset);
    }
    RC_ASSERT(offsets_of(machine_->remove_session(session(who))) == wanted);
  }
  static std::vector<Offset> offsets_of(const std::vector<Returned>& returned) {
    std::vector<Offset> out;
    for (const Returned& r : returned)
      out.push_back(r.offset);
    return out;
  }

  void leave_ready(unsigned n, Place to, unsigned ms) {
    const auto offset = any(Place::ready, n);
    if (!offset) return;
    Message& m = messages_[*offset];
    m.place = to;
    if (to == Place::moving) machine_->move(part, *offset);
    if (to == Place::settled) machine_->drop(part, *offset);
    if (to != Place::waiting) return;
    const Lease until = after(1 + ms);
    m.until = until.deadline;
    machine_->delay(part, *offset, until);
  }
  void end_move(unsigned n, unsigned how) {
    const auto offset = any(how % 4 < 2 ? Place::moving : Place::blocked, n);
    if (!offset) return;
    const bool is_there = how % 2 == 0;
    if (is_there) machine_->moved(part, *offset);
    if (!is_there) machine_->stay(part, *offset);
    messages_[*offset].place = is_there ? Place::settled : Place::ready;
    machine_->moved(part, *offset);  // it has ended: no change
  }
  void block(unsigned n) {
    const auto offset = any(Place::moving, n);
    if (!offset) return;
    machine_->block(part, *offset, reason_of_blocked);
    messages_[*offset].place = Place::blocked;
  }

  void wait(std::int64_t ms) {
    now_ = after_ms(now_, ms);
    wall_ += ms;
    std::set<Offset> due[2];
    for (auto& [offset, m] : messages_) {
      if (m.place != Place::leased && m.place != Place::waiting) continue;
      if (m.until > now_) continue;
      due[m.place == Place::leased ? 0 : 1].insert(offset);
      m.place = Place::ready;
    }
    const auto over = offsets_of(machine_->expire_leases(now_));
    const auto waited = offsets_of(machine_->end_waits(now_));
    RC_ASSERT(std::set<Offset>(over.begin(), over.end()) == due[0]);
    RC_ASSERT(over.size() == due[0].size());
    RC_ASSERT(std::set<Offset>(waited.begin(), waited.end()) == due[1]);
    RC_ASSERT(waited.size() == due[1].size());
  }

  void purge() {
    std::vector<Offset> gone;
    for (const PurgedRuns& part_runs : machine_->purge()) {
      for (const SettledRun& run : part_runs.runs) {
        for (Offset o = run.first; o <= run.last; ++o)
          gone.push_back(o);
      }
    }
    RC_ASSERT(gone == all(Place::ready));
    for (const Offset offset : gone)
      messages_[offset].place = Place::settled;
  }
  void bring_back(unsigned from, unsigned count) {
    if (messages_.empty()) return;
    const Offset first(static_cast<std::int64_t>(from % messages_.size()));
    const Offset last = first + std::int64_t{count % 8};
    machine_->bring_back(part, first, last);
    for (auto at = messages_.lower_bound(first); at != messages_.end() && at->first <= last; ++at) {
      if (at->second.place != Place::settled) continue;
      at->second.place = Place::ready;
      at->second.attempt = 0;
    }
  }

  /// What nobody has said for good is where it was; leases, waits and blocked ones go on.
  void restart() {
    QueueImage image;
    machine_->image(image);
    QueueImage read;
    RC_ASSERT(decode_fields(encode_fields(image), read));
    machine_ = std::make_unique<QueueMachine>();
    machine_->restore(read, {now_, wall_});
    for (auto& [offset, m] : messages_) {
      if (m.place == Place::unacked || m.place == Place::moving) m.place = Place::ready;
    }
  }

  void compare() {
    RC_ASSERT(machine_->ready_from(part, Offset(0), messages_.size() + 1) == all(Place::ready));
    RC_ASSERT(machine_->ready_count() == all(Place::ready).size());
    RC_ASSERT(machine_->unacked_count() == all(Place::unacked).size() + all(Place::leased).size());
    RC_ASSERT(machine_->waiting_count() == all(Place::waiting).size());
    std::vector<Offset> blocked;
    machine_->for_each_blocked([&](PartitionId, Offset offset, SettleReason reason) {
      RC_ASSERT(reason == reason_of_blocked);
      blocked.push_back(offset);
    });
    RC_ASSERT(blocked == all(Place::blocked));
    RC_ASSERT(machine_->blocked_count() == blocked.size());
    std::vector<Offset> settled;
    const Offset end(static_cast<std::int64_t>(messages_.size()));
    for (const OffsetRun& run : machine_->settled_in(part, Offset(0), end)) {
      for (Offset o = run.first; o <= run.last; ++o)
        settled.push_back(o);
    }
    RC_ASSERT(settled == all(Place::settled));
    for (const auto& [offset, m] : messages_) {
      RC_ASSERT(machine_->is_ready(part, offset) == (m.place == Place::ready));
      const bool is_out = m.place == Place::unacked || m.place == Place::leased;
      RC_ASSERT(m.place == Place::waiting || machine_->is_out(part, offset) == is_out);
    }
    const auto first_left = std::find_if(messages_.begin(), messages_.end(), [](const auto& entry) {
      return entry.second.place != Place::settled;
    });
    RC_ASSERT(machine_->floor(part) == (first_left == messages_.end() ? end : first_left->first));
  }

  std::unique_ptr<QueueMachine> machine_ = std::make_unique<QueueMachine>();
  std::map<Offset, Message> messages_;
  Instant now_{1'000'000'000};
  WallMs wall_{1'700'000'000'000};
  std::uint64_t last_consumer_ = 0;
};

RC_GTEST_PROP(QueuePlaces, AMessageIsInOnePlaceAndComesBackToWhereItWas, ()) {
  const auto steps = *rc::gen::resize(
      steps_max, rc::gen::container<std::vector<Step>>(rc::gen::arbitrary<Step>()));
  Places places;
  for (const Step& s : steps)
    places.step(s);
  places.end();
}

}  // namespace
}  // namespace rialto
