#pragma once

#include "core/base/clock.h"
#include "core/base/slab.h"
#include "core/engine/engine.h"
#include "core/engine/placement.h"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace rialto {

/// The batches staged last, by LSN, shared with whoever else holds their slabs. First in, first
/// out; bounded by the slab bytes it keeps alive. What is not written yet can be read nowhere
/// else, so it stays even beyond the bound; the journal's staging bound limits that.
class TailCache {
 public:
  explicit TailCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Batches come in LSN order. A small slice of a large slab is copied, so that one message
  /// does not keep a megabyte alive.
  void add(const FrameFacts& frame, Epoch epoch, WallMs staged_at, const Slice& batch, Lsn written);
  /// Drops what is over the bound and below `written`.
  void shrink(Lsn written);

  struct Cached {
    Lsn lsn;
    Epoch epoch;
    WallMs staged_at;
    Slice batch;
  };
  /// Null when it is not here (any more). The pointer lives until the next add() or shrink().
  const Cached* find(Lsn lsn) const;

  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::deque<Cached> cached_;
};

}  // namespace rialto
