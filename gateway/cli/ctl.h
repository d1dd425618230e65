#pragma once

#include "gateway/cli/ctl_arguments.h"
#include "gateway/server_exit.h"

#include <boost/json/array.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rialto {

/// rabbitmqctl's verbs over the HTTP door of a running server.
ExitCode run_ctl(const std::vector<std::string>& arguments);

/// True when the program was called under the name of RabbitMQ's tool.
bool called_as_rabbitmqctl(std::string_view program);

/// The chosen columns of a list as text; a refusal names the column that is meant.
Result<std::string> ctl_list(std::string_view verb, const boost::json::array& rows,
                             const CtlArguments& arguments);

}  // namespace rialto
