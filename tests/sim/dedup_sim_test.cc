#include "tests/sim/dedup_model.h"
#include "tests/sim/seeded_run.h"
#include "tests/unit/core/broker/queue_feature_rig.h"

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rialto::sim {
namespace {

using test::CoreRig;
using test::Peer;
using Fate = DedupQueue::Fate;

constexpr std::uint64_t seeds_default = 200;
constexpr int steps = 200;
constexpr std::size_t peer_count = 2;

struct Route {
  const char* exchange;
  const char* key;
  std::vector<const char*> queues;
};
const std::vector<Route> routes = {{"", "ids", {"ids"}},
                                   {"", "brief", {"brief"}},
                                   {"", "plain", {"plain"}},
                                   {"", "tight", {"tight"}},
                                   {"amq.fanout", "", {"ids", "brief"}},
                                   {"some", "three", {"brief", "plain", "tight"}},
                                   {"some", "two", {"ids", "tight"}}};

/// Messages that are published again and again: by id, by the key of a request, and by numbered
/// producers, some of their numbers left out, over four queues (one of them often full) and three
/// exchanges, under random commits, checkpoints, clocks that are set and ends of the process. Each
/// queue's log is what the model says, message by message; each publish is confirmed or refused as
/// it says, and what was confirmed is there ever after; consumers get the log once and in order.
class DedupSimulation : private SeededRun {
 public:
  explicit DedupSimulation(std::uint64_t seed)
      : SeededRun(seed),
        over_rings_(ports(seed) == test::Ports::three_shards),
        core_(std::make_unique<CoreRig>(ports(seed))) {
    connect();
    make_queue("ids", DedupQueue(100 + number(500)));
    make_queue("brief", DedupQueue(1 + number(50)));
    make_queue("plain", DedupQueue());
    make_queue("tight", DedupQueue(50 + number(1000), 1 + below(4)));
    DeclareExchange some;
    some.name = "some";
    some.type = "direct";
    some.durable = true;
    peers_[0]->get(some).value();
    for (const Route& route : routes) {
      if (*route.exchange == '\0') continue;
      for (const char* queue : route.queues)
        peers_[0]->get(BindQueue{queue, route.exchange, route.key, {}}).value();
    }
  }

  std::string run() {
    for (int n = 0; n < steps && wrong_.empty(); ++n)
      step();
    if (wrong_.empty() && chance(50)) restart();
    if (wrong_.empty()) finish();
    return wrong_;
  }

 private:
  struct Sent {
    DedupPublish message;
    std::size_t route = 0;
    bool refused = false;                                     ///< by one of its queues
    std::vector<std::pair<std::string, std::size_t>> places;  ///< in which logs it has to be
  };
  struct Numbered {
    std::size_t route = 0;
    bool confirmed = false;
  };

  void make_queue(const std::string& name, DedupQueue queue) {
    auto what = test::queue_with(name, {});
    if (queue.looks_at_ids) {
      what.arguments.set("x-message-deduplication", FieldValue::boolean(true));
      what.arguments.set("x-dedup-window", test::number(queue.window_ms));
    }
    if (queue.length_max) {
      what.arguments.set("x-max-length",
                         test::number(static_cast<std::int64_t>(*queue.length_max)));
      what.arguments.set("x-overflow", test::text("reject-publish"));
    }
    peers_[0]->get(what).value();
    queues_[name] = std::move(queue);
  }

  void connect() {
    for (auto& peer : peers_)
      peer = std::make_unique<Peer>(*core_, below(3));
  }

  void step() {
    const std::uint64_t dice = below(100);
    if (dice < 32) {
      send_named();
    } else if (dice < 54) {
      send_numbered();
    } else if (dice < 66) {
      core_->commit(below(4));
    } else if (dice < 76) {
      set_clock(number(200), true);
    } else if (dice < 79) {
      set_clock(number(800) - 400, false);
    } else if (dice < 88) {
      take(std::next(queues_.begin(), number(4))->first);
    } else if (dice < 91) {
      core_->engine->roll();
    } else if (dice < 93) {
      core_->engine->set_full(chance(50));
    } else if (dice < 96) {
      everything_durable();
    } else {
      restart();
    }
    if (chance(40)) core_->tick();
    note_outcomes();
  }

  std::int64_t wall_ms() const { return core_->clock.wall().get(); }

  void all_arrive() {
    core_->tick();
    // Publishes wait for a checkpoint.
    if (core_->engine->wants_checkpoint()) everything_durable();
  }

  /// What was said before is of the time before; what comes next may be the first after a silence.
  void set_clock(std::int64_t by_ms, bool steady) {
    all_arrive();
    if (steady) core_->clock.advance_ms(by_ms);
    if (!steady) core_->clock.set_wall(WallMs(wall_ms() + by_ms));
    for (auto& [name, queue] : queues_)
      queue.clock_was_at(wall_ms());
  }

  void send_named() {
    const bool again = last_id_ > 0 && chance(60);
    // Mostly one of the last: of the others the window is over.
    const std::uint64_t back = below(chance(80) ? 6 : 1 + last_id_);
    const std::uint64_t id = again ? last_id_ - std::min(last_id_, back) : ++last_id_;
    DedupPublish m;
    (chance(75) ? m.id : m.key) = std::to_string(id);
    publish(m, below(routes.size()));
  }

  void send_numbered() {
    const std::string producer = chance(50) ? "one" : "two";
    auto& numbers = producers_[producer];
    const std::int64_t last = numbers.empty() ? 0 : numbers.rbegin()->first;
    // Some are left out: gaps are fine, and are not filled later.
    const bool again = last > 0 && chance(45);
    const std::int64_t sequence = again ? number(static_cast<std::uint64_t>(last) + 1)
                                        : last + 1 + (chance(25) ? number(3) : 0);
    const auto at = numbers.try_emplace(sequence, Numbered{below(routes.size()), false}).first;
    send_number(producer, sequence, at->second.route);
  }

  void send_number(const std::string& producer, std::int64_t sequence, std::size_t route) {
    DedupPublish m;
    m.producer = producer;
    m.sequence = sequence;
    // The same message has the same id.
    if (sequence % 4 == 0) m.id = producer + std::to_string(sequence);
    publish(m, route);
  }

  void publish(DedupPublish m, std::size_t route) {
    m.body = ++last_body_;
    const std::size_t by = below(peer_count);
    // Of two connections nobody says which is first: what the other one said has arrived.
    if (over_rings_ && by != last_peer_) all_arrive();
    last_peer_ = by;
    note("at " + std::to_string(wall_ms()) + " peer " + std::to_string(by) + " publishes " +
         described(m) + " by '" + routes[route].exchange + "' '" + routes[route].key + "'");
    Sent sent{m, route, false, {}};
    bool perhaps = false;
    for (const char* name : routes[route].queues) {
      DedupQueue& queue = queues_[name];
      const Fate fate = queue.fate_of(m, wall_ms());
      perhaps = perhaps || fate == Fate::not_sure;
      note(std::string("  ") + name + ": " + name_of(fate));
      if (fate == Fate::stored) queue.store(m, wall_ms());
      if (fate == Fate::refused) queue.refuse(m);
      sent.refused = sent.refused || fate == Fate::refused;
    }
    const std::uint64_t sequence = send(*peers_[by], m, routes[route]);
    if (perhaps) see_fate(sent, *peers_[by], sequence);
    for (const char* name : routes[route].queues) {
      if (const auto place = queues_[name].place_of(m)) sent.places.emplace_back(name, *place);
    }
    sent_[by][sequence] = std::move(sent);
  }

  static std::string described(const DedupPublish& m) {
    return std::to_string(m.body) + " id '" + m.id + "' key '" + m.key + "' producer '" +
           m.producer + "' " + std::to_string(m.sequence);
  }
  static const char* name_of(Fate fate) {
    switch (fate) {
      case Fate::stored: return "stored";
      case Fate::known: return "known";
      case Fate::refused: return "refused";
      case Fate::not_sure: return "not sure";
    }
    return "";
  }

  static std::uint64_t send(Peer& peer, const DedupPublish& m, const Route& route) {
    test::AmqpMessage message{route.exchange, route.key, std::to_string(m.body)};
    message.id = m.id;
    MessageIdentity identity;
    if (!m.key.empty()) identity.id = wide_hash(m.key);
    if (!m.producer.empty()) identity.producer = wide_hash(m.producer);
    identity.sequence = m.sequence;
    if (identity) message.identity = identity;
    return test::publish_amqp(peer, message);
  }

  /// Whether a clock that was set back has made it forget cannot be said beforehand: it is looked
  /// up, and holds from then on.
  void see_fate(Sent& sent, Peer& peer, std::uint64_t sequence) {
    const std::int64_t at = wall_ms();
    core_->engine->set_full(false);
    core_->settle();
    for (const char* name : routes[sent.route].queues) {
      DedupQueue& queue = queues_[name];
      if (queue.fate_of(sent.message, at) != Fate::not_sure) continue;
      const auto bodies = log_of(name);
      if (!bodies.empty() && bodies.back() == sent.message.body) {
        queue.store(sent.message, at);
      } else if (queue.is_full() && !sent.refused && !peer.confirmed(sequence)) {
        sent.refused = true;
        queue.refuse(sent.message);
      }
    }
  }

  std::vector<std::uint64_t> log_of(const std::string& queue) {
    std::vector<std::uint64_t> out;
    const Fetch::Answer read = peers_[0]->get(test::fetch_of(queue, 0)).value();
    for (const auto& [offset, body] : test::records_of(read.at(0).batches))
      out.push_back(std::stoull(body));
    return out;
  }

  void note_outcomes() {
    for (std::size_t by = 0; by < peer_count; ++by) {
      std::erase_if(sent_[by], [&](const auto& entry) {
        const auto& [sequence, sent] = entry;
        const bool confirmed = peers_[by]->confirmed(sequence);
        const bool refused = is_refused(*peers_[by], sequence);
        if (!confirmed && !refused) return false;
        if (confirmed == sent.refused) complain("not answered as it should be", sent.message.body);
        for (const auto& [queue, place] : sent.places)
          queues_[queue].log[place].promised = true;
        if (confirmed && !sent.message.producer.empty()) {
          producers_[sent.message.producer][sent.message.sequence].confirmed = true;
        }
        return true;
      });
    }
  }

  static bool is_refused(const Peer& peer, std::uint64_t sequence) {
    for (const PublishOutcome& outcome : peer.refusals) {
      if (outcome.first_sequence <= sequence && sequence <= outcome.last_sequence) return true;
    }
    return false;
  }

  void everything_durable() {
    note("everything is durable");
    core_->engine->set_full(false);
    core_->settle();
    note_outcomes();
    for (auto& [name, queue] : queues_)
      queue.taken_for_good = queue.taken;
    for (const auto& sent : sent_) {
      if (!sent.empty()) complain("never answered", sent.begin()->second.message.body);
    }
  }

  void take(const std::string& name) {
    everything_durable();
    DedupQueue& queue = queues_[name];
    const auto got = peers_[below(peer_count)]->get(test::get_of(name, true)).value().delivery;
    if (got.has_value() != (queue.taken < queue.log.size())) {
      return complain("there is one too many or too few in " + name, queue.log.size());
    }
    if (!got) return;
    const std::uint64_t body = queue.log[queue.taken].message.body;
    if (Peer::body_of(*got) != std::to_string(body)) complain("another one came than", body);
    ++queue.taken;
  }

  void restart() {
    core_->tick();
    const bool clean = chance(25);
    note(clean ? "stops and starts" : "ends and starts");
    if (clean) core_->engine->set_full(false);
    note_outcomes();
    auto next = clean ? core_->stopped_and_started() : core_->restarted(below(3));
    for (auto& peer : peers_)
      peer.reset();
    core_ = std::move(next);
    connect();
    for (auto& sent : sent_)
      sent.clear();
    std::set<std::uint64_t> lost;
    for (auto& [name, queue] : queues_)
      compare_after_end(name, queue, lost);
    for (const auto& [name, queue] : queues_) {
      for (const auto& stored : queue.log) {
        if (lost.contains(stored.message.body))
          complain("it is in some queues", stored.message.body);
      }
    }
    send_again();
  }

  void compare_after_end(const std::string& name, DedupQueue& queue,
                         std::set<std::uint64_t>& lost) {
    const auto bodies = log_of(name);
    check_prefix(name, queue, bodies);
    if (!wrong_.empty()) return;
    note(name + " has " + std::to_string(bodies.size()) + " of " +
         std::to_string(queue.log.size()));
    for (std::size_t i = bodies.size(); i < queue.log.size(); ++i) {
      lost.insert(queue.log[i].message.body);
      if (queue.log[i].promised) complain("confirmed and lost", queue.log[i].message.body);
    }
    queue.cut_to(bodies.size());
    const std::size_t ready = test::counts_of(*peers_[0], name).ready;
    if (ready > bodies.size()) return complain("more is ready than stored in " + name, ready);
    const std::size_t taken = bodies.size() - ready;
    if (taken > queue.taken || taken < queue.taken_for_good) {
      complain("not as many taken as it should be in " + name, taken);
    }
    queue.taken = queue.taken_for_good = taken;
  }

  void check_prefix(const std::string& name, const DedupQueue& queue,
                    const std::vector<std::uint64_t>& bodies) {
    if (bodies.size() > queue.log.size()) return complain("one too many in " + name, bodies.back());
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      if (bodies[i] == queue.log[i].message.body) continue;
      return complain("stored in " + name + " instead of another one", bodies[i]);
    }
  }

  /// As a producer does that numbers its messages: before any new one, in their order.
  void send_again() {
    for (const auto& [producer, numbers] : producers_) {
      for (const auto& [sequence, numbered] : numbers) {
        if (!numbered.confirmed) send_number(producer, sequence, numbered.route);
      }
    }
  }

  void finish() {
    everything_durable();
    for (auto& [name, queue] : queues_) {
      const auto bodies = log_of(name);
      check_prefix(name, queue, bodies);
      if (bodies.size() < queue.log.size()) complain("too few in " + name, bodies.size());
      while (wrong_.empty() && queue.taken < queue.log.size())
        take(name);
      if (wrong_.empty()) take(name);
    }
  }

  bool over_rings_ = false;
  std::unique_ptr<CoreRig> core_;
  std::array<std::unique_ptr<Peer>, peer_count> peers_;
  std::map<std::string, DedupQueue> queues_;
  std::array<std::map<std::uint64_t, Sent>, peer_count> sent_;  ///< in this life, not answered
  std::map<std::string, std::map<std::int64_t, Numbered>> producers_;
  std::uint64_t last_id_ = 0;
  std::uint64_t last_body_ = 0;
  std::size_t last_peer_ = 0;
};

TEST(PublishesThatComeAgainInASimulation, AreStoredOnceWhereTheyAreKnownAndConfirmed) {
  run_seeds<DedupSimulation>(seeds_default);
}

}  // namespace
}  // namespace rialto::sim
