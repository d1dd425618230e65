#include "tests/sim/seeded_run.h"
#include "tests/unit/core/broker/queue_feature_rig.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rialto::sim {
namespace {

using test::CoreRig;
using test::Peer;

constexpr std::uint64_t seeds_default = 150;
constexpr int steps = 150;

/// Everything that ends by itself, under clocks that are set forward and back and ends of the
/// process: messages with a time to live, delayed messages, leases, a queue that nobody uses. What
/// is stored ends by the wall clock (a lease only after a start: until then by the time that
/// passes), what is not by the time that passes. Nothing is early, and what is asked for is
/// answered as of now.
class TimerSimulation : private SeededRun {
 public:
  explicit TimerSimulation(std::uint64_t seed)
      : SeededRun(seed), core_(std::make_unique<CoreRig>(ports(seed))) {
    connect();
    ttl_ms_ = 50 + number(400);
    unused_ms_ = 100 + number(500);
    peer_->get(test::queue_with("mortal", {{"x-message-ttl", test::number(ttl_ms_)}})).value();
    peer_->declare("later");
    peer_->declare("leased");
    declare_unused();
    for (int n = 0; n < messages_to_lease; ++n)
      peer_->publish("", "leased", std::to_string(n));
    core_->settle();
  }

  std::string run() {
    for (int n = 0; n < steps && wrong_.empty(); ++n) {
      step();
      core_->settle();
      see_clocks();
      compare();
    }
    return wrong_;
  }

 private:
  /// A message that ends, or begins, at a time of the wall clock.
  struct Timed {
    std::uint64_t id = 0;
    std::int64_t due_wall_ms = 0;
    bool was_due = false;           ///< the wall clock has been there
    std::int64_t due_since_ms = 0;  ///< of time that passes, if it is due now
  };
  struct Held {
    std::string lease;
    std::int64_t end_ms = 0;  ///< of time that passes
    std::int64_t end_wall_ms = 0;
  };
  static constexpr int messages_to_lease = 12;
  /// So often a clock that is set is noticed by what nobody asks for.
  static constexpr std::int64_t clock_check_ms = 1000;

  std::int64_t passed_ms() const { return core_->clock.now().get() / ns_per_ms; }
  std::int64_t wall_ms() const { return core_->clock.wall().get(); }

  void connect() { peer_ = std::make_unique<Peer>(*core_, below(3)); }

  void step() {
    const std::uint64_t dice = below(100);
    if (dice < 20) {
      publish_mortal();
    } else if (dice < 32) {
      publish_later();
    } else if (dice < 42) {
      lease_one();
    } else if (dice < 48) {
      settle_lease();
    } else if (dice < 56) {
      get_mortal();
    } else if (dice < 60) {
      use();
    } else if (dice < 82) {
      note("waits");
      core_->wait_ms(number(200));
    } else if (dice < 90) {
      const std::int64_t by = number(2000) - 1000;
      note("sets the clock by " + std::to_string(by));
      core_->clock.set_wall(WallMs(wall_ms() + by));
    } else if (dice < 92) {
      note("waits long");
      core_->wait_ms(clock_check_ms + 1);
    } else if (dice < 95) {
      core_->engine->roll();
    } else {
      restart();
    }
  }

  static Timed timed(std::uint64_t id, std::int64_t due_wall_ms) {
    return Timed{id, due_wall_ms, false, 0};
  }

  void publish_mortal() {
    const std::uint64_t id = ++last_id_;
    const std::int64_t own_ms = 1 + number(400);
    const bool has_own = chance(50);
    const std::int64_t lives_ms = has_own ? std::min(own_ms, ttl_ms_) : ttl_ms_;
    note("publishes " + std::to_string(id) + " for " + std::to_string(lives_ms));
    test::publish_amqp(*peer_, {"", "mortal", std::to_string(id),
                                has_own ? std::to_string(own_ms) : std::string()});
    core_->settle();
    // A millisecond more: the one in which it came was not a whole one.
    mortal_.push_back(timed(id, wall_ms() + lives_ms + 1));
  }

  void publish_later() {
    const std::int64_t ms = 1 + number(400);
    test::publish_amqp(*peer_, {"", "later", "x", "", {}, 0, Delay{ms, std::nullopt, {}}});
    core_->settle();
    later_.push_back(timed(++last_id_, wall_ms() + ms));
  }

  void get_mortal() {
    const auto got = peer_->get(test::get_of("mortal", true)).value().delivery;
    const std::uint64_t id = got ? std::stoull(Peer::body_of(*got)) : 0;
    note("gets " + std::to_string(id));
    while (!mortal_.empty() && mortal_.front().id != id) {
      if (!mortal_.front().was_due) complain("it went early", mortal_.front().id);
      mortal_.erase(mortal_.begin());
    }
    if (!got) return;
    if (mortal_.empty()) return complain("it came although it was gone", id);
    if (mortal_.front().due_wall_ms <= wall_ms()) complain("it came although it is over", id);
    mortal_.erase(mortal_.begin());
  }

  void lease_one() {
    PullMessages pull;
    pull.queue = "leased";
    pull.lease_ms = 1 + number(400);
    const auto got = peer_->get(pull).value();
    if (got.empty() != (leases_.size() == messages_to_lease)) {
      complain("there is a lease too many or too few", leases_.size());
    }
    if (got.empty()) return;
    const auto id = got.front().delivery.record.offset.get();
    if (leases_.contains(id)) complain("it is leased twice", static_cast<std::uint64_t>(id));
    note("leases " + std::to_string(id) + " for " + std::to_string(pull.lease_ms));
    leases_[id] = {got.front().lease, passed_ms() + pull.lease_ms, wall_ms() + pull.lease_ms};
  }

  /// Given back, or for longer.
  void settle_lease() {
    if (leases_.empty()) return;
    const auto at = std::next(leases_.begin(), number(leases_.size()));
    SettleLeases what;
    const bool longer = chance(50);
    (longer ? what.extend : what.nack).push_back(at->second.lease);
    what.extend_ms = 1 + number(400);
    note((longer ? "extends " : "gives back ") + std::to_string(at->first));
    if (peer_->get(what).value().front() != Errc::ok) {
      return complain("a lease was over early", static_cast<std::uint64_t>(at->first));
    }
    if (!longer) {
      leases_.erase(at);
      return;
    }
    at->second.end_ms = passed_ms() + what.extend_ms;
    at->second.end_wall_ms = wall_ms() + what.extend_ms;
  }

  void declare_unused() {
    peer_->get(test::queue_with("unused", {{"x-expires", test::number(unused_ms_)}})).value();
    last_used_ms_ = passed_ms();
  }
  void use() {
    note("uses it");
    if (!peer_->get(test::get_of("unused", true))) return complain("it is gone", 0);
    last_used_ms_ = passed_ms();
  }

  void restart() {
    note("ends and starts");
    core_->settle();
    auto next = chance(30) ? core_->stopped_and_started() : core_->restarted();
    peer_.reset();
    core_ = std::move(next);
    connect();
    // Nobody knows how much time has passed but by the wall clock.
    for (auto& [id, held] : leases_)
      held.end_ms = passed_ms() + held.end_wall_ms - wall_ms();
    last_used_ms_ = passed_ms();
  }

  void see_clocks() {
    for (std::vector<Timed>* all : {&mortal_, &later_}) {
      for (Timed& t : *all) {
        if (t.due_wall_ms > wall_ms()) {
          t.due_since_ms = 0;
        } else if (t.due_since_ms == 0) {
          t.was_due = true;
          t.due_since_ms = passed_ms();
        }
      }
    }
    std::erase_if(leases_, [&](const auto& entry) { return entry.second.end_ms <= passed_ms(); });
  }

  void compare() {
    compare_mortal();
    compare_later();
    const QueueCounts leased = test::counts_of(*peer_, "leased");
    if (leased.unacked != leases_.size() || leased.ready + leased.unacked != messages_to_lease) {
      complain("leased: " + std::to_string(leased.unacked), leases_.size());
    }
    compare_unused();
  }

  void compare_mortal() {
    const auto ready = test::counts_of(*peer_, "mortal").ready;
    std::erase_if(mortal_, [&](const Timed& t) { return t.due_wall_ms <= wall_ms(); });
    const auto alive = static_cast<std::uint64_t>(
        std::count_if(mortal_.begin(), mortal_.end(), [](const Timed& t) { return !t.was_due; }));
    // Those whose time was over by a clock that has been set back since may be gone.
    if (ready < alive) complain("a message went early: ready", ready);
    if (ready > mortal_.size()) complain("a message is there that is over: ready", ready);
  }

  void compare_later() {
    const auto ready = test::counts_of(*peer_, "later").ready;
    std::uint64_t perhaps = fired_;
    std::uint64_t surely = fired_;
    for (const Timed& t : later_) {
      perhaps += t.was_due ? 1 : 0;
      const bool noticed = t.due_since_ms != 0 && passed_ms() - t.due_since_ms >= clock_check_ms;
      surely += noticed ? 1 : 0;
    }
    if (ready > perhaps) complain("a delayed message came early: ready", ready);
    if (ready < surely) complain("a delayed message is late: ready", ready);
    if (perhaps != ready) return;
    fired_ = perhaps;
    std::erase_if(later_, [](const Timed& t) { return t.was_due; });
  }

  void compare_unused() {
    const std::size_t before = peer_->returns.size();
    peer_->publish("", "unused", "x", PublisherId(2), true);
    core_->settle();
    const bool gone = peer_->returns.size() != before;
    if (gone != (passed_ms() >= last_used_ms_ + unused_ms_)) {
      complain(gone ? "the unused queue went early" : "the unused queue is late", 0);
    }
    if (gone) declare_unused();
  }

  std::unique_ptr<CoreRig> core_;
  std::unique_ptr<Peer> peer_;
  std::int64_t ttl_ms_ = 0;
  std::int64_t unused_ms_ = 0;
  std::vector<Timed> mortal_;  ///< in the order of the queue
  std::vector<Timed> later_;
  std::map<std::int64_t, Held> leases_;
  std::uint64_t fired_ = 0;  ///< of the delayed ones, and in their queue
  std::int64_t last_used_ms_ = 0;
  std::uint64_t last_id_ = 0;
};

TEST(TimersInASimulation, AreNeverEarlyWhateverTheClocksDo) {
  run_seeds<TimerSimulation>(seeds_default);
}

}  // namespace
}  // namespace rialto::sim
