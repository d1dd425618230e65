#include "core/broker/broker.h"
#include "core/catalog/decide.h"

#include <algorithm>

/// Requests about topics and their partitions.
namespace rialto {

PartitionInfo Broker::info_of(const PartitionState& p) const {
  return PartitionInfo{p.id,
                       engine_.epoch(),
                       p.marks.log_start(),
                       p.marks.last_stable(),
                       p.marks.high_watermark(),
                       p.marks.log_end()};
}

TopicInfo Broker::info_of(const TopicRecord& topic) {
  TopicInfo info;
  info.id = topic.id;
  info.name = topic.name;
  info.of_queue = topic.of_queue;
  info.keep = topic.keep;
  info.configs = topic.configs;
  for (const PartitionId id : topic.partitions) {
    if (const PartitionState* p = partition(id)) info.partitions.push_back(info_of(*p));
  }
  return info;
}

template <>
void handle<DescribeTopics>(Broker& b, SessionId id, DescribeTopics what,
                            Reply<DescribeTopics::Answer> reply) {
  const std::string vhost = b.vhost_of(id);
  if (what.all) {
    for (const auto& [topic_id, topic] : b.catalog_.topics()) {
      if (topic.vhost == vhost) what.names.push_back(topic.name);
    }
    std::sort(what.names.begin(), what.names.end());
  }
  std::vector<Error> refused(what.names.size());
  CatalogFrame made;
  for (std::size_t i = 0; i < what.names.size(); ++i) {
    if (b.catalog_.topic(vhost, what.names[i])) continue;
    refused[i] = Error(Errc::not_found, "no topic '" + what.names[i] + "'");
    if (!what.create || !b.options_.auto_create_topics) continue;
    const Result<CatalogFrame> frame =
        decide_create_topic(b.catalog_, {vhost, what.names[i], b.options_.default_partitions, {}});
    refused[i] = frame ? Error() : frame.error();
    if (frame) b.change(*frame, nullptr);
  }
  auto answer = [&b, vhost, names = std::move(what.names), refused = std::move(refused), reply] {
    DescribeTopics::Answer all;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const TopicRecord* topic = b.catalog_.topic(vhost, names[i]);
      all.push_back(topic ? b.info_of(*topic) : TopicInfo());
      all.back().name = names[i];
      if (!topic)
        all.back().error = refused[i].code == Errc::ok ? Errc::not_found : refused[i].code;
    }
    reply(std::move(all));
  };
  // Names that were just made, by whomever, are told when they are durable.
  b.ledger_.when_durable(b.last_catalog_ticket_, answer);
}

template <>
void handle<CreateTopic>(Broker& b, SessionId id, CreateTopic what,
                         Reply<CreateTopic::Answer> reply) {
  const std::string vhost = b.vhost_of(id);
  if (what.partitions == -1) what.partitions = b.options_.default_partitions;
  const Result<CatalogFrame> frame =
      decide_create_topic(b.catalog_, {vhost, what.name, what.partitions, what.configs});
  if (!frame) return reply(frame.error());
  if (what.validate_only) {
    TopicInfo info;
    info.name = what.name;
    info.configs = what.configs;
    info.partitions.resize(static_cast<std::size_t>(what.partitions));
    return reply(std::move(info));
  }
  b.change(*frame, [&b, vhost, name = what.name, reply] {
    const TopicRecord* topic = b.catalog_.topic(vhost, name);
    if (!topic) return reply(Error(Errc::not_found, "the topic was deleted meanwhile"));
    reply(b.info_of(*topic));
  });
}

template <>
void handle<DeleteTopic>(Broker& b, SessionId id, DeleteTopic what,
                         Reply<DeleteTopic::Answer> reply) {
  const Result<CatalogFrame> frame = decide_delete_topic(b.catalog_, {b.vhost_of(id), what.name});
  if (!frame) return reply(frame.error());
  b.change(*frame, [reply] { reply(DeleteTopic::Answer{}); });
}

namespace {

ListOffset::Answer first_at_time(const std::vector<StoredBatch>& batches, std::int64_t at_least,
                                 Offset log_start, Epoch epoch) {
  ListOffset::Answer answer;
  answer.leader_epoch = epoch;
  for (const StoredBatch& stored : batches) {
    const auto plain = uncompressed_batch(stored.batch);
    if (!plain) continue;
    std::uint32_t position = batch_header_bytes;
    while (position < plain->size()) {
      const auto at = record_at(plain->bytes(), position, stored.base_offset);
      if (!at) break;
      if (at->record.timestamp_ms >= at_least && at->record.offset >= log_start) {
        answer.offset = at->record.offset;
        answer.timestamp_ms = at->record.timestamp_ms;
        return answer;
      }
      position = at->next;
    }
  }
  return answer;
}

}  // namespace

void Broker::list_by_time(PartitionState& p, std::int64_t timestamp_ms,
                          Reply<ListOffset::Answer> reply) {
  const Epoch epoch = engine_.epoch();
  const ReadSpec where{p.id, p.marks.log_start(), p.marks.last_stable(), 0};
  read({where, timestamp_ms}, [reply, timestamp_ms, epoch, where](
                                  Result<std::vector<StoredBatch>> batches, const OffsetRun&) {
    if (!batches) return reply(batches.error());
    auto answer = first_at_time(*batches, timestamp_ms, where.from, epoch);
    if (answer.offset >= where.below) answer = ListOffset::Answer{no_offset, -1, epoch};
    reply(answer);
  });
}

template <>
void handle<ListOffset>(Broker& b, SessionId id, ListOffset what, Reply<ListOffset::Answer> reply) {
  constexpr std::int64_t latest = -1;
  constexpr std::int64_t earliest = -2;
  constexpr std::int64_t greatest = -3;
  const std::string vhost = b.vhost_of(id);
  PartitionState* p = b.partition(vhost, what.topic, what.partition);
  if (!p) {
    return reply(Error(Errc::not_found, "no partition " + std::to_string(what.partition.get()) +
                                            " of topic '" + what.topic + "'"));
  }
  const Epoch epoch = b.engine_.epoch();
  if (what.timestamp_ms == earliest) {
    return reply(ListOffset::Answer{p->marks.log_start(), -1, epoch});
  }
  b.ledger_.when_durable(b.barrier(*p), [&b, vhost, what, epoch, reply] {
    PartitionState* now = b.partition(vhost, what.topic, what.partition);
    if (!now) return reply(Error(Errc::not_found, "the topic was deleted meanwhile"));
    if (what.timestamp_ms == latest) {
      return reply(ListOffset::Answer{now->marks.last_stable(), -1, epoch});
    }
    if (what.timestamp_ms != greatest) return b.list_by_time(*now, what.timestamp_ms, reply);
    b.list_by_time(*now, now->max_timestamp_ms, reply);
  });
}

}  // namespace rialto
