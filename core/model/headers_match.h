#pragma once

#include "core/model/field_table.h"

#include <optional>
#include <string_view>

namespace rialto {

/// The argument of a binding to a headers exchange that says how the others are meant.
constexpr std::string_view match_argument = "x-match";

/// How many of a binding's arguments a message has to have.
struct HeadersMatch {
  bool any = false;     ///< one is enough; otherwise all
  bool with_x = false;  ///< those that begin with "x-" count too
};

/// The x-match argument: all (also when it is missing), any, all-with-x, any-with-x. Nothing for
/// anything else.
std::optional<HeadersMatch> headers_match_of(const FieldTable& arguments);

}  // namespace rialto
