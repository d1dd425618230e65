#pragma once

#include "core/base/bytes.h"
#include "core/base/number.h"
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

/// What the headers of a Kafka record ask for, as decimal milliseconds. What is none, or not above
/// zero, asks for nothing; of two the last one counts.
struct Asked {
  std::int64_t delay_ms = 0;
  std::optional<std::int64_t> deliver_at_ms;
  bool names_key = false;  ///< which is for messages that are in no log while they wait

  bool any() const { return delay_ms != 0 || deliver_at_ms; }
  void read(Bytes name, Bytes value) {
    names_key = names_key || name == key;
    const bool is_time = name == deliver_at;
    if (!is_time && name != delay) return;
    const std::optional<std::int64_t> ms = number_in(value);
    if (!ms || *ms <= 0) return;
    if (is_time) {
      deliver_at_ms = *ms;
    } else {
      delay_ms = *ms;
    }
  }
};

}  // namespace rialto::delay_field
