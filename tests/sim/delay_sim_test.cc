#include "tests/sim/seeded_run.h"
#include "tests/unit/core/broker/queue_feature_rig.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace rialto::sim {
namespace {

using test::CoreRig;
using test::Peer;

constexpr std::uint64_t seeds_default = 400;
constexpr int steps = 200;

/// Delayed messages under random times, commits, cold reads, clocks that are set, cancellations
/// and ends of the process. Bodies are numbers, and so are the keys. Each message that was
/// confirmed is delivered once or was cancelled; none is both, and none is early.
class DelaySimulation : private SeededRun {
 public:
  explicit DelaySimulation(std::uint64_t seed)
      : SeededRun(seed), core_(std::make_unique<CoreRig>(ports(seed))) {
    peer_ = std::make_unique<Peer>(*core_, below(3));
    peer_->declare("q");
  }

  std::string run() {
    for (int n = 0; n < steps && wrong_.empty(); ++n)
      step();
    finish();
    return wrong_;
  }

 private:
  struct Sent {
    std::int64_t due_wall_ms = 0;  ///< not before
    bool confirmed = false;
  };

  std::int64_t wall_ms() const { return core_->clock.wall().get(); }

  void step() {
    const std::uint64_t dice = below(100);
    if (dice < 40) {
      publish();
    } else if (dice < 50) {
      cancel();
    } else if (dice < 65) {
      core_->commit(below(4));
    } else if (dice < 80) {
      core_->wait_ms(number(120));
    } else if (dice < 84) {
      core_->engine->roll();
    } else if (dice < 87) {
      core_->engine->hold_reads(true);
    } else if (dice < 90) {
      core_->engine->hold_reads(false);
      core_->engine->complete_reads();
    } else if (dice < 92) {
      core_->engine->set_full(chance(50));
    } else if (dice < 94) {
      set_clock(number(400) - 200);
    } else if (dice < 97) {
      everything_durable();
    } else {
      restart();
    }
    take_all();
  }

  void publish() {
    const std::uint64_t id = ++last_id_;
    const std::int64_t ms = 1 + number(500);
    const std::string key = std::to_string(id);
    const std::int64_t due = wall_ms() + ms;
    Delay delay{ms, std::nullopt, key};
    if (chance(30)) delay = Delay{0, due, key};
    sequences_[test::publish_amqp(*peer_, {"", "q", key, "", {}, 0, delay})] = id;
    sent_[id].due_wall_ms = due;
  }

  /// A delay counts from when the broker sees the message, which may be after this.
  void set_clock(std::int64_t by_ms) {
    core_->clock.set_wall(WallMs(wall_ms() + by_ms));
    for (auto& [id, message] : sent_) {
      if (by_ms < 0 && !message.confirmed) message.due_wall_ms += by_ms;
    }
  }

  void cancel() {
    if (last_id_ == 0) return;
    const std::uint64_t id = 1 + below(last_id_);
    ever_asked_.insert(id);
    cancelling_.emplace_back(id, peer_->ask(CancelDelayed{std::nullopt, std::to_string(id)}));
  }

  void note_answers() {
    for (const auto& [id, answer] : cancelling_) {
      if (*answer && (**answer).has_value()) cancelled_.insert(id);
    }
    for (const auto& [sequence, id] : sequences_) {
      if (peer_->confirmed(sequence)) sent_[id].confirmed = true;
    }
  }

  void take_all() {
    latest_wall_ms_ = std::max(latest_wall_ms_, wall_ms());
    core_->tick();
    note_answers();
    asked_.push_back(peer_->ask(test::get_of("q", true)));
    core_->tick();
    note_taken();
  }

  void note_taken() {
    for (const auto& asked : asked_) {
      if (*asked && (**asked).has_value() && (**asked)->delivery) taken(*(**asked)->delivery);
    }
    std::erase_if(asked_, [](const auto& asked) { return asked->has_value(); });
  }

  void taken(const Delivery& delivery) {
    const std::string body = Peer::body_of(delivery);
    std::uint64_t id = 0;
    std::from_chars(body.data(), body.data() + body.size(), id);
    if (latest_wall_ms_ < sent_[id].due_wall_ms) complain("early", id);
    if (cancelled_.contains(id)) complain("cancelled and delivered", id);
    // A power cut may undo a settlement: then it is the same record again.
    const Offset first = delivered_.emplace(id, delivery.record.offset).first->second;
    if (first != delivery.record.offset) complain("doubled", id);
  }

  void everything_durable() {
    core_->engine->set_full(false);
    core_->engine->hold_reads(false);
    core_->engine->complete_reads();
    core_->settle();
    note_answers();
    note_taken();
    std::erase_if(cancelling_, [](const auto& c) { return c.second->has_value(); });
  }

  void restart() {
    core_->tick();
    note_answers();
    note_taken();
    auto next = core_->restarted(below(3));
    peer_.reset();
    core_ = std::move(next);
    peer_ = std::make_unique<Peer>(*core_, below(3));
    sequences_.clear();
    cancelling_.clear();
    asked_.clear();
  }

  void finish() {
    everything_durable();
    if (chance(50)) restart();
    for (int n = 0; n < 4; ++n) {
      core_->wait_ms(1000);
      latest_wall_ms_ = std::max(latest_wall_ms_, wall_ms());
      everything_durable();
    }
    while (auto got = peer_->get(test::get_of("q", true)).value().delivery)
      taken(*got);
    for (const auto& [id, message] : sent_) {
      const bool ended = delivered_.contains(id) || cancelled_.contains(id);
      // A cancellation may be durable although its answer was lost with the process.
      if (message.confirmed && !ended && !asked_to_cancel(id)) complain("lost", id);
    }
  }
  bool asked_to_cancel(std::uint64_t id) const { return ever_asked_.contains(id); }

  std::unique_ptr<CoreRig> core_;
  std::unique_ptr<Peer> peer_;
  std::uint64_t last_id_ = 0;
  std::int64_t latest_wall_ms_ = 0;
  std::map<std::uint64_t, std::uint64_t> sequences_;  // sequence -> message, of this life
  std::map<std::uint64_t, Sent> sent_;
  std::vector<std::pair<std::uint64_t, Peer::Asked<CancelDelayed>>> cancelling_;
  std::vector<Peer::Asked<GetMessage>> asked_;
  std::set<std::uint64_t> ever_asked_;
  std::set<std::uint64_t> cancelled_;  // told so
  std::map<std::uint64_t, Offset> delivered_;
};

TEST(DelayedMessagesInASimulation, FireOnceOrAreCancelledAndAreNeverEarly) {
  run_seeds<DelaySimulation>(seeds_default);
}

}  // namespace
}  // namespace rialto::sim
