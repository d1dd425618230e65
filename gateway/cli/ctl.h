#pragma once

#include "gateway/cli/ctl_arguments.h"
#include "gateway/cli/ctl_tables.h"
#include "gateway/cli/ctl_verbs.h"
#include "gateway/cli/wire_socket.h"
#include "gateway/server_exit.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
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

/// The rows with a cell for each column, as the formatter wants them.
std::string ctl_rows(const std::vector<CtlColumn>& columns, const boost::json::array& rows,
                     const CtlArguments& arguments);

/// A verb on its way: what was written, and the server that it asks.
class Ctl {
 public:
  /// How long an answer may take where --timeout does not say.
  enum class Patience : std::uint8_t {
    short_work,  ///< half a minute
    long_work,   ///< as long as it takes: it may be meant to be slow
  };

  explicit Ctl(const CtlArguments& arguments) : arguments_(arguments) {}

  const CtlArguments& arguments() const { return arguments_; }
  const std::string& word(std::size_t n) const { return arguments_.words[n]; }
  /// True when the server could not be reached at all.
  bool unreachable() const { return unreachable_; }
  /// A line that says what is done, where one is wanted.
  std::string progress(const std::string& text) const;

  /// When a request that is sent now has to be answered.
  WireSocket::Deadline deadline(Patience patience) const;
  static std::string encoded(std::string_view name);
  /// A thing of the vhost below /api.
  std::string path_of(std::string_view noun, std::string_view name) const;

  Result<boost::json::value> ask(std::string_view method, const std::string& target,
                                 const std::string& body = "", const std::string& reason = "",
                                 Patience patience = Patience::short_work);
  /// A change that is answered without words.
  CtlDone change(std::string_view method, const std::string& target, const std::string& progress,
                 const std::string& reason = "", const std::string& body = "");

 private:
  const CtlArguments& arguments_;
  bool unreachable_ = false;
};

}  // namespace rialto
