#include "core/catalog/decide.h"
#include "core/catalog/decision_parts.h"
#include "core/catalog/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rialto {
namespace {

template <class Record, class Id>
void add_ids_of(const std::string& vhost, const std::map<Id, Record>& records,
                std::vector<Id>& out) {
  for (const auto& [id, record] : records) {
    if (record.vhost == vhost) out.push_back(id);
  }
}

}  // namespace

Result<CatalogFrame> decide_put_vhost(const Catalog& catalog, const VhostRecord& wanted) {
  if (wanted.name.empty() || wanted.name.size() > name_bytes_max) {
    return Error(Errc::invalid_name, fmt::format("a vhost name has 1 to {} bytes, not {}",
                                                 name_bytes_max, wanted.name.size()));
  }
  CatalogFrame frame;
  const VhostRecord* current = catalog.vhost(wanted.name);
  if (current != nullptr && current->description == wanted.description &&
      current->tags == wanted.tags) {
    return frame;
  }
  frame.vhosts.push_back(wanted);
  if (current != nullptr) return frame;
  FreshIds ids(catalog);
  for (ExchangeRecord exchange : predeclared_exchanges(wanted.name)) {
    exchange.id = ExchangeId(ids.take(false));
    frame.exchanges.push_back(std::move(exchange));
  }
  return frame;
}

Result<CatalogFrame> decide_delete_vhost(const Catalog& catalog, const std::string& name) {
  if (catalog.vhost(name) == nullptr) return no_such_vhost(name);
  if (name == "/") {
    return Error(Errc::access_denied, "vhost '/' is where every door begins: it stays");
  }
  CatalogFrame frame;
  frame.removed_vhosts.push_back(name);
  add_ids_of(name, catalog.exchanges(), frame.removed_exchanges);
  add_ids_of(name, catalog.queues(), frame.removed_queues);
  add_ids_of(name, catalog.topics(), frame.removed_topics);
  for (const PolicyRecord* policy : catalog.policies().all()) {
    if (policy->id.vhost == name) frame.removed_policies.push_back(policy->id);
  }
  // Both ends of a binding are in one vhost.
  for (const auto& [id, binding] : catalog.bindings()) {
    const ExchangeRecord* source = catalog.exchange(binding.source);
    if (source != nullptr && source->vhost == name) frame.removed_bindings.push_back(id);
  }
  return frame;
}

}  // namespace rialto
