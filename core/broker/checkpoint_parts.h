#pragma once

#include "core/catalog/catalog.h"
#include "core/group/committed_offsets.h"
#include "core/model/frames/codec.h"
#include "core/model/ids.h"
#include "core/partition/marks.h"
#include "core/partition/producer_states.h"
#include "core/partition/seen_messages.h"
#include "core/queue/delay_index.h"
#include "core/queue/expiry_watch.h"
#include "core/queue/queue_image.h"

#include <cstdint>
#include <string>
#include <vector>

/// What a checkpoint is made of (FORMAT.md, "Checkpoint parts"). A part is one kind byte and one
/// of these structs; every object carries the LSN up to which its image holds.
namespace rialto {

enum class PartKind : std::uint8_t {
  catalog = 1,
  partitions = 2,
  queues = 3,
  offsets = 4,
  broker = 5,
  delayed = 6,
};

struct CatalogPart {
  static constexpr PartKind kind = PartKind::catalog;
  std::uint64_t lsn = 0;
  CatalogImage image;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.lsn, s.image);
  }
};

struct PartitionImage {
  PartitionId id;
  std::uint64_t lsn = 0;
  PartitionMarks marks;
  std::int64_t max_timestamp_ms = -1;
  ProducerStatesImage producers;
  std::vector<DueHeap::Entry> dues;  ///< of records that queues do not hand out before
  SeenImage seen;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.id, s.lsn, s.marks, s.max_timestamp_ms, s.producers, s.dues, s.seen);
  }
};

struct PartitionsPart {
  static constexpr PartKind kind = PartKind::partitions;
  std::vector<PartitionImage> partitions;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.partitions);
  }
};

struct ExpiryImage {
  PartitionId partition;
  std::int64_t latest_wall_ms = 0;
  std::vector<ExpiryWatch::Entry> entries;
  std::vector<SettledRun> brought_back;  ///< what does not expire

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.partition, s.latest_wall_ms, s.entries, s.brought_back);
  }
};

struct QueuePartImage {
  QueueId id;
  std::uint64_t lsn = 0;
  QueueImage image;
  std::vector<ExpiryImage> expiries;  ///< of partitions with something that may expire
  DelayImage delayed;                 ///< read only: DelayedPart has what is written

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.id, s.lsn, s.image, s.expiries, s.delayed);
  }
};

struct QueuesPart {
  static constexpr PartKind kind = PartKind::queues;
  std::vector<QueuePartImage> queues;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.queues);
  }
};

struct OffsetsPart {
  static constexpr PartKind kind = PartKind::offsets;
  std::uint64_t lsn = 0;
  CommittedOffsetsImage image;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.lsn, s.image);
  }
};

struct BrokerPart {
  static constexpr PartKind kind = PartKind::broker;
  std::uint64_t lsn = 0;
  ProducerId next_producer{1};
  std::string lease_key;
  /// Written at a clean stop by the process of this epoch: when the next one follows at once,
  /// only what was handed out may have been delivered.
  bool clean = false;
  Epoch epoch;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.lsn, s.next_producer, s.lease_key, s.clean, s.epoch);
  }
};

/// Some of what a queue of type `delay` holds: every entry is in one part.
struct DelayedPart {
  static constexpr PartKind kind = PartKind::delayed;
  QueueId queue;
  std::uint64_t lsn = 0;
  DelayImage image;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.queue, s.lsn, s.image);
  }
};

template <class Part>
std::string encode_part(const Part& part) {
  std::string out(1, static_cast<char>(Part::kind));
  FieldWriter w(out);
  w(part);
  return out;
}

}  // namespace rialto
