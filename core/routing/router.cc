#include "core/routing/router.h"

#include "core/base/check.h"

#include <algorithm>
#include <utility>

namespace rialto {

void Router::changed() {
  ++version_;
  cache_.clear();
  stale_ = true;
}

void Router::add_exchange(const ExchangeRecord& exchange) {
  if (exchanges_.contains(exchange.id)) return;
  exchanges_.emplace(exchange.id, ExchangeTable(exchange));
  exchange_by_name_[exchange.name] = exchange.id;
  changed();
}

void Router::add_queue(const QueueRecord& queue) {
  queue_names_[queue.id] = queue.name;
  queue_by_name_[queue.name] = queue.id;
  changed();
}

void Router::add_topic(const TopicRecord& topic) {
  topic_names_[topic.id] = topic.name;
  topic_by_name_[topic.name] = topic.id;
  changed();
}

void Router::add_binding(const BindingRecord& binding) {
  if (bindings_.contains(binding.id)) return;
  const auto source = exchanges_.find(binding.source);
  RIALTO_CHECK(source != exchanges_.end(), "an exchange comes before its bindings");
  bindings_.emplace(binding.id, binding);
  source->second.add(binding.routing_key, target_of(binding));
  changed();
}

void Router::remove_exchange(ExchangeId exchange) {
  const auto found = exchanges_.find(exchange);
  if (found == exchanges_.end()) return;
  exchange_by_name_.erase(found->second.name());
  exchanges_.erase(found);
  changed();
}

void Router::remove_queue(QueueId queue) {
  const auto found = queue_names_.find(queue);
  if (found == queue_names_.end()) return;
  queue_by_name_.erase(found->second);
  queue_names_.erase(found);
  changed();
}

void Router::remove_topic(TopicId topic) {
  const auto found = topic_names_.find(topic);
  if (found == topic_names_.end()) return;
  topic_by_name_.erase(found->second);
  topic_names_.erase(found);
  changed();
}

void Router::remove_binding(BindingId binding) {
  const auto found = bindings_.find(binding);
  if (found == bindings_.end()) return;
  const auto source = exchanges_.find(found->second.source);
  if (source != exchanges_.end()) {
    source->second.remove(found->second.routing_key, target_of(found->second));
  }
  bindings_.erase(found);
  changed();
}

Route Router::route(Bytes exchange, Bytes routing_key) {
  const auto hit = cache_.find(RouteKeyView{exchange, routing_key});
  if (hit != cache_.end()) return hit->second;
  const Route route = resolve(exchange, routing_key);
  // A name that does not exist is not worth an entry: the publisher is about to be refused.
  if (route.destinations == nullptr) return route;
  if (cache_.size() >= cached_routes_max) cache_.clear();
  cache_.emplace(RouteKey{std::string(exchange), std::string(routing_key)}, route);
  return route;
}

Route Router::resolve(Bytes exchange, Bytes routing_key) {
  if (exchange.empty()) return {&*sets_.insert(by_name(routing_key)).first, false};
  const auto found = exchange_by_name_.find(exchange);
  if (found == exchange_by_name_.end()) return {};
  const bool internal = exchanges_.at(found->second).internal();
  return {&*sets_.insert(by_bindings(found->second, routing_key)).first, internal};
}

DestinationSet Router::by_name(Bytes name) const {
  if (const auto queue = queue_by_name_.find(name); queue != queue_by_name_.end()) {
    return {{{queue->second, TopicId(0)}}};
  }
  if (const auto topic = topic_by_name_.find(name); topic != topic_by_name_.end()) {
    return {{{QueueId(0), topic->second}}};
  }
  return {};
}

/// Follows exchange-to-exchange bindings too; each exchange is asked once, so circles end.
DestinationSet Router::by_bindings(ExchangeId exchange, Bytes routing_key) const {
  DestinationSet out;
  std::vector<ExchangeId> asked{exchange};
  std::vector<Target> targets;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto table = exchanges_.find(asked[i]);
    if (table == exchanges_.end()) continue;
    targets.clear();
    table->second.match(routing_key, targets);
    for (const Target& target : targets) {
      if (target.queue.get() != 0) {
        out.list.push_back({target.queue, TopicId(0)});
      } else if (std::find(asked.begin(), asked.end(), target.exchange) == asked.end()) {
        asked.push_back(target.exchange);
      }
    }
  }
  std::sort(out.list.begin(), out.list.end());
  out.list.erase(std::unique(out.list.begin(), out.list.end()), out.list.end());
  return out;
}

void Router::sweep() {
  if (!stale_ && sets_.size() <= kept_sets_max) return;
  cache_.clear();
  sets_.clear();
  stale_ = false;
}

}  // namespace rialto
