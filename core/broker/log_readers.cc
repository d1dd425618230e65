#include "core/broker/broker.h"
#include "core/catalog/queue_arguments.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

/// Consumers that read a log and take nothing out of the queue: each has a view of its own over
/// the partitions, which ends with it and holds no storage.
namespace rialto {

namespace {

// Ids of views that are in no catalogue. Those of volatile objects have the top bit alone.
constexpr std::uint64_t reader_id_bits = std::uint64_t{3} << 62;

/// In the words of RabbitMQ's streams.
std::optional<Error> why_not_read(const Consume& what, const QueueView& of, bool shares_prefetch) {
  if (of.record.type != QueueType::stream) return std::nullopt;
  const std::string object = "queue '" + of.record.name + "' in vhost '" + of.record.vhost + "'";
  if (what.no_ack) {
    return Error(Errc::not_supported,
                 "automatic acknowledgement not supported by stream " + object);
  }
  if (shares_prefetch) {
    return Error(Errc::not_supported, object + " of type stream does not support global qos");
  }
  if (what.exclusive) {
    return Error(Errc::not_supported, "exclusive consumers not supported by stream " + object);
  }
  if (what.priority) {
    return Error(Errc::invalid_argument,
                 fmt::format("invalid arg 'x-priority' for {} of queue type {}", object,
                             rabbit_type_name(QueueType::stream)));
  }
  if (what.prefetch == 0) {
    return Error(Errc::invalid_argument, "consumer prefetch count is not set for stream " + object);
  }
  return std::nullopt;
}

}  // namespace

void Broker::read_log(SessionState& s, const Consume& what, const QueueView& of,
                      Reply<Consume::Answer> reply) {
  const bool shares_prefetch = s.shared_prefetch.contains(group_of(what.consumer));
  if (auto refused = why_not_read(what, of, shares_prefetch)) return reply(*refused);
  const QueueId reader(reader_id_bits | ++last_reader_);
  if (!s.consumers.emplace(what.consumer, reader).second) {
    return reply(Error(Errc::already_exists, "the session has such a consumer"));
  }
  std::vector<PartitionId> partitions;
  for (const QueueView::Source& source : of.sources)
    partitions.push_back(source.state->id);
  auto start = [this, id = s.id, what, reader, of_id = of.record.id,
                reply](Result<std::vector<Offset>> starts) {
    SessionState* who = session(id);
    if (!who) return;
    QueueView* log = view(of_id);
    // Cancelled meanwhile, or its log is another one by now: start_consumer() says so.
    const bool wanted = who->consumers.contains(what.consumer);
    if (!starts) {
      who->consumers.erase(what.consumer);
      return reply(starts.error());
    }
    if (wanted && log && log->sources.size() == starts->size()) add_reader(reader, *log, *starts);
    start_consumer(id, reader, what, reply);
  };
  // The records of a topic may be durable when the queue that shows them is not.
  ledger_.when_durable(of.made, [this, partitions, at = what.read_from.value_or(StartPoint()),
                                 start] { find_starts(partitions, at, start); });
}

void Broker::add_reader(QueueId id, QueueView& of, const std::vector<Offset>& starts) {
  auto& slot = queues_[id];
  slot = std::make_unique<QueueView>();
  slot->record.id = id;
  slot->record.vhost = of.record.vhost;
  slot->record.name = of.record.name;
  slot->record.type = of.record.type;
  slot->record.durable = false;
  slot->is_volatile = true;
  slot->holds = false;
  slot->reader_of = of.record.id;
  ++of.readers;
  for (std::size_t i = 0; i < of.sources.size(); ++i)
    show(*slot, *of.sources[i].state, starts[i], of.sources[i].log);
}

void Broker::remove_reader(QueueView& reader) {
  if (QueueView* of = view(reader.reader_of)) {
    --of->readers;
    touch(*of);
  }
  remove_queue_view(reader.record.id);
}

}  // namespace rialto
