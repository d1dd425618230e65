#pragma once

#include "core/base/errc.h"
#include "core/model/ids.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <utility>
#include <vector>

namespace rialto {

struct ConsumerSpec {
  bool no_ack = false;
  bool exclusive = false;
  std::uint32_t prefetch = 0;  ///< unacked deliveries at a time; 0: no limit
  std::int32_t priority = 0;
};

/// The consumers of one queue and whose turn it is: true round-robin among those that can take a
/// message (credit left, session and consumer ready) of the highest priority that has one. Or
/// only one of them, the active one, until it leaves: then the oldest of the highest priority.
class Consumers {
 public:
  Consumers() = default;
  Consumers(const Consumers&) = delete;
  Consumers& operator=(const Consumers&) = delete;

  using Slot = std::uint32_t;

  struct Consumer {
    SessionId session;
    ConsumerId id;
    ConsumerSpec spec;
    std::uint32_t unacked = 0;
  };

  /// Errc::in_use: an exclusive consumer is in the way, or wants to be alone and is not.
  /// Errc::already_exists: the session has a consumer of this id.
  Errc add(SessionId session, ConsumerId id, const ConsumerSpec& spec);
  /// False when there is none.
  bool remove(SessionId session, ConsumerId id);
  /// Removes all of a session; answers how many.
  std::size_t remove_session(SessionId session);
  void set_session_ready(SessionId session, bool ready);
  void set_consumer_ready(SessionId session, ConsumerId id, bool ready);
  /// One consumer at a time, from the first on. With `takeover` one of a higher priority follows
  /// as soon as the active one has settled what it has.
  void choose_one(bool takeover);
  bool chooses_one() const { return chooses_one_; }

  std::size_t count() const { return by_key_.size(); }
  /// False: it waits until another one leaves.
  bool is_active(const Consumer& consumer) const;
  bool anyone_ready() const { return ready_count_ != 0; }
  /// Whose turn it is. Only when anyone_ready().
  Slot next() const;
  const Consumer& at(Slot slot) const { return slots_[slot].consumer; }

  /// The consumer got a message that it will settle (credit goes) or need not settle, and its
  /// turn is over.
  void delivered(Slot slot);
  /// One unacked message less, if this slot is still that consumer.
  void credit(Slot slot, SessionId session, ConsumerId id);

  /// Calls fn(const Consumer&) for each.
  template <class F>
  void for_each(F&& fn) const {
    for (const auto& [key, slot] : by_key_)
      fn(slots_[slot].consumer);
  }

 private:
  struct Key {
    SessionId session;
    ConsumerId id;
    friend bool operator==(const Key&, const Key&) = default;
    friend std::size_t hash_value(const Key& k) {
      return hash_value(k.session) * 0x9e3779b97f4a7c15ULL + hash_value(k.id);
    }
  };
  using Line = std::list<Slot>;
  struct Level {
    Line line;                  // who can take, in turn
    std::size_t consumers = 0;  // of this priority
  };
  struct Entry {
    Consumer consumer;
    Level* level = nullptr;
    Line::iterator place;  // in the line of its level, or in parked_
    bool in_line = false;
    bool session_ready = true;
    bool ready = true;
    bool chosen = true;  // false: another one is the active consumer
    std::uint64_t since = 0;
  };
  struct Session {
    bool ready = true;
    std::vector<Slot> slots;
  };

  static bool can_take(const Entry& entry);
  void place(Entry& entry);
  void drop(Slot slot);
  void elect();
  void set_chosen(Slot slot, bool chosen);

  std::vector<Entry> slots_;
  std::vector<Slot> free_;
  boost::unordered_flat_map<Key, Slot> by_key_;
  boost::unordered_flat_map<SessionId, Session> sessions_;
  std::map<std::int32_t, Level, std::greater<>> levels_;  // by priority, highest first
  Line parked_;
  std::size_t ready_count_ = 0;
  bool exclusive_ = false;

  // One at a time:
  static constexpr Slot no_slot = UINT32_MAX;
  using Rank = std::pair<std::int64_t, std::uint64_t>;  // lowest first: priority reversed, since
  Rank rank_of(const Entry& entry) const;
  bool chooses_one_ = false;
  bool takeover_ = false;
  Slot active_ = no_slot;
  std::uint64_t last_since_ = 0;
  std::map<Rank, Slot> candidates_;
};

}  // namespace rialto
