#include "core/model/start_point.h"

#include "core/base/number.h"
#include "core/base/rfc3339.h"

#include <algorithm>
#include <string>

namespace rialto {

namespace {

constexpr std::int64_t second_ms = 1000;
constexpr std::int64_t day_ms = 24 * 3600 * second_ms;

/// Of a timestamp, which counts seconds.
std::optional<StartPoint> at_timestamp(const FieldValue& value) {
  if (value.tag != 'T') return std::nullopt;
  const std::int64_t seconds = *value.as_integer();
  StartPoint out;
  out.kind = StartPoint::Kind::time;
  // Times before 1970 and those that do not fit are of no record.
  out.time_ms = std::clamp<std::int64_t>(seconds, 0, INT64_MAX / second_ms) * second_ms;
  return out;
}

std::optional<StartPoint> named(StartPoint::Kind kind) {
  StartPoint out;
  out.kind = kind;
  return out;
}

std::optional<StartPoint> at_time(std::optional<std::int64_t> time_ms) {
  if (!time_ms) return std::nullopt;
  StartPoint out;
  out.kind = StartPoint::Kind::time;
  out.time_ms = std::max<std::int64_t>(*time_ms, 0);
  return out;
}

std::int64_t unit_ms(char unit) {
  switch (unit) {
    case 'Y': return 365 * day_ms;
    case 'M': return 30 * day_ms;
    case 'D': return day_ms;
    case 'h': return 3600 * second_ms;
    case 'm': return 60 * second_ms;
    case 's': return second_ms;
    default: return 0;
  }
}

}  // namespace

std::optional<std::int64_t> age_ms(std::string_view text) {
  if (text.empty() || text.front() == '-') return std::nullopt;
  const std::int64_t unit = unit_ms(text.back());
  text.remove_suffix(1);
  const auto count = number_in(text);
  if (unit == 0 || !count || *count > INT64_MAX / unit) return std::nullopt;
  return *count * unit;
}

std::optional<StartPoint> subscription_start(const FieldValue& value) {
  if (value.tag == 'T') return at_timestamp(value);
  const std::string* text = value.tag == 'S' ? value.as_text() : nullptr;
  if (!text) return std::nullopt;
  if (*text == "earliest") return named(StartPoint::Kind::earliest);
  if (*text == "latest") return named(StartPoint::Kind::latest);
  return at_time(from_rfc3339(*text));
}

std::optional<StartPoint> stream_start(const FieldValue& value) {
  if (value.tag == 'T') return at_timestamp(value);
  if (value.is_integer()) {
    StartPoint out;
    out.kind = StartPoint::Kind::offset;
    out.offset = Offset(std::max<std::int64_t>(*value.as_integer(), 0));
    return out;
  }
  const std::string* text = value.tag == 'S' ? value.as_text() : nullptr;
  if (!text) return std::nullopt;
  if (*text == "first") return named(StartPoint::Kind::earliest);
  if (*text == "last") return named(StartPoint::Kind::last_batch);
  if (*text == "next") return named(StartPoint::Kind::latest);
  const auto age = age_ms(*text);
  auto out = named(StartPoint::Kind::age);
  out->age_ms = age.value_or(0);
  return age ? out : std::nullopt;
}

}  // namespace rialto
