#pragma once

#include "core/model/frames/frame_kind.h"
#include "core/model/ids.h"

#include <cstdint>
#include <string>
#include <vector>

namespace rialto {

/// Why a message left its queue view.
enum class SettleReason : std::uint8_t {
  acked = 0,
  rejected = 1,
  expired = 2,
  purged = 3,
  maxlen = 4,
  delivery_limit = 5,
  fired = 6,      ///< a delayed message whose time came
  cancelled = 7,  ///< a delayed message whose time never comes
  redriven = 8,   ///< back to a queue that it came from
};

struct SettledRun {
  Offset first;
  Offset last;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.first, s.last);
  }
};

/// Runs of one partition that left one queue view for one reason.
struct SettleEntry {
  QueueId queue;
  PartitionId partition;
  SettleReason reason = SettleReason::acked;
  std::vector<SettledRun> runs;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.queue, s.partition, s.reason, s.runs);
  }
};

/// All settlements of one tick.
struct SettleFrame {
  static constexpr FrameKind kind = FrameKind::settle;
  std::vector<SettleEntry> entries;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.entries);
  }
};

/// Runs of one partition that are in a queue view again.
struct UnsettleEntry {
  PartitionId partition;
  std::vector<SettledRun> runs;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.partition, s.runs);
  }
};

/// What had left a queue view and is back at its place, as if it had never been delivered, but
/// that it is redelivered and its time to live is over and done with.
struct UnsettleFrame {
  static constexpr FrameKind kind = FrameKind::unsettle;
  QueueId queue;
  std::vector<UnsettleEntry> entries;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.queue, s.entries);
  }
};

struct TrimEntry {
  PartitionId partition;
  Offset log_start;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.partition, s.log_start);
  }
};

struct TrimFrame {
  static constexpr FrameKind kind = FrameKind::trim;
  std::vector<TrimEntry> entries;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.entries);
  }
};

/// One message handed out until `deadline_wall_ms`; `attempt` counts from 1.
struct LeaseEntry {
  PartitionId partition;
  Offset offset;
  std::uint32_t attempt = 0;
  std::int64_t deadline_wall_ms = 0;  ///< 0: the lease was given back

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.partition, s.offset, s.attempt, s.deadline_wall_ms);
  }
};

struct LeaseFrame {
  static constexpr FrameKind kind = FrameKind::lease;
  QueueId queue;
  std::vector<LeaseEntry> entries;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.queue, s.entries);
  }
};

struct CountEntry {
  QueueId queue;
  PartitionId partition;
  Offset offset;
  std::uint32_t deliveries = 0;
  std::int64_t ready_at_wall_ms = 0;  ///< not before; 0: at once
  /// It is a dead letter that waits for room where it goes, and why it died; acked: it is none.
  SettleReason blocked = SettleReason::acked;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.queue, s.partition, s.offset, s.deliveries, s.ready_at_wall_ms, s.blocked);
  }
};

struct CountsFrame {
  static constexpr FrameKind kind = FrameKind::counts;
  std::vector<CountEntry> entries;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.entries);
  }
};

struct CommittedOffset {
  std::string topic;
  PartitionIndex partition;
  Offset offset;
  std::int32_t leader_epoch = -1;
  std::string metadata;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.topic, s.partition, s.offset, s.leader_epoch, s.metadata);
  }
};

struct OffsetsFrame {
  static constexpr FrameKind kind = FrameKind::offsets;
  std::string vhost;
  std::string group;
  std::int64_t wall_ms = 0;
  std::vector<CommittedOffset> offsets;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.vhost, s.group, s.wall_ms, s.offsets);
  }
};

/// Producer ids below `next` may have been handed out.
struct ProducersFrame {
  static constexpr FrameKind kind = FrameKind::producers;
  ProducerId next{0};

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.next);
  }
};

/// 16 random bytes, made once a data directory.
struct SecretFrame {
  static constexpr FrameKind kind = FrameKind::secret;
  std::string key;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.key);
  }
};

}  // namespace rialto
