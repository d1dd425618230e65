#pragma once

#include "core/base/result.h"
#include "gateway/config.h"

#include <cstdint>
#include <string>
#include <string_view>

/// The words of a configuration: how a person writes a size, a time, an address.
namespace rialto {

/// "64MiB", "1GiB", "512 KiB", "1000"; also kB, MB, GB as powers of ten.
Result<std::int64_t> parse_size(std::string_view text);
/// Milliseconds from "7d", "30s", "250ms", "1h", "5m"; a bare number is milliseconds; "forever"
/// is -1.
Result<std::int64_t> parse_duration(std::string_view text);
Result<std::int64_t> parse_count(std::string_view text);
Result<bool> parse_truth(std::string_view text);
/// host:port with an IPv6 host in brackets. Refuses what is not this machine's loopback.
Result<ListenAddress> parse_listen(std::string_view text);

/// The shortest exact way to write a size or a time.
std::string size_text(std::int64_t bytes);
std::string duration_text(std::int64_t ms);

}  // namespace rialto
