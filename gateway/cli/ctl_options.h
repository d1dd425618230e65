#pragma once

#include "gateway/cli/ctl_arguments.h"

#include <span>
#include <string_view>

namespace rialto {

/// An option that some verbs take, or all.
struct CtlOption {
  std::string_view name;    ///< "--vhost"
  std::string_view letter;  ///< "-p", or nothing
  std::string_view value;   ///< what it is in the usage; nothing: a flag
  bool of_all = false;      ///< every verb takes it
  Result<void> (*take)(const std::string& value, CtlArguments& out) = nullptr;
};

std::span<const CtlOption> ctl_options();

/// The option of a name or letter; null when there is none.
const CtlOption* find_ctl_option(std::string_view name);

}  // namespace rialto
