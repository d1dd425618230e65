#include "adapters/http/access.h"

#include "adapters/http/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <string>
#include <string_view>
#include <utility>

namespace rialto::http {

namespace {

/// The host of host:port, without the brackets of an IPv6 address.
std::string host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    return std::string(authority.substr(1, authority.find(']') - 1));
  }
  return std::string(authority.substr(0, authority.find(':')));
}

bool is_address(const std::string& host) {
  in6_addr any{};
  return inet_pton(AF_INET, host.c_str(), &any) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

/// A name can be made to point here by whoever owns it; an address and localhost cannot.
bool names_this_machine(std::string_view authority) {
  const std::string host = host_of(authority);
  return equal_ignoring_case(host, "localhost") || is_address(host);
}

bool is_own_origin(std::string_view origin, std::string_view host) {
  const std::size_t scheme = origin.find("://");
  return scheme != origin.npos && equal_ignoring_case(origin.substr(scheme + 3), host);
}

Refused forbidden(std::string detail) {
  return {403, "access denied", std::move(detail)};
}

bool is_guest(std::string_view authorization) {
  constexpr std::string_view scheme = "Basic ";
  if (!equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) return false;
  authorization.remove_prefix(scheme.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  return from_base64(authorization) == "guest:guest";
}

}  // namespace

std::optional<Refused> refused_access(const PeerInfo& peer, const Request& request) {
  if (!peer.loopback) {
    return forbidden(
        "only this machine may use the HTTP door until it can be locked; connect from 127.0.0.1");
  }
  const std::string* host = request.header("Host");
  if (host && !names_this_machine(*host)) {
    return forbidden(fmt::format(
        "the Host '{}' is not this machine; use localhost or the address itself", *host));
  }
  const std::string* origin = request.header("Origin");
  const bool changes = request.method != Method::get && request.method != Method::head;
  if (origin && changes && !is_own_origin(*origin, host ? *host : std::string())) {
    return forbidden(fmt::format("a page of '{}' may not change anything here", *origin));
  }
  return std::nullopt;
}

bool has_wrong_credentials(const Request& request) {
  return std::any_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
    return equal_ignoring_case(header.first, "Authorization") && !is_guest(header.second);
  });
}

}  // namespace rialto::http
