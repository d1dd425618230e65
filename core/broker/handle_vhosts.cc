#include "core/broker/broker.h"
#include "core/catalog/decide.h"
#include "core/catalog/names.h"

#include <algorithm>

/// Requests about vhosts. They name one, whatever the session's own is.
namespace rialto {

template <>
void handle<PutVhost>(Broker& b, SessionId, PutVhost what, Reply<PutVhost::Answer> reply) {
  const bool created = b.catalog_.vhost(what.name) == nullptr;
  const Result<CatalogFrame> frame =
      decide_put_vhost(b.catalog_, {what.name, what.description, what.tags});
  if (!frame) return reply(frame.error());
  b.change(*frame, [reply, created] { reply(PutVhost::Answer{created}); });
}

template <>
void handle<DeleteVhost>(Broker& b, SessionId, DeleteVhost what, Reply<DeleteVhost::Answer> reply) {
  const auto users = std::count_if(b.sessions_.begin(), b.sessions_.end(), [&](const auto& entry) {
    return entry.second->who.vhost == what.name;
  });
  const Result<CatalogFrame> frame = decide_delete_vhost(b.catalog_, what.name);
  if (!frame) return reply(frame.error());
  if (users != 0) {
    return reply(Error(Errc::in_use, "vhost '" + what.name + "' has " + std::to_string(users) +
                                         " open connections; close them first"));
  }
  b.change(*frame, [reply] { reply(DeleteVhost::Answer{}); });
}

template <>
void handle<FindVhost>(Broker& b, SessionId, FindVhost what, Reply<FindVhost::Answer> reply) {
  if (!b.catalog_.has_vhost(what.name)) {
    return reply(no_such_vhost(what.name));
  }
  // It may have been made a moment ago.
  b.ledger_.when_durable(b.last_catalog_ticket_, [&b, what, reply] {
    const VhostRecord* found = b.catalog_.vhost(what.name);
    if (!found) return reply(no_such_vhost(what.name));
    reply(FindVhost::Answer{found->name, found->description, found->tags});
  });
}

template <>
void handle<ListVhosts>(Broker& b, SessionId, ListVhosts, Reply<ListVhosts::Answer> reply) {
  b.ledger_.when_durable(b.last_catalog_ticket_, [&b, reply] {
    ListVhosts::Answer all;
    for (const auto& [name, vhost] : b.catalog_.vhosts())
      all.push_back({vhost.name, vhost.description, vhost.tags});
    reply(std::move(all));
  });
}

}  // namespace rialto
