#pragma once

#include "adapters/http/call.h"

#include <boost/json/object.hpp>

#include <string>

/// What both APIs read and say of queues and exchanges.
namespace rialto::http {

/// The body of a PUT: durable, auto_delete, type, arguments.
Result<DeclareQueue> queue_declaration(const Call& call, std::string name, bool durable_otherwise);
/// The body of a PUT: type, durable, auto_delete, internal, arguments.
Result<DeclareExchange> exchange_declaration(const Call& call, std::string name,
                                             bool durable_otherwise);
boost::json::object exchange_json(const ExchangeInfo& exchange);
Error no_such_queue(const Call& call, const std::string& name);

}  // namespace rialto::http
