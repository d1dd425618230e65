#include "core/broker/broker.h"
#include "core/catalog/decide.h"
#include "core/model/start_point.h"

#include <algorithm>
#include <utility>

/// Declarations, and where the queues begin that show the log of a topic.
namespace rialto {

/// Where to begin in each of some partitions, one after the other.
struct Broker::StartSearch {
  std::vector<PartitionId> partitions;
  StartPoint at;
  std::vector<Offset> found;
  StartsFound then;
};

void Broker::declare(SessionId id, const QueueDeclaration& command,
                     Reply<DeclareQueue::Answer> reply,
                     const std::optional<std::vector<Offset>>& starts) {
  Result<CatalogFrame> frame = decide_declare_queue(catalog_, command);
  if (!frame) return reply(frame.error());
  const bool created = !frame->queues.empty() && !catalog_.queue(command.vhost, command.name);
  if (const TopicRecord* source = created ? catalog_.topic(frame->queues[0].source) : nullptr) {
    if (!starts) {
      const FieldValue* from = command.arguments.find("x-start");
      return find_starts(source->partitions,
                         from ? subscription_start(*from).value_or(StartPoint()) : StartPoint(),
                         [this, id, command, reply](Result<std::vector<Offset>> found) {
                           if (!found) return reply(found.error());
                           if (session(id)) declare(id, command, reply, *found);
                         });
    }
    frame->queues[0].starts = *starts;
  }
  auto then = [this, name = command.name, vhost = command.vhost, created, reply] {
    const QueueRecord* record = catalog_.queue(vhost, name);
    QueueView* queue = record ? view(record->id) : nullptr;
    if (!queue) return reply(DeclareQueue::Answer{name, {}, created});  // a topic, or gone again
    touch(*queue);
    ledger_.when_durable(barrier(*queue), [this, queue_id = record->id, name, created, reply] {
      const QueueView* now = attended(queue_id);
      reply(DeclareQueue::Answer{name, now ? counts_of(*now) : QueueCounts(), created});
    });
  };
  change(*frame, then);
  const QueueRecord* record = catalog_.queue(command.vhost, command.name);
  if (created && record && record->exclusive) {
    catalog_.set_owner(record->id, id);
    if (SessionState* s = session(id)) s->exclusive.push_back(record->id);
  }
}

void Broker::find_starts(std::vector<PartitionId> partitions, const StartPoint& at,
                         StartsFound then) {
  auto search = std::make_shared<StartSearch>();
  search->partitions = std::move(partitions);
  search->at = at;
  if (at.kind == StartPoint::Kind::age) {
    search->at.kind = StartPoint::Kind::time;
    search->at.time_ms = std::max<std::int64_t>(wall_.get() - at.age_ms, 0);
  }
  search->then = std::move(then);
  go_on(search);
}

void Broker::go_on(const std::shared_ptr<StartSearch>& search) {
  while (search->found.size() < search->partitions.size()) {
    PartitionState* p = partition(search->partitions[search->found.size()]);
    const std::optional<Offset> start = p ? start_in(*p, search) : Offset(0);
    if (!start) return;
    search->found.push_back(*start);
  }
  search->then(std::move(search->found));
}

std::optional<Offset> Broker::start_in(PartitionState& p,
                                       const std::shared_ptr<StartSearch>& search) {
  packer_.seal(p);
  const Offset first = p.stored_from();
  const Offset end = p.marks.high_watermark();
  switch (search->at.kind) {
    case StartPoint::Kind::earliest: return first;
    case StartPoint::Kind::latest: return p.marks.log_end();
    case StartPoint::Kind::offset: return std::clamp(search->at.offset, first, p.marks.log_end());
    case StartPoint::Kind::last_batch:
      if (end <= first) return p.marks.log_end();
      read({ReadSpec{p.id, end - 1, end, 1}, std::nullopt},
           [this, search, first, end](Result<std::vector<StoredBatch>> batches, const OffsetRun&) {
             if (!batches) return search->then(batches.error());
             search->found.push_back(
                 batches->empty() ? end : std::max(first, batches->front().base_offset));
             go_on(search);
           });
      return std::nullopt;
    case StartPoint::Kind::time:
    case StartPoint::Kind::age:
      list_by_time(p, search->at.time_ms, [this, search, end](Result<ListOffset::Answer> found) {
        if (!found) return search->then(found.error());
        search->found.push_back(found->offset == no_offset ? end : found->offset);
        go_on(search);
      });
      return std::nullopt;
  }
  return first;
}

}  // namespace rialto
