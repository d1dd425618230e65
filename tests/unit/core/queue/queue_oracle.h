#pragma once

#include "core/queue/queue.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace rialto {

/// What a queue should do, written the slow and obvious way: one entry a message, one list of
/// consumers, nothing remembered that could be counted.
class QueueOracle {
 public:
  enum class State { ready, held, settled };
  struct Message {
    State state = State::ready;
    bool came_back = false;  ///< requeued: served before the others
    SessionId session;
    ConsumerId consumer;
    bool has_credit = false;
    bool redelivered = false;
    std::uint32_t deliveries = 0;
  };
  struct Consumer {
    SessionId session;
    ConsumerId id;
    ConsumerSpec spec;
    std::uint64_t unacked = 0;
    std::uint64_t turn = 0;  ///< when it entered the line; lowest is next
    bool in_line = false;
  };

  void arrive(PartitionId p, std::int64_t end) {
    auto& messages = partitions[p];
    for (auto o = static_cast<std::int64_t>(messages.size()); o < end; ++o) {
      messages.emplace_back();
    }
  }

  Errc add(SessionId session, ConsumerId id, const ConsumerSpec& spec) {
    if (consumer(session, id) != nullptr) return Errc::already_exists;
    const bool exclusive = std::any_of(consumers.begin(), consumers.end(),
                                       [](const Consumer& c) { return c.spec.exclusive; });
    if (exclusive || (spec.exclusive && !consumers.empty())) return Errc::in_use;
    consumers.push_back({session, id, spec});
    line_up();
    return Errc::ok;
  }
  bool remove(SessionId session, ConsumerId id) {
    return std::erase_if(consumers, [&](const Consumer& c) {
             return c.session == session && c.id == id;
           }) != 0;
  }
  void set_ready(SessionId session, bool ready) {
    std::erase(blocked, session);
    if (!ready) blocked.push_back(session);
    line_up();
  }

  /// Whose turn it is.
  Consumer* next_consumer() {
    Consumer* best = nullptr;
    for (Consumer& c : consumers) {
      if (!c.in_line) continue;
      const bool better = best == nullptr || c.spec.priority > best->spec.priority ||
                          (c.spec.priority == best->spec.priority && c.turn < best->turn);
      if (better) best = &c;
    }
    return best;
  }
  void served(Consumer& c) {
    if (!c.spec.no_ack) ++c.unacked;
    c.in_line = false;
    line_up();
  }

  /// The message of a partition that has to be next.
  std::optional<Offset> next_offset(PartitionId p) const {
    std::optional<Offset> fresh;
    const auto& messages = partitions.at(p);
    for (std::size_t o = 0; o < messages.size(); ++o) {
      if (messages[o].state != State::ready) continue;
      if (messages[o].came_back) return Offset(static_cast<std::int64_t>(o));
      if (!fresh) fresh = Offset(static_cast<std::int64_t>(o));
    }
    return fresh;
  }
  Message& at(PartitionId p, Offset o) { return partitions[p][static_cast<std::size_t>(o.get())]; }

  void leave(Message& m, State to) {
    if (m.has_credit) {
      if (Consumer* c = consumer(m.session, m.consumer)) --c->unacked;
      line_up();
    }
    m.has_credit = false;
    m.state = to;
  }
  void requeue(Message& m) {
    leave(m, State::ready);
    m.came_back = true;
    m.redelivered = true;
    ++m.deliveries;
  }

  std::uint64_t count(State state) const {
    std::uint64_t n = 0;
    for (const auto& [p, messages] : partitions) {
      for (const Message& m : messages)
        n += m.state == state ? 1 : 0;
    }
    return n;
  }

  /// A clean stop and start: nobody is there, what was handed out is marked.
  void restart() {
    consumers.clear();
    blocked.clear();
    for (auto& [p, messages] : partitions) {
      std::size_t handed_out = marks[p];
      for (std::size_t o = 0; o < messages.size(); ++o) {
        const Message& m = messages[o];
        if (m.state == State::held || (m.state == State::ready && (m.came_back || m.redelivered))) {
          handed_out = std::max(handed_out, o + 1);
        }
      }
      marks[p] = handed_out;
      for (std::size_t o = 0; o < messages.size(); ++o) {
        Message& m = messages[o];
        m.has_credit = false;
        m.came_back = false;
        if (m.state == State::held) m.state = State::ready;
      }
    }
  }

  Consumer* consumer(SessionId session, ConsumerId id) {
    for (Consumer& c : consumers) {
      if (c.session == session && c.id == id) return &c;
    }
    return nullptr;
  }

  std::map<PartitionId, std::vector<Message>> partitions;
  std::map<PartitionId, std::size_t> marks;  // of the last restart
  std::vector<Consumer> consumers;
  std::vector<SessionId> blocked;

 private:
  /// Consumers that lost or gained the right to a message leave the line or enter it at its end.
  void line_up() {
    for (Consumer& c : consumers) {
      const bool ready = std::find(blocked.begin(), blocked.end(), c.session) == blocked.end() &&
                         (c.spec.no_ack || c.spec.prefetch == 0 || c.unacked < c.spec.prefetch);
      if (ready && !c.in_line) c.turn = ++turns;
      c.in_line = ready;
    }
  }

  std::uint64_t turns = 0;
};

}  // namespace rialto
