#include "core/engine/tail_cache.h"

#include "core/base/check.h"

#include <algorithm>

namespace rialto {

namespace {

Slice thrifty(const Slice& batch) {
  return batch.pinned_bytes() > 2 * batch.size() + 256 ? Slice::copy_of(batch.bytes()) : batch;
}

}  // namespace

void TailCache::add(const FrameFacts& frame, Epoch epoch, WallMs staged_at, const Slice& batch,
                    Lsn written) {
  RIALTO_CHECK(cached_.empty() || cached_.back().lsn < frame.lsn, "the tail grows by LSN");
  cached_.push_back({frame.lsn, epoch, staged_at, thrifty(batch)});
  bytes_ += cached_.back().batch.pinned_bytes();
  shrink(written);
}

void TailCache::shrink(Lsn written) {
  while (bytes_ > bytes_max_ && !cached_.empty() && cached_.front().lsn < written) {
    bytes_ -= cached_.front().batch.pinned_bytes();
    cached_.pop_front();
  }
}

const TailCache::Cached* TailCache::find(Lsn lsn) const {
  const auto at = std::lower_bound(cached_.begin(), cached_.end(), lsn,
                                   [](const Cached& c, Lsn l) { return c.lsn < l; });
  return at != cached_.end() && at->lsn == lsn ? &*at : nullptr;
}

}  // namespace rialto
