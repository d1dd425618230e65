#pragma once

#include "core/base/bytes.h"
#include "core/model/table_view.h"

#include <cstdint>
#include <optional>

/// The message headers that hold a message back, as entries of its headers table.
namespace rialto::delay_field {

constexpr Bytes delay = "x-delay";            ///< milliseconds
constexpr Bytes deliver_at = "x-deliver-at";  ///< a timestamp, or milliseconds since 1970
constexpr Bytes key = "x-delay-key";          ///< by which the message can be cancelled

/// What a field named x-delay says; nothing when it is no integer, as with RabbitMQ's
/// x-delayed-message exchange. What is not above zero holds nothing back.
inline std::optional<std::int64_t> delay_ms_of(const FieldView& field) {
  const bool number = is_integer_tag(field.tag) && field.tag != 'T';
  return number ? std::optional(integer_of(field)) : std::nullopt;
}

}  // namespace rialto::delay_field
