#pragma once

#include "core/model/frames/catalog_frame.h"
#include "core/model/ids.h"

#include <vector>

namespace rialto {

/// The end of one binding: a queue or another exchange.
struct Target {
  BindingId binding;
  QueueId queue;
  ExchangeId exchange;
};

inline Target target_of(const BindingRecord& b) {
  return Target{b.id, b.queue, b.destination};
}

inline void erase_binding(std::vector<Target>& targets, const Target& target) {
  std::erase_if(targets, [&](const Target& t) { return t.binding == target.binding; });
}

}  // namespace rialto
