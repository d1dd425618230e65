#pragma once

#include "core/catalog/catalog.h"
#include "core/model/frames/catalog_frame.h"

#include <cstdint>
#include <vector>

/// What several decisions have in common. Only for the decide_* files of this room.
namespace rialto {

/// Ids for the new objects of one frame.
class FreshIds {
 public:
  explicit FreshIds(const Catalog& catalog)
      : next_(catalog.next_id()), next_volatile_(catalog.next_volatile_id()) {}

  std::uint64_t take(bool ends_with_process) {
    return ends_with_process ? next_volatile_++ : next_++;
  }

 private:
  std::uint64_t next_;
  std::uint64_t next_volatile_;
};

/// Adds the removal of these bindings, and of the auto-delete exchanges that lose their last one,
/// with what is bound to those.
void remove_bindings(const Catalog& catalog, std::vector<BindingId> bindings, CatalogFrame& frame);
/// Adds the removal of an exchange and of its bindings in both directions, as above.
void remove_exchange(const Catalog& catalog, ExchangeId exchange, CatalogFrame& frame);

/// The queue of a topic's name that shows all its partitions; `queue` has everything but ids.
CatalogFrame adoption_of(const Catalog& catalog, const TopicRecord& topic, QueueRecord queue);
/// As a plain durable declaration would make it.
QueueRecord default_queue_of(const TopicRecord& topic);

}  // namespace rialto
