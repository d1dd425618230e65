#pragma once

#include "adapters/http/call.h"

#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Everything that was declared as one document, as RabbitMQ exports and imports it.
namespace rialto::http::management {

/// An operator policy as it is among the parameters, in its vhost.
boost::json::object operator_parameter_json(const PolicyInfo& policy);

/// Of a policy among the parameters of RabbitMQ's document.
inline constexpr const char* operator_policy_component = "operator_policy";

/// One object of a document that is imported.
struct DefinitionStep {
  using Made = std::function<void(const Result<void>&)>;
  std::string vhost;  ///< to be in for it; empty: any
  std::string what;   ///< "queues[3] ('orders')": how refusals begin
  bool last = false;  ///< needs what is beside it in its list
  std::function<void(const CallRef& call, const Made& made)> make;
};

/// What has to be made for a document, in the order in which one thing needs another: `vhost` is
/// the one of documents without vhosts. Equal objects are left as they are. A refusal names the
/// entry at fault; what cannot be had here (users, limits, parameters) is refused by name.
Result<std::vector<DefinitionStep>> definition_steps(const boost::json::object& document,
                                                     const std::optional<std::string>& vhost);

}  // namespace rialto::http::management
