#include "core/broker/broker.h"
#include "core/partition/retention.h"

#include <algorithm>
#include <utility>

/// Which storage goes back: log starts move by journalled trims, and a unit of which nothing is
/// kept any more is released.
namespace rialto {

namespace {

std::int64_t config_number(const TopicRecord& topic, const char* name, std::int64_t otherwise) {
  for (const TopicConfig& config : topic.configs) {
    if (config.name == name) return std::strtoll(config.value.c_str(), nullptr, 10);
  }
  return otherwise;
}

bool any_waits_in(const PartitionState& p, Offset first, Offset last) {
  return std::any_of(p.views.begin(), p.views.end(), [&](const QueueView* queue) {
    return queue->holds && queue->machine.any_unsettled_in(p.id, first, last);
  });
}

Offset start_by_retention(const PartitionState& p, const RetentionPolicy& policy,
                          const std::vector<StoredRun>& runs, std::uint64_t open_unit, WallMs now) {
  std::vector<RetainedUnit> units;
  units.reserve(runs.size());
  std::int64_t open_bytes = 0;
  for (const StoredRun& run : runs) {
    const auto bytes = static_cast<std::int64_t>(run.bytes);
    if (run.unit == open_unit) {
      open_bytes = bytes;
    } else if (run.end > p.marks.log_start()) {
      units.push_back({run.first, run.end - 1, bytes, run.max_timestamp_ms});
    }
  }
  return retention_start(policy, units, open_bytes, p.marks.log_start(), p.marks.high_watermark(),
                         now);
}

/// Of a partition that keeps nothing for its own sake: behind the last unit that is no history and
/// in which nothing waits. What waits in front of it is there for its queue only.
Offset start_after_history(const PartitionState& p, const std::vector<StoredRun>& runs,
                           std::uint64_t history_from) {
  Offset start = p.marks.log_start();
  for (const StoredRun& run : runs) {
    if (run.unit >= history_from) break;
    if (run.end > start && !any_waits_in(p, std::max(run.first, start), run.end - 1)) {
      start = std::min(run.end, p.marks.high_watermark());
    }
  }
  return start;
}

/// A queue that retains its messages for a time shows how they ended as long.
void keep_settlements(Reclaiming& reclaiming, Offset start, const std::vector<StoredRun>& runs) {
  const auto kept =
      std::find_if(runs.begin(), runs.end(), [&](const auto& run) { return run.end > start; });
  // Not known for now: as before.
  const std::uint64_t from = kept == runs.end() ? reclaiming.settled_from : kept->unit;
  reclaiming.settled_from_so_far = std::min(reclaiming.settled_from_so_far, from);
}

}  // namespace

void Broker::reclaim() {
  const auto pause = reclaiming_.under_way ? Reclaiming::soon_ms : options_.reclaim_every_ms;
  reclaiming_.next = after_ms(now_, pause);
  if (reclaiming_.under_way) return;
  LogStarts starts;
  look_at_partitions(starts);
  shorten_history(starts);
  if (starts.empty()) return release_empty();
  TrimFrame frame;
  for (const auto& [id, start] : starts) {
    frame.entries.push_back(TrimEntry{id, start});
    // Readers learn of the new log starts before the bytes go.
    partition(id)->trimming_to = start;
  }
  reclaiming_.under_way = true;
  stage_frame(frame, Haste::durable, [this, frame] {
    reclaiming_.under_way = false;
    trim(frame);
    release_empty();
  });
}

/// Moves on over the oldest units, as long as nothing in them is history or there is too much.
void Broker::shorten_history(LogStarts& starts) {
  const std::uint64_t from = reclaiming_.history_from;
  // While it would make nothing empty, history stays.
  const bool over =
      engine_.stored_bytes() > options_.history_bytes && reclaiming_.settled_from > from;
  const auto is_history = [this](const StorageUnit::Held& held) {
    const PartitionState* p = partition(held.partition);
    return p && p->keep == Keep::none && !p->is_volatile && p->marks.log_start() <= held.last;
  };
  for (const StorageUnit& unit : engine_.closed_units(from)) {
    const bool history = std::any_of(unit.held.begin(), unit.held.end(), is_history);
    if (history && !over) break;
    reclaiming_.history_from = unit.number + 1;
    for (const StorageUnit::Held& held : unit.held) {
      PartitionState* p = partition(held.partition);
      if (!p) {
        engine_.drop(held.partition);  // it was deleted in an earlier life
      } else if (is_history(held)) {
        look_at(*p, starts);
      }
    }
    if (history) break;  // what is stored now is known when that is gone
  }
  if (reclaiming_.history_from != from) {
    reclaiming_.next = after_ms(now_, Reclaiming::soon_ms);
  }
}

void Broker::look_at_partitions(LogStarts& starts) {
  if (reclaiming_.round.empty()) {
    for (const auto& [id, state] : partitions_)
      reclaiming_.round.push_back(id);
    // What is settled from now on lies in this unit or a later one.
    reclaiming_.settled_from_so_far = engine_.open_unit();
  }
  std::size_t runs = 0;
  for (std::size_t n = 0; n < Reclaiming::partitions_max && runs < Reclaiming::runs_max; ++n) {
    if (reclaiming_.round.empty()) break;
    if (PartitionState* p = partition(reclaiming_.round.back())) runs += look_at(*p, starts);
    reclaiming_.round.pop_back();
  }
  if (reclaiming_.round.empty()) {
    reclaiming_.settled_from = reclaiming_.settled_from_so_far;
  } else {
    reclaiming_.next = after_ms(now_, Reclaiming::soon_ms);
  }
}

/// How many runs of records it has. `starts` gets where it should start, if that is elsewhere.
std::size_t Broker::look_at(PartitionState& p, LogStarts& starts) {
  trim_storage(p);
  if (p.is_volatile) return 0;
  const std::vector<StoredRun> runs = engine_.stored(p.id, p.marks.log_end());
  Offset start = p.marks.log_start();
  if (p.keep == Keep::none) {
    start = start_after_history(p, runs, reclaiming_.history_from);
  } else if (const TopicRecord* topic = catalog_.topic(p.topic);
             topic && topic->keep == Keep::time_size) {
    const RetentionPolicy policy{config_number(*topic, "retention.ms", options_.topic_retention_ms),
                                 config_number(*topic, "retention.bytes", -1)};
    start = start_by_retention(p, policy, runs, engine_.open_unit(), wall_);
    const bool young = policy.ms >= 0 && p.max_timestamp_ms >= wall_.get() - policy.ms;
    const bool settles = std::any_of(p.views.begin(), p.views.end(),
                                     [](const QueueView* queue) { return queue->holds; });
    if (topic->of_queue && settles && young) keep_settlements(reclaiming_, start, runs);
  }
  if (start > p.marks.log_start()) starts[p.id] = start;
  return runs.size();
}

/// Nothing goes that a power cut could call back: neither a settlement nor the removal of a queue.
void Broker::release_empty() {
  const std::vector<std::uint64_t> units =
      engine_.empty_units(std::min(reclaiming_.history_from, reclaiming_.settled_from));
  if (units.empty()) return;
  reclaiming_.under_way = true;
  stage_settlements(Haste::durable);
  ledger_.when_durable(engine_.last_staged(), [this, units] {
    reclaiming_.under_way = false;
    engine_.release_units(units);
  });
}

void Broker::trim(const TrimFrame& frame) {
  for (const TrimEntry& entry : frame.entries) {
    PartitionState* p = partition(entry.partition);
    if (!p || !p->marks.trim(entry.log_start)) continue;
    for (QueueView* queue : p->views) {
      if (!queue->holds) queue->machine.trimmed(p->id, p->marks.log_start());
    }
    trim_storage(*p);
  }
}

void Broker::trim_storage(const PartitionState& p) {
  KeptRecords kept;
  kept.partition = p.id;
  kept.log_end = p.marks.log_end();
  if (p.is_volatile) {
    // In slots that are full they are there for their queues only, in the open one for its readers.
    kept.log_start = kept.log_end;
    kept.first = Offset(0);
  } else {
    kept.log_start = kept.first = p.marks.log_start();
    for (const QueueView* queue : p.views) {
      if (queue->holds) kept.first = std::min(kept.first, queue->machine.floor(p.id));
    }
  }
  kept.any_waits_in = [&p](Offset first, Offset last) { return any_waits_in(p, first, last); };
  engine_.trim(kept);
}

/// Producers that are long gone. A replay may bring some back; they are forgotten again.
void Broker::expire_producers() {
  constexpr std::int64_t idle_ms_max = 24LL * 3600 * 1000;
  for (auto& [id, state] : partitions_) {
    state->producers.expire(WallMs(wall_.get() - idle_ms_max));
  }
}

}  // namespace rialto
