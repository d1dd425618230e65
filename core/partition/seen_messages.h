#pragma once

#include "core/base/clock.h"
#include "core/base/wide_hash.h"
#include "core/model/frames/data_frame.h"
#include "core/model/ids.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace rialto {

/// The durable form of SeenMessages.
struct SeenImage {
  struct Id {
    WideHash hash;
    std::int64_t until_wall_ms = 0;
    Offset offset;

    template <class F>
    static void fields(F& f, auto& s) {
      f(s.hash, s.until_wall_ms, s.offset);
    }
  };
  struct Producer {
    WideHash name;
    std::int64_t highest = -1;
    Offset last;
    std::int64_t wall_ms = 0;
    std::vector<std::int64_t> refused;

    template <class F>
    static void fields(F& f, auto& s) {
      f(s.name, s.highest, s.last, s.wall_ms, s.refused);
    }
  };
  std::vector<Id> ids;  ///< oldest first
  std::vector<Producer> producers;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.ids, s.producers);
  }
};

/// By what a partition knows messages that it has stored: ids, each until its window ends, and the
/// highest sequence of each named producer. Moved at staging, so what is under way counts; a lost
/// write set means that the process has ended. Replay calls `apply` too. Some 70 bytes an id.
class SeenMessages {
 public:
  /// Of one partition, and of all of them together: beyond either the oldest id is forgotten.
  static constexpr std::size_t ids_max = 1U << 20;
  static constexpr std::size_t ids_in_all_max = 1U << 22;
  /// Beyond it those that have been silent longest are forgotten.
  static constexpr std::size_t producers_max = 1U << 14;
  /// Of one producer, remembered as not stored although a later one is: the oldest is forgotten.
  static constexpr std::size_t refused_max = 256;

  /// Where a message is.
  struct Place {
    Offset offset;
    bool exact = true;  ///< false: there or before
  };
  /// Nothing: not stored, or its window is over.
  std::optional<Place> with_id(const WideHash& id, WallMs now) const;
  /// Nothing: higher than all that were stored, or refused and not stored since.
  std::optional<Place> with_sequence(const WideHash& producer, std::int64_t sequence) const;

  /// What a staged or replayed batch says; its records begin at `base`. Answers how many ids were
  /// forgotten before their time.
  std::size_t apply(const SeenEntry& entry, Offset base, WallMs now);
  /// The producer's message was not stored. It may come yet, after later ones.
  void refused(const WideHash& producer, std::int64_t sequence, WallMs now);
  /// Of this producer's, those that no frame tells of yet. They have to go into the next one that
  /// holds a message of the producer.
  std::vector<std::int64_t> take_unwritten(const WideHash& producer);

  void forget_oldest_id();
  /// Forgets at most `max` ids whose windows are over.
  void expire_ids(WallMs now, std::size_t max);
  /// Forgets producers that have stored nothing since `before`.
  void expire_producers(WallMs before);

  bool empty() const { return ids_.empty() && producers_.empty(); }
  std::size_t id_count() const { return ids_.size(); }
  std::size_t producer_count() const { return producers_.size(); }
  SeenImage image() const;
  void restore(const SeenImage& image);

 private:
  struct Refused {
    std::int64_t sequence = 0;
    bool written = false;
  };
  struct Producer {
    std::int64_t highest = -1;
    Offset last = no_offset;
    WallMs last_stored;
    std::vector<Refused> refused;  ///< oldest first
  };

  std::size_t store_id(const SeenImage::Id& id, WallMs now);
  void store_sequence(const WideHash& name, std::int64_t sequence, Offset offset, WallMs now);
  Producer& producer(const WideHash& name, WallMs now);
  void forget_silent();

  std::deque<SeenImage::Id> ids_;  // in the order of storing
  std::uint64_t first_number_ = 0;
  boost::unordered_flat_map<WideHash, std::uint64_t> numbers_;  // of the newest with each hash
  boost::unordered_flat_map<WideHash, Producer> producers_;
};

}  // namespace rialto
