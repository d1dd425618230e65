#pragma once

#include "adapters/http/http_door.h"

#include <string_view>

namespace rialto::test {

/// A body that was taken is one that the document of the API allows.
void expect_body_allowed(const HttpSettings& settings, std::string_view method,
                         std::string_view target, std::string_view body);

/// An answer has a status that the document names for its operation.
void expect_status_declared(const HttpSettings& settings, std::string_view method,
                            std::string_view target, unsigned status);

}  // namespace rialto::test
