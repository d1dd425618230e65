#pragma once

#include <string_view>

namespace rialto::http {

/// "text/html" of "text/html; charset=utf-8", in the case that was sent.
std::string_view media_type(std::string_view value);

}  // namespace rialto::http
