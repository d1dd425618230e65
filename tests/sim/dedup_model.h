#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rialto::sim {

/// One publish: its body, and by what it may be known when it comes again.
struct DedupPublish {
  std::uint64_t body = 0;  ///< of this attempt alone
  std::string id;          ///< its message-id; empty: none
  std::string key;         ///< of its request, before the message-id; empty: none
  std::string producer;    ///< empty: none
  std::int64_t sequence = 0;
};

/// What a queue should know and store of publishes that come again, written the slow way: all of
/// it is worked out anew from what is in its log, and what it refused.
class DedupQueue {
 public:
  enum class Fate { stored, known, refused, not_sure };

  struct Stored {
    DedupPublish message;
    std::string id;                          ///< by which this queue knows it; empty: none
    std::int64_t until_wall_ms = 0;          ///< what it is known by ends here
    bool was_over = false;                   ///< the clock has been there since
    std::vector<std::int64_t> told_refused;  ///< of its producer's, in its frame
    bool promised = false;                   ///< somebody was told that it is there
  };

  /// A window: it looks at message-ids. A greatest length: it refuses when it is full.
  explicit DedupQueue(std::optional<std::int64_t> id_window_ms = std::nullopt,
                      std::optional<std::size_t> greatest_length = std::nullopt)
      : looks_at_ids(id_window_ms.has_value()),
        window_ms(id_window_ms.value_or(window_ms_default)),
        length_max(greatest_length) {}

  static constexpr std::int64_t window_ms_default = 600'000;

  bool looks_at_ids;
  std::int64_t window_ms;
  std::optional<std::size_t> length_max;

  std::vector<Stored> log;
  std::size_t taken = 0;  ///< by consumers, in order
  std::size_t taken_for_good = 0;

  Fate fate_of(const DedupPublish& m, std::int64_t wall_ms) const {
    const Known by_id = knows_id(m, wall_ms);
    if (by_id == Known::yes || knows_sequence(m)) return Fate::known;
    if (by_id == Known::perhaps) return Fate::not_sure;
    return is_full() ? Fate::refused : Fate::stored;
  }
  bool is_full() const { return length_max && log.size() - taken >= *length_max; }

  void store(const DedupPublish& m, std::int64_t wall_ms) {
    Stored entry{m, id_of(m), wall_ms + window_ms, false, {}, false};
    if (!m.producer.empty()) {
      Refused& refused = refused_[m.producer];
      entry.told_refused.assign(refused.untold.begin(), refused.untold.end());
      refused.told.merge(refused.untold);
      refused.untold.clear();
      refused.told.erase(m.sequence);
    }
    log.push_back(std::move(entry));
  }
  void refuse(const DedupPublish& m) {
    if (m.producer.empty()) return;
    Refused& refused = refused_[m.producer];
    if (!refused.told.contains(m.sequence)) refused.untold.insert(m.sequence);
  }

  /// The one of the log that a publish is confirmed for, if it can be said.
  std::optional<std::size_t> place_of(const DedupPublish& m) const {
    for (std::size_t i = log.size(); i-- > 0;) {
      const Stored& s = log[i];
      if (s.message.body == m.body) return i;
      if (!id_of(m).empty() && s.id == id_of(m)) return i;
      const bool same_producer = !m.producer.empty() && s.message.producer == m.producer;
      if (same_producer && s.message.sequence == m.sequence) return i;
    }
    return std::nullopt;
  }

  void clock_was_at(std::int64_t wall_ms) {
    for (Stored& s : log)
      s.was_over = s.was_over || s.until_wall_ms <= wall_ms;
  }

  /// The process ended, and of the log this many are there.
  void cut_to(std::size_t count) {
    log.resize(count);
    refused_.clear();
    for (const Stored& s : log) {
      if (s.message.producer.empty()) continue;
      Refused& refused = refused_[s.message.producer];
      refused.told.insert(s.told_refused.begin(), s.told_refused.end());
      refused.told.erase(s.message.sequence);
    }
  }

 private:
  enum class Known { no, perhaps, yes };
  struct Refused {
    std::set<std::int64_t> told;    ///< a frame has them
    std::set<std::int64_t> untold;  ///< a crash takes them
  };

  /// Keys and ids are of one kind: the same text is the same message.
  std::string id_of(const DedupPublish& m) const {
    if (!m.key.empty()) return m.key;
    return looks_at_ids ? m.id : std::string();
  }

  Known knows_id(const DedupPublish& m, std::int64_t wall_ms) const {
    const std::string id = id_of(m);
    const auto newest = std::find_if(log.rbegin(), log.rend(),
                                     [&](const Stored& s) { return !id.empty() && s.id == id; });
    if (newest == log.rend() || newest->until_wall_ms <= wall_ms) return Known::no;
    // A clock that was set back: what was forgotten meanwhile is not known again.
    return newest->was_over ? Known::perhaps : Known::yes;
  }

  bool knows_sequence(const DedupPublish& m) const {
    if (m.producer.empty()) return false;
    const auto of_producer = [&](const Stored& s) {
      return s.message.producer == m.producer && s.message.sequence >= m.sequence;
    };
    if (std::none_of(log.begin(), log.end(), of_producer)) return false;
    const auto at = refused_.find(m.producer);
    if (at == refused_.end()) return true;
    return !at->second.told.contains(m.sequence) && !at->second.untold.contains(m.sequence);
  }

  std::map<std::string, Refused> refused_;
};

}  // namespace rialto::sim
