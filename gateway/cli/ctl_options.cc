#include "gateway/cli/ctl_options.h"

#include "core/base/clock.h"
#include "core/base/number.h"
#include "core/base/rfc3339.h"
#include "core/model/start_point.h"
#include "gateway/config_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rialto {

namespace {

template <bool CtlArguments::*flag>
Result<void> take_flag(const std::string&, CtlArguments& out) {
  out.*flag = true;
  return {};
}

template <std::string CtlArguments::*text>
Result<void> take_text(const std::string& value, CtlArguments& out) {
  out.*text = value;
  return {};
}

Result<void> take_silence(const std::string&, CtlArguments& out) {
  out.quiet = true;
  out.silent = true;
  return {};
}

Result<void> take_no_headers(const std::string&, CtlArguments& out) {
  out.headers = false;
  return {};
}

/// There is one node, whatever it is called.
Result<void> take_node(const std::string&, CtlArguments&) {
  return {};
}

Result<void> take_url(const std::string& value, CtlArguments& out) {
  std::string_view url = value;
  constexpr std::string_view scheme = "http://";
  if (url.starts_with(scheme)) url.remove_prefix(scheme.size());
  while (url.ends_with('/'))
    url.remove_suffix(1);
  auto to = parse_listen(url);
  if (!to) {
    return Error(Errc::invalid_argument,
                 fmt::format("--url has to be like http://127.0.0.1:15672: {}", to.error().text));
  }
  out.to = *to;
  return {};
}

Result<void> take_formatter(const std::string& value, CtlArguments& out) {
  constexpr std::pair<std::string_view, CtlFormat> formats[] = {{"table", CtlFormat::table},
                                                                {"tsv", CtlFormat::table},
                                                                {"pretty_table", CtlFormat::pretty},
                                                                {"csv", CtlFormat::csv},
                                                                {"json", CtlFormat::json}};
  for (const auto& [name, format] : formats) {
    if (name != value) continue;
    out.format = format;
    return {};
  }
  return Error(
      Errc::invalid_argument,
      fmt::format("there is no formatter '{}'; there are: table, pretty_table, csv, json", value));
}

Result<std::int64_t> number_of(std::string_view what, const std::string& text, std::int64_t min,
                               std::int64_t max) {
  const auto number = number_in(text);
  if (number && *number >= min && *number <= max) return *number;
  return Error(Errc::invalid_argument,
               fmt::format("{} has to be a number from {} to {}", what, min, max));
}

Result<void> take_timeout(const std::string& value, CtlArguments& out) {
  constexpr std::int64_t timeout_s_max = 86'400;
  const auto seconds = number_of("--timeout", value, 1, timeout_s_max);
  if (!seconds) return seconds.error();
  out.timeout_s = *seconds;
  return {};
}

Result<void> take_priority(const std::string& value, CtlArguments& out) {
  const auto priority = number_of("--priority", value, INT32_MIN, INT32_MAX);
  if (!priority) return priority.error();
  out.priority = *priority;
  return {};
}

Result<void> take_max(const std::string& value, CtlArguments& out) {
  const auto max = number_of("--max", value, 1, INT64_MAX);
  if (!max) return max.error();
  out.max = *max;
  return {};
}

Result<void> take_rate(const std::string& value, CtlArguments& out) {
  constexpr std::int64_t rate_max = 1'000'000;
  const auto rate = number_of("--rate", value, 1, rate_max);
  if (!rate) return rate.error();
  out.rate = *rate;
  return {};
}

/// A time, or how long ago.
Result<std::string> time_of(std::string_view what, const std::string& value) {
  if (from_rfc3339(value)) return value;
  const auto age = age_ms(value);
  if (age) return rfc3339(std::max<std::int64_t>(SystemClock().wall().get() - *age, 0));
  return Error(
      Errc::invalid_argument,
      fmt::format("{} has to be an RFC 3339 time or an age such as 90s, 15m, 1h, 7D", what));
}

Result<void> take_since(const std::string& value, CtlArguments& out) {
  auto time = time_of("--since", value);
  if (!time) return time.error();
  out.since = std::move(*time);
  return {};
}

Result<void> take_until(const std::string& value, CtlArguments& out) {
  auto time = time_of("--until", value);
  if (!time) return time.error();
  out.until = std::move(*time);
  return {};
}

Result<void> take_states(const std::string& value, CtlArguments& out) {
  for (std::size_t from = 0; from <= value.size();) {
    const std::size_t comma = std::min(value.find(',', from), value.size());
    out.states.push_back(value.substr(from, comma - from));
    from = comma + 1;
  }
  return {};
}

Result<void> take_where(const std::string& value, CtlArguments& out) {
  const std::size_t equals = value.find('=');
  if (equals == std::string::npos || equals == 0) {
    return Error(Errc::invalid_argument, "--where has to be HEADER=VALUE");
  }
  std::string header = value.substr(0, equals);
  const bool again = std::any_of(out.where.begin(), out.where.end(),
                                 [&](const auto& other) { return other.first == header; });
  if (again) {
    return Error(Errc::invalid_argument,
                 fmt::format("--where asks for the header '{}' twice", header));
  }
  out.where.emplace_back(std::move(header), value.substr(equals + 1));
  return {};
}

Result<void> take_id(const std::string& value, CtlArguments& out) {
  out.ids.push_back(value);
  return {};
}

// A script whose variable is empty does not mean the queues where the messages died.
Result<void> take_to(const std::string& value, CtlArguments& out) {
  if (value.empty()) return Error(Errc::invalid_argument, "--to has to name a queue");
  out.to_queue = value;
  return {};
}

constexpr bool of_all = true;

constexpr CtlOption all_options[] = {
    {"--url", "", "URL", of_all, take_url},
    {"--vhost", "-p", "VHOST", of_all, take_text<&CtlArguments::vhost>},
    {"--quiet", "-q", "", of_all, take_flag<&CtlArguments::quiet>},
    {"--silent", "-s", "", of_all, take_silence},
    {"--no-table-headers", "", "", of_all, take_no_headers},
    {"--formatter", "", "FORMAT", of_all, take_formatter},
    {"--timeout", "-t", "SECONDS", of_all, take_timeout},
    {"--node", "-n", "NODE", of_all, take_node},
    {"--longnames", "-l", "", of_all, take_node},
    {"--help", "-h", "", of_all, take_flag<&CtlArguments::help>},
    {"--help", "-?", "", of_all, take_flag<&CtlArguments::help>},
    {"--apply-to", "", "WHAT", false, take_text<&CtlArguments::apply_to>},
    {"--description", "", "TEXT", false, take_text<&CtlArguments::description>},
    {"--dry-run", "", "", false, take_flag<&CtlArguments::dry_run>},
    {"--id", "", "ID", false, take_id},
    {"--if-empty", "-e", "", false, take_flag<&CtlArguments::if_empty>},
    {"--if-unused", "-u", "", false, take_flag<&CtlArguments::if_unused>},
    {"--local", "", "", false, take_flag<&CtlArguments::local>},
    {"--max", "", "N", false, take_max},
    {"--offline", "", "", false, take_flag<&CtlArguments::offline>},
    {"--online", "", "", false, take_flag<&CtlArguments::online>},
    {"--priority", "", "N", false, take_priority},
    {"--rate", "", "N", false, take_rate},
    {"--since", "", "WHEN", false, take_since},
    {"--state", "", "acked|expired|rejected|maxlen|purged[,...]", false, take_states},
    {"--tags", "", "TAG[,TAG]", false, take_text<&CtlArguments::tags>},
    {"--to", "", "QUEUE", false, take_to},
    {"--until", "", "WHEN", false, take_until},
    {"--where", "", "HEADER=VALUE", false, take_where},
};

}  // namespace

std::span<const CtlOption> ctl_options() {
  return all_options;
}

const CtlOption* find_ctl_option(std::string_view name) {
  for (const CtlOption& each : all_options) {
    if (each.name == name || (!each.letter.empty() && each.letter == name)) return &each;
  }
  return nullptr;
}

}  // namespace rialto
