#pragma once

#include "adapters/log/call.h"
#include "adapters/log/wire/frame.h"

#include <span>

namespace rialto::kafka {

/// One row of the table of APIs.
struct ApiEntry {
  ApiSpec spec;
  /// Decodes the body and starts to work on it; false when it does not hold together.
  bool (*serve)(const Call& call, const RequestFrame& frame);
};

/// Every API of this door, by rising key: what is advertised is what is implemented.
std::span<const ApiEntry> api_table();

/// Null for an API that this door does not have.
const ApiEntry* find_api(ApiKey key);

}  // namespace rialto::kafka
