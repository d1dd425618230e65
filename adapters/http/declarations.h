#pragma once

#include "adapters/http/call.h"

#include <boost/json/object.hpp>

#include <functional>
#include <string>

/// What both APIs read and say of queues and exchanges.
namespace rialto::http {

/// Of an object with durable, auto_delete, type, arguments.
Result<DeclareQueue> queue_declaration(const boost::json::object& body, std::string name,
                                       bool durable_otherwise);
/// The same of the body of a PUT.
Result<DeclareQueue> queue_declaration(const Call& call, std::string name, bool durable_otherwise);
/// Of an object with type, durable, auto_delete, internal, arguments.
Result<DeclareExchange> exchange_declaration(const boost::json::object& body, std::string name,
                                             bool durable_otherwise);
/// The same of the body of a PUT.
Result<DeclareExchange> exchange_declaration(const Call& call, std::string name,
                                             bool durable_otherwise);
/// Of an object with partitions, config.
Result<CreateTopic> topic_declaration(const boost::json::object& body, std::string name);
/// Makes the topic, unless it is there already as asked for; configs that were not named may be
/// anything. `then(topic, made)` gets it, or why not.
void declare_topic(const CallRef& call, const CreateTopic& what,
                   std::function<void(const Result<TopicInfo>& topic, bool made)> then);
/// Of an object with pattern, definition, priority, apply-to.
Result<PutPolicy> policy_declaration(const boost::json::object& body, PolicyName id);
boost::json::object policy_json(const PolicyInfo& policy);
/// Without the hash that names it among those of the same ends.
boost::json::object binding_json(const BindingInfo& binding);
boost::json::object exchange_json(const ExchangeInfo& exchange);
Error no_such_queue(const Call& call, const std::string& name);

}  // namespace rialto::http
