#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rialto {

/// 2026-01-31T12:00:00.000Z; milliseconds as they are beyond the years of the calendar.
std::string rfc3339(std::int64_t wall_ms);
/// Milliseconds of an RFC 3339 time with Z or an offset; nothing when it is none.
std::optional<std::int64_t> from_rfc3339(std::string_view text);

}  // namespace rialto
