#pragma once

#include "core/model/field_table.h"
#include "core/model/frames/catalog_frame.h"
#include "core/routing/targets.h"

#include <vector>

namespace rialto {

/// The bindings of a headers exchange: what their arguments ask of a message's headers. A value
/// of type void asks only that the header is there; x-match itself is never compared.
class HeadersTable {
 public:
  void add(const BindingRecord& binding);
  void remove(const BindingRecord& binding);
  void match(const FieldTable& headers, std::vector<Target>& out) const;

 private:
  struct Binding {
    Target target;
    bool any = false;
    std::vector<FieldEntry> wanted;
  };
  static bool accepts(const Binding& binding, const FieldTable& headers);

  std::vector<Binding> bindings_;
};

}  // namespace rialto
