#include "gateway/config_values.h"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <optional>
#include <span>

namespace rialto {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// Largest first: the writers take the first that divides.
constexpr std::array<Unit, 4> binary_sizes = {
    {{"TiB", 1LL << 40}, {"GiB", 1LL << 30}, {"MiB", 1LL << 20}, {"KiB", 1LL << 10}}};
constexpr std::array<Unit, 5> decimal_sizes = {
    {{"TB", 1'000'000'000'000}, {"GB", 1'000'000'000}, {"MB", 1'000'000}, {"kB", 1000}, {"B", 1}}};
constexpr std::array<Unit, 5> durations = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

Error wrong(std::string text) {
  return Error(Errc::invalid_argument, std::move(text));
}

/// A number at the front of `text`, which is moved behind it and behind one space.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  return number;
}

std::optional<std::int64_t> factor_of(std::string_view name, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.factor;
  }
  return std::nullopt;
}

Result<std::int64_t> times(std::int64_t number, std::int64_t factor) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(number, factor, &product)) return wrong("is too large a number");
  return product;
}

std::string with_unit(std::int64_t value, std::span<const Unit> units, std::string_view bare) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) {
      return fmt::format("{}{}", value / unit.factor, unit.name);
    }
  }
  return fmt::format("{}{}", value, bare);
}

bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace

Result<std::int64_t> parse_size(std::string_view text) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  if (number && rest.empty()) return *number;
  auto factor = factor_of(rest, binary_sizes);
  if (!factor) factor = factor_of(rest, decimal_sizes);
  if (!number || !factor) {
    return wrong(fmt::format("expects a size such as 64MiB or 8GiB, not '{}'", text));
  }
  return times(*number, *factor);
}

Result<std::int64_t> parse_duration(std::string_view text) {
  if (text == "forever") return -1;
  std::string_view rest = text;
  const auto number = take_number(rest);
  if (number && rest.empty()) return *number;
  const auto factor = factor_of(rest, durations);
  if (!number || !factor) {
    return wrong(
        fmt::format("expects a time such as 250ms, 30s, 5m, 1h or 7d (a bare number is "
                    "milliseconds), not '{}'",
                    text));
  }
  return times(*number, *factor);
}

Result<std::int64_t> parse_count(std::string_view text) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  if (!number || !rest.empty()) {
    return wrong(fmt::format("expects a whole number, not '{}'", text));
  }
  return *number;
}

Result<bool> parse_truth(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return wrong(fmt::format("expects true or false, not '{}'", text));
}

Result<ListenAddress> parse_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon == std::string_view::npos ? text.size() : colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const std::string_view port =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);

  ListenAddress address;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  const bool port_ok = error == std::errc{} && end == port.data() + port.size();
  if (!port_ok || host.empty() || (host.find(':') != std::string_view::npos && !bracketed)) {
    return wrong(fmt::format(
        "expects host:port such as 127.0.0.1:5672 or [::1]:5672 (ports 0 to 65535), not '{}'",
        text));
  }
  address.host = host;
  if (!is_loopback(address.host)) {
    return Error(Errc::access_denied,
                 fmt::format("'{}' is not a loopback address: everyone who reaches this port acts "
                             "as user guest, so it stays on this machine until it can be locked; "
                             "use 127.0.0.1:{} or [::1]:{}",
                             text, address.port, address.port));
  }
  return address;
}

std::string size_text(std::int64_t bytes) {
  return with_unit(bytes, binary_sizes, "");
}

std::string duration_text(std::int64_t ms) {
  return ms == -1 ? "forever" : with_unit(ms, durations, "");
}

}  // namespace rialto
