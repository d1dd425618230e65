#pragma once

#include "core/base/result.h"
#include "core/catalog/catalog.h"
#include "core/catalog/commands.h"

#include <optional>

/// What a command does to the catalogue as it stands, with everything staged before: a refusal
/// with RabbitMQ's sentence, or the effect (is_no_op: nothing to do). Nothing is changed here.
namespace rialto {

constexpr std::int32_t topic_partitions_default = 1;
constexpr std::int32_t topic_partitions_max = 10'000;
/// Of all topics together: what one node keeps in memory for each is a few hundred bytes.
constexpr std::size_t partitions_max = 200'000;

/// Refuses a session that does not own an exclusive queue (Errc::locked).
std::optional<Error> check_not_locked(const Catalog& catalog, const QueueRecord& queue,
                                      SessionId session);

/// The queue by name, not locked for this session. not_found or locked.
Result<const QueueRecord*> find_queue(const Catalog& catalog, std::string_view vhost,
                                      std::string_view name, SessionId session);

/// Passive: a no-op when a queue or a topic of this name exists, flags and arguments ignored.
/// A durable declaration over a topic adopts it: the queue shows all its partitions. After apply
/// the caller calls set_owner for an exclusive queue. Refusals: not_found, not_equivalent,
/// locked, access_denied, invalid_name, invalid_argument, not_supported.
Result<CatalogFrame> decide_declare_queue(const Catalog& catalog, const QueueDeclaration& command);

/// Makes the default delivery state of a topic for its first work-queue consumer; a no-op when
/// the name has a queue. not_found.
Result<CatalogFrame> decide_adopt_topic(const Catalog& catalog, std::string_view vhost,
                                        std::string_view name);

/// Makes the queue of type `delay` that a vhost does not have yet.
CatalogFrame creation_of_delay_queue(const Catalog& catalog, const std::string& vhost);

/// A missing queue is a no-op. The queue's own topic, its bindings and exchanges that lose their
/// last binding and are auto-delete go with it. Refusals: locked, in_use, not_empty,
/// policy_violation (it shows a topic: DeleteTopics).
Result<CatalogFrame> decide_delete_queue(const Catalog& catalog, const QueueDeletion& command);

/// The effect of removing one queue without asking anything (its session or last consumer went).
CatalogFrame removal_of(const Catalog& catalog, const QueueRecord& queue);

/// How a client names its type.
std::string_view exchange_type_name(const ExchangeRecord& exchange);

/// Refusals: not_found (passive), not_equivalent, access_denied, invalid_name, invalid_argument
/// (unknown type, an alternate-exchange that is no text).
Result<CatalogFrame> decide_declare_exchange(const Catalog& catalog,
                                             const ExchangeDeclaration& command);

/// A missing exchange is a no-op. Refusals: access_denied, in_use.
Result<CatalogFrame> decide_delete_exchange(const Catalog& catalog,
                                            const ExchangeDeletion& command);

/// An equal binding is a no-op. Over a topic without a queue, the queue is made. Refusals:
/// not_found, locked, access_denied (default exchange), invalid_argument (x-match).
Result<CatalogFrame> decide_bind(const Catalog& catalog, const BindingChange& command);

/// A missing binding is a no-op. Refusals: not_found, locked, access_denied.
Result<CatalogFrame> decide_unbind(const Catalog& catalog, const BindingChange& command);

/// A vhost with its predeclared exchanges, or another description. invalid_name.
Result<CatalogFrame> decide_put_vhost(const Catalog& catalog, const VhostRecord& wanted);

/// The vhost and all that is in it. Refusals: not_found, access_denied ("/").
Result<CatalogFrame> decide_delete_vhost(const Catalog& catalog, const std::string& name);

/// An equal policy is a no-op. Refusals: not_found (the vhost), invalid_name, invalid_argument,
/// not_supported, policy_violation (there are too many).
Result<CatalogFrame> decide_put_policy(const Catalog& catalog, const PolicyChange& command);

/// Refusals: not_found.
Result<CatalogFrame> decide_delete_policy(const Catalog& catalog, const PolicyName& name);

/// Refusals: already_exists (a topic or any queue), invalid_name, invalid_partitions,
/// invalid_argument, not_supported.
Result<CatalogFrame> decide_create_topic(const Catalog& catalog, const TopicCreation& command);

/// The topic, its default delivery state and that one's bindings. Refusals: not_found,
/// policy_violation (of a queue: queue.delete).
Result<CatalogFrame> decide_delete_topic(const Catalog& catalog, const TopicDeletion& command);

}  // namespace rialto
