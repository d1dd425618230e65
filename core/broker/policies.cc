#include "core/broker/broker.h"
#include "core/catalog/queue_policy.h"

#include <utility>

/// Policies as queues and exchanges follow them. Which ones hold is worked out when an object is
/// made and when a policy changes, by the same functions at replay.
namespace rialto {

void Broker::add_exchange(const ExchangeRecord& exchange) {
  router(exchange.vhost).add_exchange(exchange);
  if (catalog_.policies().count() != 0) follow_policies(exchange);
}

void Broker::follow_policies(const ExchangeRecord& exchange) {
  router(exchange.vhost)
      .set_policy_alternate(exchange.id,
                            alternate_of(catalog_.policies().matching(subject_of(exchange))));
}

std::string Broker::policy_name_of(const ExchangeRecord& exchange) const {
  const MatchingPolicies found = catalog_.policies().matching(subject_of(exchange));
  return found.user ? found.user->id.name : std::string();
}

QueuePolicy Broker::policy_now(QueueView& queue) const {
  const MatchingPolicies found = catalog_.policies().matching(subject_of(queue.record));
  queue.policy_name = found.user ? found.user->id.name : std::string();
  queue.operator_policy_name = found.operators ? found.operators->id.name : std::string();
  return policy_of(queue.record, found);
}

void Broker::follow_policies(QueueView& queue) {
  const QueuePolicy next = policy_now(queue);
  if (next == queue.policy) return;
  const QueuePolicy before = std::exchange(queue.policy, next);
  for (QueueView::Source& source : queue.sources) {
    if (next.message_ttl_ms == before.message_ttl_ms) continue;
    // The time to live counts from the arrival of a message, whenever it was said.
    source.expiry.retime(next.message_ttl_ms && !next.max_priority
                             ? expiry_after(wall_.get(), *next.message_ttl_ms)
                             : never_expires);
    queue.may_expire = true;
  }
  follow_limits(queue);
  keep_byte_count(queue);
  if (next.expires_ms != before.expires_ms) queue.last_used = now_;
  schedule(queue);
  list_deadline(queue);
}

void Broker::policies_changed(const std::vector<PolicyName>& changed) {
  const Policies& policies = catalog_.policies();
  for (const PolicyName& policy : changed) {
    const bool for_all = policy.kind == PolicyKind::user;
    for (const auto& [id, queue] : queues_) {
      if (queue->record.vhost != policy.vhost || queue->reader_of != QueueId(0)) continue;
      const std::string& had = for_all ? queue->policy_name : queue->operator_policy_name;
      if (had == policy.name || policies.matches(policy, subject_of(queue->record))) {
        follow_policies(*queue);
      }
    }
    for (const auto& [id, exchange] : catalog_.exchanges()) {
      if (exchange.vhost == policy.vhost) follow_policies(exchange);
    }
  }
}

FieldTable Broker::definition_of(const PolicyName& name) const {
  const PolicyRecord* found = catalog_.policies().find(name);
  return found ? arguments_of(found->definition) : FieldTable();
}

}  // namespace rialto
