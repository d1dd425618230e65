#include "core/broker/broker.h"
#include "core/catalog/decide.h"

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
  b.change(*frame, [reply] { reply(DeclareExchange::Answer{}); });
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

}  // namespace rialto
