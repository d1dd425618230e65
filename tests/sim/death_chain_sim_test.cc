#include "tests/sim/seeded_run.h"
#include "tests/unit/core/broker/queue_feature_rig.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rialto::sim {
namespace {

using test::CoreRig;
using test::Peer;

constexpr std::uint64_t seeds_default = 150;
constexpr int steps = 150;
constexpr std::array<const char*, 4> names = {"a", "b", "c", "d"};

/// Queues whose dead letters go to each other, in circles too, written the slow way: one entry a
/// message, with the history that RabbitMQ would have written.
class DeathChains {
 public:
  struct Death {
    std::string queue;
    std::string reason;
    std::int64_t count = 1;
    std::int64_t first_s = 0;
    std::string exchange;
    std::string key;
    std::string expiration;  ///< that it came with; empty: none
  };
  struct Message {
    std::string queue;
    bool held = false;
    std::optional<std::int64_t> due_wall_ms;
    std::string exchange;
    std::string key;
    std::string expiration;
    std::vector<Death> deaths = {};  ///< newest first
    std::optional<Death> first_death = {};
  };
  struct Queue {
    std::optional<std::int64_t> ttl_ms;
    std::string exchange;            ///< of its dead letters
    std::optional<std::string> key;  ///< of its dead letters; else those they came with
  };

  std::map<std::string, Queue> queues;
  std::map<std::uint64_t, Message> messages;

  static std::optional<std::string> target_of(const std::string& exchange, const std::string& key) {
    const std::string prefix = exchange.empty() ? "" : "to-";
    if (key.substr(0, prefix.size()) != prefix) return std::nullopt;
    const std::string queue = key.substr(prefix.size());
    const bool known = std::find(names.begin(), names.end(), queue) != names.end();
    return known ? std::optional(queue) : std::nullopt;
  }

  void enter(std::uint64_t id, Message m, std::int64_t now_ms) {
    const auto target = target_of(m.exchange, m.key);
    if (!target) return;
    m.queue = *target;
    m.held = false;
    std::optional<std::int64_t> lives_ms = queues[m.queue].ttl_ms;
    if (!m.expiration.empty()) {
      const std::int64_t own = std::stoll(m.expiration);
      lives_ms = std::min(lives_ms.value_or(own), own);
    }
    m.due_wall_ms = lives_ms ? std::optional(now_ms + *lives_ms) : std::nullopt;
    messages[id] = std::move(m);
  }

  void die(std::uint64_t id, const std::string& reason, std::int64_t now_ms) {
    Message m = std::move(messages[id]);
    messages.erase(id);
    const Queue& queue = queues[m.queue];
    note_death(m, reason, now_ms);
    const std::string from = m.queue;
    m.exchange = queue.exchange;
    m.key = queue.key.value_or(m.key);
    m.expiration.clear();
    if (!goes_round(m)) enter(id, std::move(m), now_ms);
  }

  /// Those that died of it may be due at once where they come to: until none is.
  void expire(std::int64_t now_ms) {
    std::vector<std::uint64_t> due;
    do {
      due.clear();
      for (const auto& [id, m] : messages) {
        if (!m.held && m.due_wall_ms && *m.due_wall_ms <= now_ms) due.push_back(id);
      }
      for (const std::uint64_t id : due)
        die(id, "expired", now_ms);
    } while (!due.empty());
  }

  std::size_t count(const std::string& queue, bool held) const {
    return static_cast<std::size_t>(
        std::count_if(messages.begin(), messages.end(), [&](const auto& entry) {
          return entry.second.queue == queue && entry.second.held == held;
        }));
  }

 private:
  static void note_death(Message& m, const std::string& reason, std::int64_t now_ms) {
    const auto known = std::find_if(m.deaths.begin(), m.deaths.end(), [&](const Death& d) {
      return d.queue == m.queue && d.reason == reason;
    });
    if (known != m.deaths.end()) {
      ++known->count;
      std::rotate(m.deaths.begin(), known, known + 1);
    } else {
      m.deaths.insert(m.deaths.begin(),
                      {m.queue, reason, 1, now_ms / 1000, m.exchange, m.key, m.expiration});
    }
    if (!m.first_death) m.first_death = Death{m.queue, reason, 1, 0, m.exchange, {}, {}};
  }

  /// It has been there, and nobody has rejected it since.
  static bool goes_round(const Message& m) {
    const auto target = target_of(m.exchange, m.key);
    for (const Death& d : m.deaths) {
      if (d.reason == "rejected") return false;
      if (target && d.queue == *target) return true;
    }
    return false;
  }
};

class DeathChainSimulation : private SeededRun {
 public:
  explicit DeathChainSimulation(std::uint64_t seed)
      : SeededRun(seed), core_(std::make_unique<CoreRig>(ports(seed))) {
    peer_ = std::make_unique<Peer>(*core_, below(3));
    for (const char* name : names) {
      make_queue(name);
      peer_->get(BindQueue{name, "amq.direct", std::string("to-") + name, {}}).value();
    }
  }

  std::string run() {
    for (int n = 0; n < steps && wrong_.empty(); ++n) {
      step();
      compare_counts();
    }
    return wrong_;
  }

 private:
  using Message = DeathChains::Message;
  using Death = DeathChains::Death;

  std::int64_t now_ms() const { return core_->clock.wall().get(); }
  std::string any_name() { return names[below(names.size())]; }
  static std::string key_of(const std::string& exchange, const std::string& queue) {
    return (exchange.empty() ? "" : "to-") + queue;
  }
  /// Clocks move by tens: no time to live ends when something else happens.
  std::int64_t some_ms() { return 5 + 10 * number(30); }

  void make_queue(const std::string& name) {
    DeathChains::Queue queue;
    queue.exchange = chance(50) ? "" : "amq.direct";
    if (chance(80)) queue.key = key_of(queue.exchange, any_name());
    if (chance(60)) queue.ttl_ms = some_ms();
    auto what = test::queue_with(name, {{"x-dead-letter-exchange", test::text(queue.exchange)}});
    if (queue.key) what.arguments.set("x-dead-letter-routing-key", test::text(*queue.key));
    if (queue.ttl_ms) what.arguments.set("x-message-ttl", test::number(*queue.ttl_ms));
    peer_->get(what).value();
    note(name + ": to '" + queue.exchange + "' '" + queue.key.value_or("(its own)") + "', ttl " +
         std::to_string(queue.ttl_ms.value_or(-1)));
    model_.queues[name] = std::move(queue);
  }

  void step() {
    const std::uint64_t dice = below(100);
    if (dice < 30) {
      publish();
    } else if (dice < 50) {
      get();
    } else if (dice < 70) {
      settle_one();
    } else if (dice < 96) {
      for (std::uint64_t tens = 1 + below(10); tens > 0; --tens)
        wait_ten();
    } else {
      restart();
    }
  }

  void publish() {
    const std::uint64_t id = ++last_id_;
    const std::string exchange = chance(50) ? "" : "amq.direct";
    const std::string expiration = chance(30) ? std::to_string(some_ms()) : std::string();
    Message m{{}, false, {}, exchange, key_of(exchange, any_name()), expiration};
    note("publishes " + std::to_string(id) + " to " + m.key + " for " + expiration);
    test::publish_amqp(*peer_, {m.exchange, m.key, std::to_string(id), m.expiration});
    core_->settle();
    model_.enter(id, std::move(m), now_ms());
  }

  void wait_ten() {
    core_->wait_ms(10);
    core_->settle();
    model_.expire(now_ms());
  }

  void get() {
    const std::string queue = any_name();
    const auto got = peer_->get(test::get_of(queue)).value().delivery;
    if (got.has_value() != (model_.count(queue, false) != 0)) {
      return complain("wrongly empty or not: " + queue, 0);
    }
    if (!got) return;
    const std::uint64_t id = std::stoull(Peer::body_of(*got));
    note("gets " + std::to_string(id) + " of " + queue);
    const auto at = model_.messages.find(id);
    if (at == model_.messages.end()) return complain("it is gone for good", id);
    if (at->second.queue != queue || at->second.held) return complain("it is elsewhere", id);
    at->second.held = true;
    held_[id] = *got;
    compare_history(id, at->second, *got);
  }

  void compare_history(std::uint64_t id, const Message& m, const Delivery& got) {
    if (m.deaths.empty()) {
      const bool has_any =
          find_header(view_of(got.record).value(), amqp_header::deaths).has_value();
      if (has_any) complain("it has a history", id);
      return;
    }
    const auto deaths = test::deaths_of(got);
    if (deaths.size() != m.deaths.size()) {
      return complain("it has died in " + std::to_string(deaths.size()) + " ways", id);
    }
    for (std::size_t i = 0; i < deaths.size(); ++i)
      compare_death(id, m.deaths[i], deaths[i]);
    const FieldTable headers = test::headers_of(got);
    const auto told = [&](const char* name, const std::string& wanted) {
      if (test::text_of(headers, name) != wanted) complain(std::string("another ") + name, id);
    };
    told("x-first-death-queue", m.first_death->queue);
    told("x-first-death-reason", m.first_death->reason);
    told("x-first-death-exchange", m.first_death->exchange);
    told("x-last-death-queue", m.deaths.front().queue);
    told("x-last-death-reason", m.deaths.front().reason);
  }

  void compare_death(std::uint64_t id, const Death& wanted, const FieldTable& told) {
    const auto text = [&](const char* name) { return test::text_of(told, name); };
    const bool same = text("queue") == wanted.queue && text("reason") == wanted.reason &&
                      text("exchange") == wanted.exchange &&
                      *told.find("count")->as_integer() == wanted.count;
    if (!same) {
      complain("'" + wanted.queue + "' '" + wanted.reason + "' " + std::to_string(wanted.count) +
                   " is told as '" + text("queue") + "' '" + text("reason") + "' " +
                   std::to_string(*told.find("count")->as_integer()),
               id);
    }
    const std::string expiration = wanted.expiration.empty() ? "-" : wanted.expiration;
    if (text("original-expiration") != expiration) complain("another original-expiration", id);
    if (std::get<std::int64_t>(told.find("time")->value) != wanted.first_s) {
      complain("another time", id);
    }
    const auto& keys =
        std::get<std::shared_ptr<const FieldArray>>(told.find("routing-keys")->value)->items;
    if (keys.size() != 1 || *keys.front().as_text() != wanted.key) complain("other keys", id);
  }

  void settle_one() {
    if (held_.empty()) return;
    const auto at = std::next(held_.begin(), number(held_.size()));
    const std::uint64_t id = at->first;
    const std::uint64_t dice = below(3);
    note((dice == 0 ? "acks " : dice == 1 ? "rejects " : "returns ") + std::to_string(id));
    peer_->settle(at->second, dice == 0   ? Settlement::ack
                              : dice == 1 ? Settlement::reject
                                          : Settlement::requeue);
    core_->settle();
    held_.erase(at);
    Message& m = model_.messages[id];
    m.held = false;
    if (dice == 0) model_.messages.erase(id);
    if (dice == 1) model_.die(id, "rejected", now_ms());
    model_.expire(now_ms());
  }

  void restart() {
    note("ends and starts");
    core_->settle();
    if (chance(50)) core_->engine->roll();
    core_->settle();
    auto next = chance(30) ? core_->stopped_and_started() : core_->restarted();
    peer_.reset();
    core_ = std::move(next);
    peer_ = std::make_unique<Peer>(*core_, below(3));
    held_.clear();
    for (auto& [id, m] : model_.messages)
      m.held = false;
    core_->settle();
    model_.expire(now_ms());
  }

  /// Ready or held, in one queue: what is counted twice or not at all is told.
  void compare_counts() {
    for (const char* name : names) {
      const QueueCounts counts = test::counts_of(*peer_, name);
      if (counts.ready != model_.count(name, false) || counts.unacked != model_.count(name, true)) {
        complain(std::string("ready and held in ") + name + ": " + std::to_string(counts.ready) +
                     " and " + std::to_string(counts.unacked) + " instead of " +
                     std::to_string(model_.count(name, false)) + " and " +
                     std::to_string(model_.count(name, true)),
                 last_id_);
      }
    }
  }

  std::unique_ptr<CoreRig> core_;
  std::unique_ptr<Peer> peer_;
  DeathChains model_;
  std::map<std::uint64_t, Delivery> held_;
  std::uint64_t last_id_ = 0;
};

TEST(DeathsInASimulation, AreToldInOrderWithTheirCountsAndCirclesEnd) {
  run_seeds<DeathChainSimulation>(seeds_default);
}

}  // namespace
}  // namespace rialto::sim
