#pragma once

#include "adapters/http/message.h"

#include <span>
#include <string_view>

namespace rialto::http {

/// "text/html" of "text/html; charset=utf-8", in the case that was sent.
std::string_view media_type(std::string_view value);

/// What the Accept lines of a request ask for among `offered`: of those that they name the one with
/// the highest weight, and of equals the first. The first one that is offered stands for ranges
/// such as */*, and for a request that names none.
std::string_view wanted_type(const Request& request, std::span<const std::string_view> offered);

/// Whether the body has a Content-Encoding; none is undone here.
bool is_encoded(const Request& request);

}  // namespace rialto::http
