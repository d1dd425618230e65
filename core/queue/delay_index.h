#pragma once

#include "core/model/ids.h"
#include "core/queue/due_heap.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace rialto {

/// A pending message and the hash of the key it can be cancelled by.
struct KeyedOffset {
  std::uint64_t key_hash = 0;
  Offset offset;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.key_hash, s.offset);
  }
};

/// The durable form of a DelayIndex.
struct DelayImage {
  std::vector<DueHeap::Entry> entries;
  std::vector<KeyedOffset> keys;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.entries, s.keys);
  }
};

/// When each message of a delay partition is due, and which ones a key names: 16 bytes a pending
/// message, some 20 more with a key. Whether a message is still pending is the queue machine's
/// to say: what has fired or was cancelled may be listed here for a while.
class DelayIndex {
 public:
  /// Of one vhost: beyond it delayed messages are refused.
  static constexpr std::size_t pending_max = 4U << 20;

  /// Records from `first` on, with the time of each and, unless there are none, the key of each
  /// (0: it has none).
  void arrived(Offset first, const std::vector<std::int64_t>& due_wall_ms,
               const std::vector<std::uint64_t>& key_hashes);
  std::optional<DueHeap::Entry> pop_due(std::int64_t wall_ms) { return due_.pop_due(wall_ms); }
  /// It has not left, and is tried again at that time.
  void fire_again(Offset offset, std::int64_t at_wall_ms) { due_.push({at_wall_ms, offset}); }
  std::int64_t next() const { return due_.next(); }
  std::size_t size() const { return due_.size(); }

  /// What was stored under this key and not forgotten, newest first.
  std::vector<Offset> with_key(std::uint64_t key_hash) const;
  void forget_key(std::uint64_t key_hash, Offset offset);

  /// The first `count` after `after`, in the order of their times, of those for which
  /// is_pending(offset) holds. One pass over all.
  template <class F>
  std::vector<DueHeap::Entry> soonest(const DueHeap::Entry& after, std::size_t count,
                                      F&& is_pending) const;

  /// One message left without its time having come. True: many have, and compact() is due.
  bool cancelled();
  template <class F>
  void compact(F&& is_pending);

  /// Everything in it, in images of at most `most` entries, each given to `put(image)`.
  template <class F>
  void images(std::size_t most, F&& put) const;
  /// What one of them holds; they come in the order they were made.
  void add(const DelayImage& image);

 private:
  void add_key(std::uint64_t key_hash, Offset offset);

  // Messages of one key form a chain; most keys have one message, which needs no links.
  struct Links {
    Offset newer = no_offset;
    Offset older = no_offset;
  };
  void join(Offset newer, Offset older);

  DueHeap due_;
  std::size_t cancelled_ = 0;
  boost::unordered_flat_map<std::uint64_t, Offset> newest_;
  boost::unordered_flat_map<Offset, Links> links_;
};

template <class F>
std::vector<DueHeap::Entry> DelayIndex::soonest(const DueHeap::Entry& after, std::size_t count,
                                                F&& is_pending) const {
  std::vector<DueHeap::Entry> best;  // a heap, the latest in front
  if (count == 0) return best;
  for (const DueHeap::Entry& entry : due_.entries()) {
    if (!sooner(after, entry)) continue;
    if (best.size() == count && !sooner(entry, best.front())) continue;
    if (!is_pending(entry.offset)) continue;
    if (best.size() == count) {
      std::pop_heap(best.begin(), best.end(), sooner);
      best.pop_back();
    }
    best.push_back(entry);
    std::push_heap(best.begin(), best.end(), sooner);
  }
  std::sort_heap(best.begin(), best.end(), sooner);
  return best;
}

template <class F>
void DelayIndex::images(std::size_t most, F&& put) const {
  DelayImage image;
  const auto put_when = [&](bool full) {
    if (!full) return;
    put(std::move(image));
    image = DelayImage();
  };
  for (const DueHeap::Entry& entry : due_.entries()) {
    image.entries.push_back(entry);
    put_when(image.entries.size() == most);
  }
  for (const auto& [hash, newest] : newest_) {
    const std::vector<Offset> offsets = with_key(hash);
    for (auto at = offsets.rbegin(); at != offsets.rend(); ++at) {
      image.keys.push_back({hash, *at});
      put_when(image.entries.size() + image.keys.size() >= most);
    }
  }
  put_when(!image.entries.empty() || !image.keys.empty());
}

template <class F>
void DelayIndex::compact(F&& is_pending) {
  std::vector<DueHeap::Entry> kept = due_.entries();
  std::erase_if(kept, [&](const DueHeap::Entry& e) { return !is_pending(e.offset); });
  due_.restore(std::move(kept));
  cancelled_ = 0;
}

}  // namespace rialto
