#include "core/broker/broker.h"
#include "core/catalog/decide.h"
#include "core/catalog/names.h"

#include <algorithm>
#include <tuple>
#include <utility>

/// Requests about exchanges and bindings.
namespace rialto {

template <>
void handle<DeclareExchange>(Broker& b, SessionId id, DeclareExchange what,
                             Reply<DeclareExchange::Answer> reply) {
  const ExchangeDeclaration command{b.vhost_of(id), what.name,     what.type,
                                    what.passive,   what.durable,  what.auto_delete,
                                    what.internal,  what.arguments};
  const Result<CatalogFrame> frame = decide_declare_exchange(b.catalog_, command);
  if (!frame) return reply(frame.error());
  b.change(*frame,
           [created = !is_no_op(*frame), reply] { reply(DeclareExchange::Answer{created}); });
}

template <>
void handle<DeleteExchange>(Broker& b, SessionId id, DeleteExchange what,
                            Reply<DeleteExchange::Answer> reply) {
  const Result<CatalogFrame> frame =
      decide_delete_exchange(b.catalog_, {b.vhost_of(id), what.name, what.if_unused});
  if (!frame) return reply(frame.error());
  b.change(*frame, [reply] { reply(DeleteExchange::Answer{}); });
}

template <>
void handle<BindQueue>(Broker& b, SessionId id, BindQueue what, Reply<BindQueue::Answer> reply) {
  const Result<CatalogFrame> frame = decide_bind(
      b.catalog_,
      {id, b.vhost_of(id), what.exchange, what.queue, what.routing_key, what.arguments});
  if (!frame) return reply(frame.error());
  b.change(*frame, [reply] { reply(BindQueue::Answer{}); });
}

template <>
void handle<UnbindQueue>(Broker& b, SessionId id, UnbindQueue what,
                         Reply<UnbindQueue::Answer> reply) {
  const Result<CatalogFrame> frame = decide_unbind(
      b.catalog_,
      {id, b.vhost_of(id), what.exchange, what.queue, what.routing_key, what.arguments});
  if (!frame) return reply(frame.error());
  b.change(*frame, [reply] { reply(UnbindQueue::Answer{}); });
}

template <>
void handle<BindExchange>(Broker& b, SessionId id, BindExchange what,
                          Reply<BindExchange::Answer> reply) {
  const Result<CatalogFrame> frame = decide_bind(
      b.catalog_,
      {id, b.vhost_of(id), what.source, what.exchange, what.routing_key, what.arguments, true});
  if (!frame) return reply(frame.error());
  b.change(*frame, [reply] { reply(BindExchange::Answer{}); });
}

template <>
void handle<UnbindExchange>(Broker& b, SessionId id, UnbindExchange what,
                            Reply<UnbindExchange::Answer> reply) {
  const Result<CatalogFrame> frame = decide_unbind(
      b.catalog_,
      {id, b.vhost_of(id), what.source, what.exchange, what.routing_key, what.arguments, true});
  if (!frame) return reply(frame.error());
  b.change(*frame, [reply] { reply(UnbindExchange::Answer{}); });
}

namespace {

ExchangeInfo info_of(const ExchangeRecord& e, std::string policy) {
  return {e.name,     std::string(exchange_type_name(e)), e.durable, e.auto_delete,
          e.internal, arguments_of(e.arguments),          e.vhost,   std::move(policy)};
}

BindingInfo info_of(const Catalog& catalog, const ExchangeRecord& source,
                    const BindingRecord& binding) {
  BindingInfo info;
  info.vhost = source.vhost;
  info.source = source.name;
  info.routing_key = binding.routing_key;
  info.arguments = arguments_of(binding.arguments);
  const ExchangeRecord* to = catalog.exchange(binding.destination);
  const QueueRecord* queue = catalog.queue(binding.queue);
  info.to_exchange = to != nullptr;
  info.destination = to ? to->name : queue ? queue->name : std::string();
  return info;
}

}  // namespace

template <>
void handle<ListExchanges>(Broker& b, SessionId id, ListExchanges what,
                           Reply<ListExchanges::Answer> reply) {
  const std::string& vhost = b.vhost_of(id);
  ListExchanges::Answer all;
  for (const auto& [exchange_id, exchange] : b.catalog_.exchanges()) {
    if (!what.everywhere && exchange.vhost != vhost) continue;
    all.push_back(info_of(exchange, b.policy_name_of(exchange)));
  }
  std::sort(all.begin(), all.end(), [](const ExchangeInfo& x, const ExchangeInfo& y) {
    return std::tie(x.vhost, x.name) < std::tie(y.vhost, y.name);
  });
  b.ledger_.when_durable(b.last_catalog_ticket_, [reply, all] { reply(all); });
}

template <>
void handle<DescribeExchange>(Broker& b, SessionId id, DescribeExchange what,
                              Reply<DescribeExchange::Answer> reply) {
  const std::string& vhost = b.vhost_of(id);
  const ExchangeRecord* exchange = b.catalog_.exchange(vhost, what.name);
  if (!exchange) return reply(no_such_exchange(what.name, vhost));
  b.ledger_.when_durable(
      b.last_catalog_ticket_,
      [reply, info = info_of(*exchange, b.policy_name_of(*exchange))] { reply(info); });
}

template <>
void handle<ListBindings>(Broker& b, SessionId id, ListBindings what,
                          Reply<ListBindings::Answer> reply) {
  const std::string& vhost = b.vhost_of(id);
  const ExchangeRecord* source = b.catalog_.exchange(vhost, what.exchange);
  if (!source) return reply(no_such_exchange(what.exchange, vhost));
  ListBindings::Answer all;
  for (const BindingId binding : b.catalog_.bindings_from(source->id))
    all.push_back(info_of(b.catalog_, *source, *b.catalog_.binding(binding)));
  b.ledger_.when_durable(b.last_catalog_ticket_, [reply, all] { reply(all); });
}

template <>
void handle<ListEveryBinding>(Broker& b, SessionId id, ListEveryBinding what,
                              Reply<ListEveryBinding::Answer> reply) {
  const std::string& vhost = b.vhost_of(id);
  ListEveryBinding::Answer all;
  for (const auto& [queue_id, queue] : b.catalog_.queues()) {
    if (queue.type == QueueType::delay) continue;
    if (!what.everywhere && queue.vhost != vhost) continue;
    BindingInfo& info = all.emplace_back();
    info.vhost = queue.vhost;
    info.destination = queue.name;
    info.routing_key = queue.name;
  }
  for (const auto& [binding_id, binding] : b.catalog_.bindings()) {
    const ExchangeRecord* source = b.catalog_.exchange(binding.source);
    if (!source || (!what.everywhere && source->vhost != vhost)) continue;
    all.push_back(info_of(b.catalog_, *source, binding));
  }
  b.ledger_.when_durable(b.last_catalog_ticket_, [reply, all] { reply(all); });
}

}  // namespace rialto
