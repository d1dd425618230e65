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

/// What a field named x-delay says: a number of any type, cut off to an integer, or one as text, as
/// with RabbitMQ's x-delayed-message exchange. Nothing: it is neither. What is not above zero holds
/// nothing back.
std::optional<std::int64_t> delay_ms_of(const FieldView& field);

}  // namespace rialto::delay_field
