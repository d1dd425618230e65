#include "core/broker/broker.h"
#include "core/partition/retention.h"

#include <algorithm>
#include <map>
#include <optional>

/// Which storage is alive: log starts move by journalled trims, and the oldest slots in which
/// nothing is alive go back to the pool.
namespace rialto {

namespace {

std::int64_t config_number(const TopicRecord& topic, const char* name, std::int64_t otherwise) {
  for (const TopicConfig& config : topic.configs) {
    if (config.name == name) return std::strtoll(config.value.c_str(), nullptr, 10);
  }
  return otherwise;
}

bool unsettled_in(const PartitionState& p, Offset first, Offset last) {
  for (const QueueView* queue : p.views) {
    if (!queue->holds) continue;
    for (const OffsetRun& run : queue->machine.unsettled_below(p.id, last + 1)) {
      if (run.last >= first) return true;
    }
  }
  return false;
}

using Starts = std::map<PartitionId, Offset>;

/// Where each topic's partitions should start by their retention.
Starts by_retention(const std::vector<StorageUnit>& units,
                    const std::function<const TopicRecord*(PartitionId)>& topic_of,
                    const std::function<const PartitionState*(PartitionId)>& state_of,
                    std::int64_t retention_ms, WallMs now) {
  std::map<PartitionId, std::vector<RetainedUnit>> held;
  for (const StorageUnit& unit : units) {
    for (const StorageUnit::Held& h : unit.held) {
      const auto share = static_cast<std::int64_t>(unit.bytes / unit.held.size());
      held[h.partition].push_back(RetainedUnit{h.first, h.last, share, h.max_timestamp_ms});
    }
  }
  Starts starts;
  for (const auto& [id, retained] : held) {
    const TopicRecord* topic = topic_of(id);
    const PartitionState* p = state_of(id);
    if (!topic || !p || topic->keep != Keep::time_size) continue;
    const RetentionPolicy policy{config_number(*topic, "retention.ms", retention_ms),
                                 config_number(*topic, "retention.bytes", -1)};
    const Offset start =
        retention_start(policy, retained, 0, p->marks.log_start(), p->marks.high_watermark(), now);
    if (start > p->marks.log_start()) starts[id] = start;
  }
  return starts;
}

}  // namespace

void Broker::reclaim() {
  if (reclaiming_) return;
  const std::vector<StorageUnit> units = engine_.closed_units();
  if (units.empty()) return;
  Starts starts = by_retention(
      units,
      [this](PartitionId id) {
        const PartitionState* p = partition(id);
        return p ? catalog_.topic(p->topic) : nullptr;
      },
      [this](PartitionId id) { return partition(id); }, options_.topic_retention_ms, wall_);
  std::uint64_t stored = engine_.stored_bytes();
  std::optional<std::uint64_t> release_to;
  for (const StorageUnit& unit : units) {
    const bool over_history = stored > options_.history_bytes;
    const bool dead = std::all_of(unit.held.begin(), unit.held.end(), [&](const auto& h) {
      const PartitionState* p = partition(h.partition);
      if (!p) return true;
      if (unsettled_in(*p, h.first, h.last)) return false;
      if (p->is_volatile || p->marks.log_start() > h.last) return true;
      const auto start = starts.find(h.partition);
      return p->keep == Keep::none ? over_history : start != starts.end() && start->second > h.last;
    });
    if (!dead) break;
    for (const StorageUnit::Held& h : unit.held) {
      const PartitionState* p = partition(h.partition);
      if (!p || p->is_volatile || p->marks.log_start() > h.last) continue;
      Offset& start = starts[h.partition];
      start = std::max(start, h.last + 1);
    }
    stored -= std::min(stored, unit.bytes);
    release_to = unit.number;
  }
  if (starts.empty() && !release_to) return;
  TrimFrame frame;
  for (const auto& [id, start] : starts)
    frame.entries.push_back(TrimEntry{id, start});
  release(std::move(frame), release_to);
}

/// Readers learn of the new log starts before the bytes go, and nothing goes that a power cut
/// could call back: neither a settlement nor the removal of a queue.
void Broker::release(TrimFrame trims, std::optional<std::uint64_t> up_to_unit) {
  reclaiming_ = true;
  for (const TrimEntry& entry : trims.entries) {
    partition(entry.partition)->trimming_to = entry.log_start;
  }
  auto finish = [this, trims, up_to_unit] {
    reclaiming_ = false;
    trim(trims);
    if (up_to_unit) engine_.release_units(*up_to_unit);
  };
  if (!trims.entries.empty()) {
    stage_frame(trims, Haste::durable, finish);
    return;
  }
  stage_settlements(Haste::durable);
  ledger_.when_durable(engine_.last_staged(), finish);
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
  Offset keep_from = p.marks.log_start();
  for (const QueueView* queue : p.views) {
    // Stragglers: unsettled records below the log start are there for their queue only.
    if (queue->holds) keep_from = std::min(keep_from, queue->machine.floor(p.id));
  }
  engine_.trim(p.id, keep_from);
}

/// Producers that are long gone. A replay may bring some back; they are forgotten again.
void Broker::expire_producers() {
  constexpr std::int64_t idle_ms_max = 24LL * 3600 * 1000;
  for (auto& [id, state] : partitions_) {
    state->producers.expire(WallMs(wall_.get() - idle_ms_max));
  }
}

}  // namespace rialto
