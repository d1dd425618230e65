#include "core/catalog/decision_parts.h"

#include "core/catalog/argument_text.h"

#include <map>
#include <utility>

namespace rialto {

void remove_bindings(const Catalog& catalog, const std::vector<BindingId>& bindings,
                     CatalogFrame& frame) {
  std::map<ExchangeId, std::size_t> taken;
  for (const BindingId id : bindings) {
    frame.removed_bindings.push_back(id);
    ++taken[catalog.binding(id)->source];
  }
  for (const auto& [source, count] : taken) {
    const ExchangeRecord* exchange = catalog.exchange(source);
    if (exchange == nullptr || !exchange->auto_delete) continue;
    if (catalog.bindings_from(source).size() == count) frame.removed_exchanges.push_back(source);
  }
}

CatalogFrame adoption_of(const Catalog& catalog, const TopicRecord& topic, QueueRecord queue) {
  FreshIds ids(catalog);
  queue.id = QueueId(ids.take(false));
  queue.partition = PartitionId(0);
  queue.topic = topic.id;
  TopicRecord adopted = topic;
  adopted.queue = queue.id;
  CatalogFrame frame;
  frame.topics.push_back(std::move(adopted));
  frame.queues.push_back(std::move(queue));
  return frame;
}

QueueRecord default_queue_of(const TopicRecord& topic) {
  QueueRecord out;
  out.vhost = topic.vhost;
  out.name = topic.name;
  out.arguments = stored_arguments({});
  return out;
}

}  // namespace rialto
