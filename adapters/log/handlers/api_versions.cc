#include "adapters/log/handlers/api_versions.h"

#include "adapters/log/dispatch.h"
#include "adapters/log/errors.h"

#include <algorithm>
#include <string_view>

namespace rialto::kafka {
namespace {

constexpr std::int16_t names_software_since = 3;

ApiVersionRange range_of(const ApiSpec& spec) {
  return {static_cast<std::int16_t>(spec.key), spec.min, spec.max};
}

bool alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Letters and digits, with dots and dashes inside only.
bool plausible(std::string_view word) {
  const auto inside = [](char c) { return alphanumeric(c) || c == '-' || c == '.'; };
  return !word.empty() && alphanumeric(word.front()) && alphanumeric(word.back()) &&
         std::all_of(word.begin(), word.end(), inside);
}

}  // namespace

void answer_api_versions(const Call& call, ApiVersionsRequest& request) {
  ApiVersionsResponse response;
  const bool named = call.version() >= names_software_since;
  if (named && !(plausible(request.software_name) && plausible(request.software_version))) {
    response.error = wire(Code::invalid_request);
    return call.answer(response);
  }
  for (const ApiEntry& api : api_table())
    response.apis.push_back(range_of(api.spec));
  call.answer(response);
}

void answer_unknown_api_versions(const Call& call) {
  ApiVersionsResponse response;
  response.error = wire(Code::unsupported_version);
  response.apis.push_back(range_of(ApiVersionsRequest::spec));
  call.answer_as(0, response);
}

}  // namespace rialto::kafka
