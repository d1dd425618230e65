#include "core/broker/broker.h"
#include "core/catalog/decide.h"
#include "core/catalog/names.h"

#include <utility>

/// Requests about policies. They name a vhost, whatever the session's own is.
namespace rialto {

namespace {

PolicyInfo info_of(const PolicyRecord& policy) {
  return {policy.id.vhost, policy.id.name,
          policy.pattern,  std::string(policy_target_name(policy.apply_to)),
          policy.priority, arguments_of(policy.definition)};
}

}  // namespace

template <>
void handle<PutPolicy>(Broker& b, SessionId, PutPolicy what, Reply<PutPolicy::Answer> reply) {
  const bool created = !b.catalog_.policies().find(what.id);
  const Result<CatalogFrame> frame =
      decide_put_policy(b.catalog_, {what.id, std::move(what.pattern), std::move(what.apply_to),
                                     what.priority, std::move(what.definition)});
  if (!frame) return reply(frame.error());
  b.change(*frame, [reply, created] { reply(PutPolicy::Answer{created}); });
}

template <>
void handle<DeletePolicy>(Broker& b, SessionId, DeletePolicy what,
                          Reply<DeletePolicy::Answer> reply) {
  const Result<CatalogFrame> frame = decide_delete_policy(b.catalog_, what.id);
  if (!frame) return reply(frame.error());
  b.change(*frame, [reply] { reply(DeletePolicy::Answer{}); });
}

template <>
void handle<FindPolicy>(Broker& b, SessionId, FindPolicy what, Reply<FindPolicy::Answer> reply) {
  const PolicyRecord* found = b.catalog_.policies().find(what.id);
  if (!found) return reply(no_such_policy(what.id));
  // It may have been made a moment ago.
  b.ledger_.when_durable(b.last_catalog_ticket_, [reply, info = info_of(*found)] { reply(info); });
}

template <>
void handle<ListPolicies>(Broker& b, SessionId, ListPolicies what,
                          Reply<ListPolicies::Answer> reply) {
  if (!what.vhost.empty() && !b.catalog_.has_vhost(what.vhost)) {
    return reply(no_such_vhost(what.vhost));
  }
  ListPolicies::Answer all;
  for (const PolicyRecord* policy : b.catalog_.policies().all()) {
    const bool asked = what.vhost.empty() || policy->id.vhost == what.vhost;
    if (asked && policy->id.kind == what.kind) all.push_back(info_of(*policy));
  }
  b.ledger_.when_durable(b.last_catalog_ticket_, [reply, all] { reply(all); });
}

}  // namespace rialto
