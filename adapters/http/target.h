#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rialto::http {

/// A request target, split first and decoded then: %2F is part of a name, never a separator.
struct Target {
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;

  /// The first value under this name, or null.
  const std::string* find(std::string_view name) const;
};

/// Accepts /path?query and http://host/path?query. Errc::invalid_argument when malformed.
Result<Target> parse_target(std::string_view text);

}  // namespace rialto::http
