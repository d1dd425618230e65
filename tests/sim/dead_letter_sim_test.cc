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
constexpr int steps = 250;

/// A queue that expires, limits and gives up its messages, and the queue that gets them, which may
/// be full, under random load, random commits and random ends of the process. Bodies are numbers. A
/// message is in one of the two queues until a client has acknowledged it, and never in both; and
/// it has died once, of something that happened to it.
class DeadLetterSimulation : private SeededRun {
 public:
  explicit DeadLetterSimulation(std::uint64_t seed)
      : SeededRun(seed), core_(std::make_unique<CoreRig>(ports(seed))) {
    peer_ = std::make_unique<Peer>(*core_, below(3));
    auto dead = test::queue_with("dead", {});
    if (chance(60)) {
      dead.arguments.set("x-overflow", test::text("reject-publish"));
      dead.arguments.set("x-max-length", test::number(1 + number(3)));
    }
    peer_->get(dead).value();
    auto what = test::queue_with("q", {{"x-dead-letter-exchange", test::text("")},
                                       {"x-dead-letter-routing-key", test::text("dead")}});
    if (chance(60)) what.arguments.set("x-message-ttl", test::number(1 + number(400)));
    const bool is_limited = chance(60);
    if (is_limited) what.arguments.set("x-max-length", test::number(number(6)));
    const bool refuses = chance(40);
    if (refuses) what.arguments.set("x-overflow", test::text("reject-publish"));
    drops_head_ = is_limited && !refuses;
    may_drop_ = chance(15);
    if (may_drop_) what.arguments.set("x-dead-letter-strategy", test::text("at-most-once"));
    if (chance(60)) what.arguments.set("x-delivery-limit", test::number(number(3)));
    peer_->get(what).value();
  }

  std::string run() {
    for (int n = 0; n < steps && wrong_.empty(); ++n)
      step();
    finish();
    return wrong_;
  }

 private:
  static std::uint64_t id_of(const Delivery& delivery) {
    const std::string body = Peer::body_of(delivery);
    std::uint64_t id = 0;
    std::from_chars(body.data(), body.data() + body.size(), id);
    return id;
  }

  void step() {
    const std::uint64_t dice = below(100);
    if (dice < 30) {
      publish();
    } else if (dice < 38) {
      dead_.push_back(peer_->ask(test::get_of("dead", true)));
    } else if (dice < 48) {
      got_.push_back(peer_->ask(test::get_of("q")));
    } else if (dice < 60) {
      settle_one();
    } else if (dice < 75) {
      core_->commit(below(4));
    } else if (dice < 85) {
      core_->wait_ms(number(150));
    } else if (dice < 88) {
      core_->engine->roll();
    } else if (dice < 91) {
      core_->engine->hold_reads(true);
    } else if (dice < 94) {
      core_->engine->hold_reads(false);
      core_->engine->complete_reads();
    } else if (dice < 95) {
      core_->engine->set_full(chance(50));
    } else if (dice < 98) {
      everything_durable();
    } else {
      restart();
    }
  }

  void publish() {
    const std::uint64_t id = ++last_id_;
    const std::string expiration = chance(30) ? std::to_string(below(300)) : std::string();
    sent_[test::publish_amqp(*peer_, {"", "q", std::to_string(id), expiration})] = id;
  }

  void collect_answers() {
    for (const auto& answer : got_) {
      if (*answer && (**answer).has_value() && (**answer)->delivery) {
        held_.push_back(*(**answer)->delivery);
        const std::uint64_t id = id_of(held_.back());
        if (gone_.contains(id)) complain("what was acknowledged for good is delivered", id);
      }
    }
    std::erase_if(got_, [](const auto& answer) { return answer->has_value(); });
    for (const auto& answer : dead_) {
      if (*answer && (**answer).has_value() && (**answer)->delivery) buried(*(**answer)->delivery);
    }
    std::erase_if(dead_, [](const auto& answer) { return answer->has_value(); });
  }

  /// A power cut may undo that it was taken: then it is the same record again.
  void buried(const Delivery& delivery) {
    const std::uint64_t id = id_of(delivery);
    const Offset first = buried_.emplace(id, delivery.record.offset).first->second;
    if (first != delivery.record.offset) complain("a dead letter is doubled", id);
    if (gone_.contains(id)) complain("what was acknowledged for good is a dead letter", id);
    const auto deaths = test::deaths_of(delivery);
    if (deaths.size() != 1) return complain("it has not died once", id);
    const FieldTable& death = deaths.front();
    if (*death.find("count")->as_integer() != 1) complain("it died more than once", id);
    if (test::text_of(death, "queue") != "q") complain("it died somewhere else", id);
    const std::string reason = test::text_of(death, "reason");
    const bool right = reason == "rejected"         ? rejected_.contains(id)
                       : reason == "delivery_limit" ? returned_.contains(id)
                       : reason == "maxlen"         ? drops_head_
                                                    : reason == "expired";
    if (!right) complain("it cannot have died of being " + reason, id);
  }

  void settle_one() {
    core_->tick();
    collect_answers();
    if (held_.empty()) return;
    const std::size_t at = below(held_.size());
    const Delivery delivery = held_[at];
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(at));
    const std::uint64_t dice = below(3);
    (dice == 0 ? under_way_ : dice == 1 ? rejected_ : returned_).insert(id_of(delivery));
    peer_->settle(delivery, dice == 0   ? Settlement::ack
                            : dice == 1 ? Settlement::reject
                                        : Settlement::failed);
  }

  void note_confirms() {
    for (const auto& [sequence, id] : sent_) {
      if (peer_->confirmed(sequence)) confirmed_.insert(id);
    }
  }

  void end_acks() {
    acked_.insert(under_way_.begin(), under_way_.end());
    under_way_.clear();
  }

  void everything_durable() {
    core_->engine->set_full(false);
    core_->engine->hold_reads(false);
    core_->engine->complete_reads();
    core_->settle();
    collect_answers();
    gone_.insert(under_way_.begin(), under_way_.end());
    end_acks();
    note_confirms();
  }

  void restart() {
    core_->tick();
    collect_answers();
    note_confirms();
    auto next = core_->restarted(below(3));
    peer_.reset();
    core_ = std::move(next);
    peer_ = std::make_unique<Peer>(*core_, below(3));
    end_acks();
    sent_.clear();
    got_.clear();
    dead_.clear();
    for (const Delivery& delivery : held_)
      returned_.insert(id_of(delivery));
    held_.clear();
  }

  std::multiset<std::uint64_t> drained(const std::string& queue) {
    std::multiset<std::uint64_t> out;
    while (auto got = peer_->get(test::get_of(queue, true)).value().delivery)
      out.insert(id_of(*got));
    return out;
  }

  void finish() {
    everything_durable();
    for (const Delivery& delivery : held_) {
      returned_.insert(id_of(delivery));
      peer_->settle(delivery, Settlement::failed);
    }
    everything_durable();
    if (chance(30)) restart();
    everything_durable();
    const auto left = drained("q");
    while (auto got = peer_->get(test::get_of("dead", true)).value().delivery)
      buried(*got);
    for (const auto& [id, offset] : buried_) {
      if (left.contains(id)) complain("a message is in both queues", id);
    }
    for (const std::uint64_t id : left) {
      if (left.count(id) != 1) complain("a message is doubled", id);
      if (gone_.contains(id)) complain("what was acknowledged for good came back", id);
    }
    for (const std::uint64_t id : confirmed_) {
      const bool somewhere = left.contains(id) || buried_.contains(id) || acked_.contains(id);
      if (!somewhere && !may_drop_) complain("a confirmed message is lost", id);
    }
  }

  std::unique_ptr<CoreRig> core_;
  std::unique_ptr<Peer> peer_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, std::uint64_t> sent_;  // sequence -> message, of this life
  std::vector<Peer::Asked<GetMessage>> got_;
  std::vector<Peer::Asked<GetMessage>> dead_;
  std::vector<Delivery> held_;
  bool drops_head_ = false;
  bool may_drop_ = false;
  std::map<std::uint64_t, Offset> buried_;  // taken as a dead letter
  std::set<std::uint64_t> rejected_;
  std::set<std::uint64_t> returned_;
  std::set<std::uint64_t> confirmed_;
  std::set<std::uint64_t> under_way_;  // acknowledged in this life
  std::set<std::uint64_t> acked_;      // perhaps a power cut undid it
  std::set<std::uint64_t> gone_;       // acknowledged, and that is durable
};

TEST(DeadLettersInASimulation, AreNeitherLostNorDoubled) {
  run_seeds<DeadLetterSimulation>(seeds_default);
}

}  // namespace
}  // namespace rialto::sim
