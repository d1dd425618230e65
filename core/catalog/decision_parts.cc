#include "core/catalog/decision_parts.h"

#include "core/model/field_table.h"

#include <algorithm>
#include <map>
#include <utility>

namespace rialto {

namespace {

template <class Id>
bool is_listed(const std::vector<Id>& ids, Id id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

void remove_bindings(const Catalog& catalog, std::vector<BindingId> bindings, CatalogFrame& frame) {
  std::map<ExchangeId, std::size_t> taken;
  while (!bindings.empty()) {
    for (const BindingId id : bindings) {
      frame.removed_bindings.push_back(id);
      ++taken[catalog.binding(id)->source];
    }
    bindings.clear();
    for (const auto& [source, count] : taken) {
      const ExchangeRecord* exchange = catalog.exchange(source);
      if (exchange == nullptr || !exchange->auto_delete) continue;
      if (is_listed(frame.removed_exchanges, source)) continue;
      if (catalog.bindings_from(source).size() != count) continue;
      frame.removed_exchanges.push_back(source);
      for (const BindingId id : catalog.bindings_to(source)) {
        if (!is_listed(frame.removed_bindings, id)) bindings.push_back(id);
      }
    }
    std::sort(bindings.begin(), bindings.end());
    bindings.erase(std::unique(bindings.begin(), bindings.end()), bindings.end());
  }
}

void remove_exchange(const Catalog& catalog, ExchangeId exchange, CatalogFrame& frame) {
  frame.removed_exchanges.push_back(exchange);
  std::vector<BindingId> bindings = catalog.bindings_to(exchange);
  for (const BindingId id : catalog.bindings_from(exchange)) {
    if (!is_listed(bindings, id)) bindings.push_back(id);
  }
  remove_bindings(catalog, std::move(bindings), frame);
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
