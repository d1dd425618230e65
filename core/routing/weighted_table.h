#pragma once

#include "core/base/bytes.h"
#include "core/model/frames/catalog_frame.h"
#include "core/routing/targets.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace rialto {

/// The weight that a binding key of a consistent-hash exchange is; nothing when it is none.
std::optional<std::uint32_t> weight_of(Bytes binding_key);

/// The bindings of a consistent-hash exchange: a message goes to one of them, equal texts to the
/// same one, and as many texts to each as its weight says. A binding that comes or goes moves no
/// text between two others (rendezvous hashing).
class WeightedTable {
 public:
  void add(const BindingRecord& binding);
  void remove(const BindingRecord& binding);
  void match(Bytes hashed, std::vector<Target>& out) const;

 private:
  struct Binding {
    Target target;
    std::uint64_t seed = 0;
    double weight = 0;
  };
  std::vector<Binding> bindings_;
};

}  // namespace rialto
