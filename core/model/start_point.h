#pragma once

#include "core/model/field_table.h"
#include "core/model/ids.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rialto {

/// Where in a log somebody begins to read.
struct StartPoint {
  enum class Kind : std::uint8_t { earliest, latest, last_batch, offset, time, age };
  Kind kind = Kind::latest;
  Offset offset{0};          ///< of Kind::offset; beyond the log it is the nearer end
  std::int64_t time_ms = 0;  ///< of Kind::time: the first record that is not older
  std::int64_t age_ms = 0;   ///< of Kind::age: the same, so long ago
};

/// The x-start of a subscription: earliest, latest, a timestamp or an RFC 3339 time as text.
std::optional<StartPoint> subscription_start(const FieldValue& value);

/// The x-stream-offset of a consumer: first, last, next, an offset, a timestamp, or an age such as
/// 1h of what is to be read again.
std::optional<StartPoint> stream_start(const FieldValue& value);

/// The milliseconds of a number with one of the units Y, M, D, h, m, s (RabbitMQ's x-max-age).
std::optional<std::int64_t> age_ms(std::string_view text);

}  // namespace rialto
