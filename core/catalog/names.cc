#include "core/catalog/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace rialto {

bool is_topic_name(std::string_view name) {
  if (name.empty() || name.size() > topic_name_bytes_max || name == "." || name == "..") {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

bool is_reserved(std::string_view name) {
  return name.starts_with("amq.");
}

std::string queue_in(std::string_view name, std::string_view vhost) {
  return fmt::format("queue '{}' in vhost '{}'", name, vhost);
}

std::string exchange_in(std::string_view name, std::string_view vhost) {
  return fmt::format("exchange '{}' in vhost '{}'", name, vhost);
}

Error no_such_queue(std::string_view name, std::string_view vhost) {
  return {Errc::not_found, "no " + queue_in(name, vhost)};
}

Error no_such_exchange(std::string_view name, std::string_view vhost) {
  return {Errc::not_found, "no " + exchange_in(name, vhost)};
}

Error no_such_vhost(std::string_view name) {
  return {Errc::not_found, fmt::format("no vhost '{}'", name)};
}

Error no_such_policy(const PolicyName& name) {
  return {Errc::not_found, fmt::format("no {}policy '{}' in vhost '{}'",
                                       name.kind == PolicyKind::operators ? "operator " : "",
                                       name.name, name.vhost)};
}

Error default_exchange() {
  return {Errc::access_denied, "operation not permitted on the default exchange"};
}

Error queue_locked(std::string_view name, std::string_view vhost) {
  return {Errc::locked,
          fmt::format("cannot obtain exclusive access to locked {}. It could be originally "
                      "declared on another connection or the exclusive property value does not "
                      "match that of the original declaration.",
                      queue_in(name, vhost))};
}

Error inequivalent(std::string_view argument, std::string_view object, std::string_view received,
                   std::string_view current) {
  return {Errc::not_equivalent,
          fmt::format("inequivalent arg '{}' for {}: received {} but current is {}", argument,
                      object, received, current)};
}

}  // namespace rialto
