#include "core/base/rfc3339.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace rialto {

namespace {

/// A number of exactly `digits` digits at the front of `text`, which is moved behind it.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  unsigned number = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == any_of.npos) return false;
  text.remove_prefix(1);
  return true;
}

/// Hours and minutes, as minutes.
std::optional<unsigned> take_clock(std::string_view& text) {
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23 || !take(text, ":")) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return *hours * 60 + *minutes;
}

/// Milliseconds; more digits than three are cut off.
unsigned take_fraction(std::string_view& text) {
  unsigned ms = 0;
  for (unsigned weight = 100; !text.empty() && text.front() >= '0' && text.front() <= '9';) {
    ms += weight * static_cast<unsigned>(text.front() - '0');
    weight /= 10;
    text.remove_prefix(1);
  }
  return ms;
}

}  // namespace

std::string rfc3339(std::int64_t wall_ms) {
  using namespace std::chrono;
  // Timestamps of producers may be anything; beyond these years there is no calendar.
  constexpr std::int64_t limit_ms = 8'000'000'000'000'000;
  if (wall_ms < -limit_ms || wall_ms > limit_ms) return std::to_string(wall_ms);
  const sys_time<milliseconds> at{milliseconds(wall_ms)};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss clock(at - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::optional<std::int64_t> from_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto y = take_digits(text, 4);
  if (!y || !take(text, "-")) return std::nullopt;
  const auto m = take_digits(text, 2);
  if (!m || !take(text, "-")) return std::nullopt;
  const auto d = take_digits(text, 2);
  if (!d || !take(text, "Tt ")) return std::nullopt;
  const year_month_day date{year(static_cast<int>(*y)), month(*m), day(*d)};
  const auto minutes_of_day = take_clock(text);
  if (!date.ok() || !minutes_of_day || !take(text, ":")) return std::nullopt;
  const auto s = take_digits(text, 2);
  if (!s || *s > 60) return std::nullopt;  // 60: a leap second
  const unsigned ms = take(text, ".") ? take_fraction(text) : 0;

  std::int64_t offset_minutes = 0;
  if (!take(text, "Zz")) {
    // A plus that was not percent-encoded arrives as a space.
    const bool west = text.starts_with('-');
    if (!take(text, "+- ")) return std::nullopt;
    const auto shift = take_clock(text);
    if (!shift) return std::nullopt;
    offset_minutes = west ? -static_cast<std::int64_t>(*shift) : static_cast<std::int64_t>(*shift);
  }
  if (!text.empty()) return std::nullopt;
  const auto at = sys_days(date) + minutes(*minutes_of_day) - minutes(offset_minutes) + seconds(*s);
  return duration_cast<milliseconds>(at.time_since_epoch()).count() + ms;
}

}  // namespace rialto
