#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rialto {

class Ctl;

/// How a verb ended: what to print, and nothing more to say; or why not.
using CtlDone = Result<std::string>;

/// A verb with everything that it takes: usage, what is read and what is refused come from here.
struct CtlVerb {
  std::string_view name;
  std::vector<std::string_view> words;    ///< "QUEUE"
  std::vector<std::string_view> options;  ///< by their long names, beside those of all verbs
  CtlDone (*run)(Ctl&) = nullptr;
  bool columns = false;    ///< behind its words there may be any number of columns
  std::size_t needed = 0;  ///< of the options: so many of the first cannot be left out
  bool rows = columns;     ///< it shows rows, which have formats beside JSON

  /// "QUEUE [--max N]"
  std::string takes() const;
};

const std::vector<CtlVerb>& ctl_verbs();

/// Null when there is none.
const CtlVerb* find_ctl_verb(std::string_view name);

/// Says why the verb is not there, and which one may be meant.
Error no_such_ctl_verb(const std::string& name);

}  // namespace rialto
