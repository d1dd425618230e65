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

void Router::set_policy_alternate(ExchangeId exchange, std::optional<std::string> name) {
  const auto found = exchanges_.find(exchange);
  if (found == exchanges_.end()) return;
  found->second.set_policy_alternate(std::move(name));
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
  source->second.add(binding);
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
    source->second.remove(found->second);
  }
  bindings_.erase(found);
  changed();
}

Route Router::route(Bytes exchange, Bytes routing_key) {
  const auto hit = cache_.find(RouteKeyView{exchange, routing_key});
  if (hit != cache_.end()) return hit->second;
  const Route route = this->route(exchange, RoutedMessage{{&routing_key, 1}, nullptr});
  // A name that does not exist is not worth an entry: the publisher is about to be refused.
  if (route.destinations == nullptr) return route;
  if (cache_.size() >= cached_routes_max) cache_.clear();
  cache_.emplace(RouteKey{std::string(exchange), std::string(routing_key)}, route);
  return route;
}

Route Router::route(Bytes exchange, const RoutedMessage& message) {
  const auto found = exchange_by_name_.find(exchange);
  if (found == exchange_by_name_.end() && !exchange.empty()) return {};
  DestinationSet set;
  Route route;
  if (exchange.empty()) {
    for (const Bytes key : message.keys)
      add_by_name(key, set.list);
  } else {
    route.internal = exchanges_.at(found->second).internal();
    route.by_headers = !add_by_bindings(found->second, message, set.list);
    if (route.by_headers) set.list.clear();
  }
  std::sort(set.list.begin(), set.list.end());
  set.list.erase(std::unique(set.list.begin(), set.list.end()), set.list.end());
  route.destinations = &*sets_.insert(std::move(set)).first;
  return route;
}

void Router::add_by_name(Bytes name, std::vector<Destination>& out) const {
  if (const auto queue = queue_by_name_.find(name); queue != queue_by_name_.end()) {
    out.push_back({queue->second, TopicId(0)});
  } else if (const auto topic = topic_by_name_.find(name); topic != topic_by_name_.end()) {
    out.push_back({QueueId(0), topic->second});
  }
}

/// Follows bindings to exchanges and alternate exchanges; each exchange is asked once, so circles
/// end. An alternate exchange gets what nothing at all is bound for, another exchange included.
bool Router::add_by_bindings(ExchangeId exchange, const RoutedMessage& message,
                             std::vector<Destination>& out) const {
  std::vector<ExchangeId> asked{exchange};
  const auto ask = [&](ExchangeId next) {
    if (std::find(asked.begin(), asked.end(), next) == asked.end()) asked.push_back(next);
  };
  bool known = true;
  std::vector<Target> targets;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto at = exchanges_.find(asked[i]);
    if (at == exchanges_.end()) continue;
    const ExchangeTable& table = at->second;
    if (table.name().empty()) {
      for (const Bytes key : message.keys)
        add_by_name(key, out);
      continue;
    }
    known = known && (message.headers != nullptr || !table.by_headers());
    targets.clear();
    table.match(message, targets);
    for (const Target& target : targets) {
      if (target.queue.get() != 0) {
        out.push_back({target.queue, TopicId(0)});
      } else {
        ask(target.exchange);
      }
    }
    // The default exchange has no bindings that an alternate could ask for, as in RabbitMQ.
    const bool has_alternate = table.alternate() != nullptr && !table.alternate()->empty();
    if (!targets.empty() || !has_alternate) continue;
    const auto alternate = exchange_by_name_.find(*table.alternate());
    if (alternate != exchange_by_name_.end()) ask(alternate->second);
  }
  return known;
}

void Router::sweep() {
  if (!stale_ && sets_.size() <= kept_sets_max) return;
  cache_.clear();
  sets_.clear();
  stale_ = false;
}

}  // namespace rialto
