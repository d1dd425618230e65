#include "core/broker/broker.h"

namespace rialto {

template <>
void handle<ReadStats>(Broker& b, SessionId, ReadStats, Reply<ReadStats::Answer> reply) {
  StatsSnapshot now = b.stats_;
  now.partitions = b.partitions_.size();
  now.dedup_ids = b.seen_ids_;
  now.stored_bytes = b.engine_.stored_bytes();
  for (const auto& [id, queue] : b.queues_) {
    const QueueCounts counts = b.counts_of(*queue);
    if (queue->delayed) {
      now.delayed += counts.ready;
      continue;
    }
    now.unacked += counts.unacked;
    now.blocked += queue->machine.blocked_count();
    now.consumers += queue->machine.consumer_count();
    if (queue->reader_of != QueueId(0)) continue;
    ++now.queues;
    now.backlog[static_cast<std::size_t>(Model::queue)] += counts.ready;
  }
  for (const auto& [id, topic] : b.catalog_.topics()) {
    if (topic.of_queue) continue;
    ++now.topics;
    for (const PartitionId p : topic.partitions) {
      const PartitionState* state = b.partition(p);
      if (!state) continue;
      now.backlog[static_cast<std::size_t>(Model::topic)] +=
          static_cast<std::uint64_t>(state->marks.high_watermark() - state->marks.log_start());
    }
  }
  reply(now);
}

}  // namespace rialto
