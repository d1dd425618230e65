#include "core/catalog/decide.h"
#include "core/catalog/names.h"
#include "core/catalog/policies.h"
#include "core/catalog/policy_settings.h"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <utility>

namespace rialto {
namespace {

// What a policy may say altogether.
constexpr std::size_t definition_bytes_max = 4096;

/// A pattern that takes too long on a name would hold for some objects and not for others, by
/// chance.
template <class Records>
Error check_speed(const Records& records, const std::string& vhost, const PolicyPattern& pattern) {
  for (const auto& [id, record] : records) {
    if (record.vhost != vhost) continue;
    if (pattern.match(record.name) == PolicyPattern::Match::too_long) {
      return validation_failed(
          fmt::format("pattern takes too long to be matched with '{}'", record.name));
    }
  }
  return {};
}

bool is_same(const PolicyRecord& a, const PolicyRecord& b) {
  return a.pattern == b.pattern && a.apply_to == b.apply_to && a.priority == b.priority &&
         a.definition == b.definition;
}

}  // namespace

Result<CatalogFrame> decide_put_policy(const Catalog& catalog, const PolicyChange& command) {
  const std::string& vhost = command.id.vhost;
  if (!catalog.has_vhost(vhost)) return no_such_vhost(vhost);
  if (command.id.name.empty() || command.id.name.size() > name_bytes_max) {
    return Error(Errc::invalid_name, fmt::format("a policy name has 1 to {} bytes, not {}",
                                                 name_bytes_max, command.id.name.size()));
  }
  const auto target = policy_target_named(command.apply_to);
  if (!target) {
    return validation_failed(
        fmt::format("apply-to '{}' unrecognised; should be one of: 'queues', "
                    "'classic_queues', 'quorum_queues', 'streams', 'exchanges', or 'all'",
                    command.apply_to));
  }
  const auto pattern = PolicyPattern::of(command.pattern);
  if (!pattern) return validation_failed(pattern.error().text);
  Error bad = check_definition(command.id.kind, command.definition);
  if (bad.code == Errc::ok) bad = check_speed(catalog.queues(), vhost, *pattern);
  if (bad.code == Errc::ok) bad = check_speed(catalog.exchanges(), vhost, *pattern);
  if (bad.code != Errc::ok) return bad;
  PolicyRecord wanted{command.id, command.pattern, *target, command.priority,
                      stored_arguments(command.definition)};
  if (wanted.definition.size() > definition_bytes_max) {
    return validation_failed(
        fmt::format("a definition has at most {} bytes", definition_bytes_max));
  }
  CatalogFrame frame;
  const PolicyRecord* current = catalog.policies().find(command.id);
  if (current && is_same(*current, wanted)) return frame;
  if (!current && catalog.policies().count() >= Policies::count_max) {
    return Error(Errc::policy_violation,
                 fmt::format("there are {} policies already", Policies::count_max));
  }
  frame.policies.push_back(std::move(wanted));
  return frame;
}

Result<CatalogFrame> decide_delete_policy(const Catalog& catalog, const PolicyName& name) {
  if (!catalog.policies().find(name)) return no_such_policy(name);
  CatalogFrame frame;
  frame.removed_policies.push_back(name);
  return frame;
}

}  // namespace rialto
