#pragma once

#include "core/base/clock.h"
#include "core/model/ids.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rialto::sim {

/// Messages are numbers; a body begins with its own.
using MessageId = std::uint64_t;

/// Who has a message: a session (never over by itself), or a lease until its deadline.
struct Holder {
  bool leased = false;
  Instant until = no_deadline;
};

/// What is expected of one queue from its declaration to its deletion.
struct QueueModel {
  std::string name;
  bool durable = true;
  bool certain = false;  ///< its declaration was answered: it is there
  bool dying = false;    ///< its deletion was asked for: nothing is expected of it any more
  bool pulled = false;   ///< an answer to a pull may have been lost with its lease
  bool leaky = false;    ///< consumed without acks: what a session never saw is settled
  int purges = 0;        ///< under way
  std::optional<QueueId> id;
  std::set<MessageId> sent;
  std::set<MessageId> perhaps_gone;  ///< settled, and a power cut may bring it back; or purged
  std::set<MessageId> gone;          ///< settled, and nothing can bring it back
  std::set<MessageId> gone_in_life;  ///< settled in this life: not delivered in it again
  std::set<MessageId> delivered;
  std::map<MessageId, Holder> held;
  std::map<MessageId, std::uint32_t> counts;  ///< of the last delivery in this life
};
using QueueRef = std::shared_ptr<QueueModel>;

struct Sent {
  std::string lane;  ///< who sent it: its messages keep their order
  bool confirmed = false;
};

/// What has been promised, written down as it happens.
class BrokerModel {
 public:
  /// `complain` is called with every broken promise.
  explicit BrokerModel(std::function<void(const std::string&)> complain)
      : complain_(std::move(complain)) {}

  MessageId send(std::string lane, const std::vector<QueueRef>& to) {
    const MessageId id = sent_.size() + 1;
    for (const QueueRef& queue : to) {
      queue->sent.insert(id);
      if (queue->purges != 0) queue->perhaps_gone.insert(id);
    }
    sent_.push_back(Sent{std::move(lane), false});
    return id;
  }
  void confirm(MessageId id) { sent_.at(id - 1).confirmed = true; }
  bool confirmed(MessageId id) const { return sent_.at(id - 1).confirmed; }
  std::size_t sent_count() const { return sent_.size(); }

  /// A record was seen at a place: always the same one there, and each lane in its order.
  void seen_at(PartitionId partition, Offset offset, MessageId id) {
    if (id == 0 || id > sent_.size()) return complain("a record that nobody sent", id);
    const bool ends_with_process = (partition.get() & volatile_id_bit) != 0;
    auto& log = logs_[{ends_with_process ? life_ : 0, partition}];
    const auto [at, is_new] = log.emplace(offset, id);
    if (!is_new) {
      if (at->second != id) complain("an offset has another record than before", id);
      return;
    }
    const std::string& lane = sent_[id - 1].lane;
    for (auto next = std::next(at); next != log.end(); ++next) {
      if (sent_[next->second - 1].lane != lane) continue;
      if (next->second <= id) complain("a lane is out of order, or a record is twice", id);
      break;
    }
    for (auto before = at; before != log.begin();) {
      --before;
      if (sent_[before->second - 1].lane != lane) continue;
      if (before->second >= id) complain("a lane is out of order, or a record is twice", id);
      break;
    }
  }

  void delivered(QueueModel& queue, MessageId id, bool redelivered, std::uint32_t count,
                 const Holder& to, Instant now) {
    if (queue.dying) return;
    if (!queue.sent.contains(id)) complain("a queue delivers what was not sent to it", id);
    if (queue.gone.contains(id)) complain("a message settled for good returned", id);
    if (queue.gone_in_life.contains(id)) complain("a settled message returned", id);
    const auto held = queue.held.find(id);
    if (held != queue.held.end() && now < held->second.until) {
      complain("a message was handed out twice", id);
    }
    const bool first = queue.delivered.insert(id).second;
    if (!first && !redelivered) complain("redelivered is not set", id);
    if (count < queue.counts[id]) complain("the delivery count went back", id);
    queue.counts[id] = count;
    queue.held[id] = to;
  }

  /// It left the queue: not to be seen again in this life, and never when that is durable.
  void settle(const QueueRef& queue, MessageId id) {
    queue->held.erase(id);
    queue->perhaps_gone.insert(id);
    queue->gone_in_life.insert(id);
    pending_.emplace_back(queue, id);
  }
  /// How many settlements there were; those before one that is durable are durable.
  std::size_t settled_count() const { return settled_before_ + pending_.size(); }
  void durable_up_to(std::size_t settled) {
    while (settled_before_ < settled && !pending_.empty()) {
      const auto& [queue, id] = pending_.front();
      queue->gone.insert(id);
      pending_.pop_front();
      ++settled_before_;
    }
  }

  /// The process ended: sessions are gone, and what was not durable may be undone.
  void life_ended(const std::vector<QueueRef>& queues) {
    ++life_;
    settled_before_ += pending_.size();
    pending_.clear();
    for (const QueueRef& queue : queues) {
      std::erase_if(queue->held, [](const auto& held) { return !held.second.leased; });
      queue->counts.clear();
      queue->gone_in_life.clear();
      if (queue->purges != 0) queue->perhaps_gone = queue->sent;
      queue->purges = 0;
    }
  }

  void complain(const std::string& what, MessageId id = 0) {
    complain_(what + ": message " + std::to_string(id));
  }

 private:
  using Log = std::map<Offset, MessageId>;

  std::function<void(const std::string&)> complain_;
  std::vector<Sent> sent_;
  std::map<std::pair<std::uint64_t, PartitionId>, Log> logs_;
  std::deque<std::pair<QueueRef, MessageId>> pending_;
  std::size_t settled_before_ = 0;
  std::uint64_t life_ = 1;
};

}  // namespace rialto::sim
