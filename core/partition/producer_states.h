#pragma once

#include "core/base/clock.h"
#include "core/base/errc.h"
#include "core/model/ids.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <vector>

namespace rialto {

/// What of a batch matters to idempotence.
struct ProducerBatch {
  ProducerId producer = no_producer;
  ProducerEpoch epoch{-1};
  Sequence first{-1};
  std::int32_t count = 0;  ///< records; at least 1

  /// The sequence of its last record: wraps from INT_MAX to 0.
  Sequence last() const;
};

/// May a batch be appended?
struct ProducerVerdict {
  /// ok: append. out_of_order_sequence, fenced: refuse.
  Errc error = Errc::ok;
  /// It was appended before, at `base_offset`...`last_offset`: answer that when it is durable.
  bool duplicate = false;
  Offset base_offset = no_offset;
  Offset last_offset = no_offset;
};

/// One producer in an image.
struct ProducerImage {
  struct Batch {
    Sequence first;
    Sequence last;
    Offset base_offset;
    Offset last_offset;

    template <class F>
    static void fields(F& f, auto& s) {
      f(s.first, s.last, s.base_offset, s.last_offset);
    }
  };
  ProducerId producer;
  ProducerEpoch epoch;
  std::int64_t last_wall_ms = 0;
  std::vector<Batch> batches;  ///< oldest first

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.producer, s.epoch, s.last_wall_ms, s.batches);
  }
};

struct ProducerStatesImage {
  std::vector<ProducerImage> producers;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.producers);
  }
};

/// Idempotent producers of one partition. Checked and moved at staging, so batches in flight count;
/// a lost write set means the process has ended. Replay calls `appended` too.
class ProducerStates {
 public:
  /// The batches a producer may have in flight, and so must be able to repeat.
  static constexpr std::size_t batches_kept = 5;

  /// A batch without a producer id is always fine.
  ProducerVerdict check(const ProducerBatch& batch) const;
  /// The batch got [base_offset, base_offset + count). Without a producer id nothing happens.
  void appended(const ProducerBatch& batch, Offset base_offset, WallMs wall);
  /// Forgets producers that have appended nothing since `before`; answers how many.
  std::size_t expire(WallMs before);

  std::size_t size() const { return producers_.size(); }
  void image(ProducerStatesImage& out) const;
  void restore(const ProducerStatesImage& image);

 private:
  struct Kept {
    Sequence first;
    Sequence last;
    Offset base_offset;
    Offset last_offset;
  };
  struct State {
    ProducerEpoch epoch;
    WallMs last_append;
    std::uint8_t used = 0;
    Kept batches[batches_kept];  // oldest first

    void push(const Kept& batch);
  };

  boost::unordered_flat_map<ProducerId, State> producers_;
};

}  // namespace rialto
