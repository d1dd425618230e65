#include "core/model/carbon_copies.h"

#include "core/model/field_table.h"
#include "core/model/table_view.h"

#include <fmt/format.h>

namespace rialto {

bool CarbonCopies::read(Bytes headers) {
  keys_.clear();
  blind_ = false;
  FieldView field;
  while (next_field(headers, field)) {
    if (field.name != "CC" && field.name != "BCC") continue;
    if (field.tag != 'A') {
      fault_ = fmt::format("invalid message: {{unacceptable_type_in_header,\"{}\",{}}}", field.name,
                           field_type_name(field.tag));
      return false;
    }
    blind_ = blind_ || field.name == "BCC";
    Bytes items = field.raw;
    while (!items.empty()) {
      const char tag = items[0];
      items.remove_prefix(1);
      Bytes key;
      if (!take_value(items, tag, key)) break;
      if (tag == 'S') keys_.push_back(key);
    }
  }
  return true;
}

const Properties& CarbonCopies::stripped(const Properties& properties) {
  if (!blind_) return properties;
  table_.clear();
  append_without(table_, properties.value(Property::headers), "BCC");
  stripped_ = properties;
  stripped_.set(Property::headers, table_);
  remake_raw(stripped_, raw_);
  return stripped_;
}

}  // namespace rialto
