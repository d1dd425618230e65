#pragma once

#include "core/model/field_table.h"

#include <string>

namespace rialto {

/// A value as RabbitMQ shows it in refusals: the value '100' of type 'signedint'; none for null.
std::string shown(const FieldValue* value);

/// Both absent, or both there and equivalent.
bool same_argument(const FieldValue* a, const FieldValue* b);

/// Arguments as a record keeps them (encoded, with their length), and back. What was stored
/// decodes; anything else is an empty table.
std::string stored_arguments(const FieldTable& arguments);
FieldTable arguments_of(const std::string& stored);

}  // namespace rialto
