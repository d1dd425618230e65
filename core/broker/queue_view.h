#pragma once

#include "core/base/clock.h"
#include "core/base/errc.h"
#include "core/broker/blocked_letters.h"
#include "core/broker/record_source.h"
#include "core/catalog/queue_policy.h"
#include "core/model/frames/catalog_frame.h"
#include "core/queue/delay_index.h"
#include "core/queue/expiry_watch.h"
#include "core/queue/queue.h"
#include "core/queue/ready_bytes.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rialto {

/// Whether records of a queue are read in the order of delivery.
enum class ReadOrder : std::uint8_t { delivery, aside };

struct ParkedPull;
struct PartitionState;

/// One queue as the broker drives it: the machine, and where its records come from.
struct QueueView {
  QueueRecord record;
  QueueMachine machine;
  /// One partition, and what was read of it.
  struct Source {
    PartitionState* state = nullptr;
    std::shared_ptr<const std::string> log;  ///< null: it has the queue's own name
    RecordSource records;                    ///< in the order of delivery
    std::unique_ptr<RecordSource> aside;     ///< out of that order, when there was a need
    ExpiryWatch expiry;
    RangeSet brought_back;              ///< what does not expire, where something may
    std::uint64_t head_body_bytes = 0;  ///< of the head that `expiry` knows

    RecordSource* of(ReadOrder order);
  };
  std::vector<Source> sources;
  QueuePolicy policy;
  std::string policy_name;           ///< of the one that holds; empty: none
  std::string operator_policy_name;  ///< the same
  /// Sessions that list this queue among theirs.
  boost::unordered_flat_set<SessionId> users;
  Ticket made = no_ticket;              ///< nothing of it is shown before this is durable
  std::unique_ptr<DelayIndex> delayed;  ///< of a queue of type `delay`
  Instant fires_from{0};                ///< no more of it is fired before
  bool warming = false;                 ///< what it moves next is brought into memory
  bool is_volatile = false;
  /// Storage keeps what it has not settled. Not so for streams and for who reads a log.
  bool holds = true;
  QueueId reader_of;          ///< one consumer that reads the log of that queue; 0: a queue
  std::uint32_t readers = 0;  ///< of its log
  bool listed = false;        ///< in the list of queues to deliver from
  std::vector<Move> moves;
  /// Called when the last of them has a place.
  std::vector<std::function<void()>> after_moves;
  BlockedLetters blocked;
  /// Queues with dead letters that wait for room here; each has its turn.
  std::deque<QueueId> room_awaited_by;
  bool reading = false;     ///< a cold read is under way
  bool may_expire = false;  ///< one of its messages may
  /// Where the body bytes of ready messages are limited.
  std::unique_ptr<ReadyBytes> bytes;
  bool counting = false;           ///< a read for that is under way
  bool looking_back = false;       ///< somebody brings back what has left it
  Instant deadline = no_deadline;  ///< under which it is listed
  Instant last_used;               ///< for x-expires
  /// Gets and pulls that wait for that read.
  std::vector<std::function<void()>> after_read;
  /// Pulls that wait for a message, oldest first.
  std::deque<std::shared_ptr<ParkedPull>> waiting_pulls;

  /// Refuses who takes messages without being a consumer, where one consumer gets them all.
  std::optional<Error> check_any_taker() const;
  /// Refuses what takes messages out, in RabbitMQ's words.
  std::optional<Error> check_not_stream(std::string_view what) const;
  /// Takes no message that it has no room for. One that drops its head does so while dead letters
  /// of its own are blocked: to drop more of them would make room nowhere.
  bool refuses_publish() const {
    return policy.refuses_publish() || (policy.limits_length() && machine.blocked_count() != 0);
  }
  /// Null: not one of its partitions.
  Source* source(PartitionId partition);
  /// When x-expires ends it; no_deadline: it is in use, or never.
  Instant ends_unused_at() const;
};

}  // namespace rialto
