#pragma once

#include "core/model/field_table.h"

#include <string>

namespace rialto {

/// A value as RabbitMQ shows it in refusals: the value '100' of type 'signedint'; none for null.
std::string shown(const FieldValue* value);

/// The value alone.
std::string shown_value(const FieldValue& value);

/// As in them too.
inline const char* quoted_flag(bool value) {
  return value ? "'true'" : "'false'";
}

/// Both absent, or both there and equivalent.
bool same_argument(const FieldValue* a, const FieldValue* b);

}  // namespace rialto
