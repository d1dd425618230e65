#pragma once

#include "core/model/field_table.h"
#include "core/model/frames/catalog_frame.h"
#include "core/routing/targets.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rialto {

/// How many of a binding's arguments a message has to have.
struct HeadersMatch {
  bool any = false;     ///< one is enough; otherwise all
  bool with_x = false;  ///< those that begin with "x-" count too
};

/// The x-match argument: all (also when it is missing), any, all-with-x, any-with-x. Nothing for
/// anything else.
std::optional<HeadersMatch> headers_match_of(const FieldTable& arguments);

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
