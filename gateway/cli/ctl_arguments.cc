#include "gateway/cli/ctl_arguments.h"

#include "core/base/clock.h"
#include "core/base/rfc3339.h"
#include "core/model/start_point.h"
#include "gateway/config_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace rialto {

namespace {

using Values = std::map<std::string, std::string, std::less<>>;

// Options with a value, by every name they have. A node is accepted and there is one.
const Values valued = {{"-p", "vhost"},
                       {"--vhost", "vhost"},
                       {"--url", "url"},
                       {"--formatter", "format"},
                       {"-t", "timeout"},
                       {"--timeout", "timeout"},
                       {"-n", "node"},
                       {"--node", "node"},
                       {"--priority", "priority"},
                       {"--apply-to", "apply-to"},
                       {"--to", "to"},
                       {"--max", "max"},
                       {"--rate", "rate"},
                       {"--state", "state"},
                       {"--since", "since"},
                       {"--until", "until"},
                       {"--where", "where"}};

Result<void> take_flag(const std::string& name, CtlArguments& out) {
  if (name == "-q" || name == "--quiet") {
    out.quiet = true;
  } else if (name == "-s" || name == "--silent") {
    out.quiet = true;
    out.headers = false;
  } else if (name == "--no-table-headers") {
    out.headers = false;
  } else if (name == "--if-empty" || name == "-e") {
    out.if_empty = true;
  } else if (name == "--if-unused" || name == "-u") {
    out.if_unused = true;
  } else if (name == "--dry-run") {
    out.dry_run = true;
  } else if (name == "-h" || name == "--help") {
    out.verb = "help";
  } else {
    return Error(Errc::invalid_argument, fmt::format("unknown option '{}'", name));
  }
  return {};
}

Result<void> take_url(std::string_view url, CtlArguments& out) {
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

Result<std::int64_t> number_of(const std::string& what, const std::string& text, std::int64_t min,
                               std::int64_t max) {
  std::int64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, failed] = std::from_chars(text.data(), last, number);
  if (failed == std::errc{} && end == last && number >= min && number <= max) return number;
  return Error(Errc::invalid_argument,
               fmt::format("--{} has to be a number from {} to {}", what, min, max));
}

/// A time, or how long ago.
Result<std::string> time_of(const std::string& what, const std::string& value) {
  if (from_rfc3339(value)) return value;
  const auto age = age_ms(value);
  if (age) return rfc3339(std::max<std::int64_t>(SystemClock().wall().get() - *age, 0));
  return Error(
      Errc::invalid_argument,
      fmt::format("--{} has to be an RFC 3339 time or an age such as 90s, 15m, 1h, 7D", what));
}

/// Of what has left a queue.
Result<void> take_choice(const std::string& what, const std::string& value, CtlArguments& out) {
  if (what == "state") {
    for (std::size_t from = 0; from <= value.size();) {
      const std::size_t comma = std::min(value.find(',', from), value.size());
      out.states.push_back(value.substr(from, comma - from));
      from = comma + 1;
    }
  }
  if (what == "since" || what == "until") {
    auto time = time_of(what, value);
    if (!time) return time.error();
    (what == "since" ? out.since : out.until) = std::move(*time);
  }
  if (what == "where") {
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error(Errc::invalid_argument, "--where has to be HEADER=VALUE");
    }
    out.where.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  }
  return {};
}

Result<void> take_value(const std::string& what, const std::string& value, CtlArguments& out) {
  if (what == "vhost") out.vhost = value;
  if (what == "url") return take_url(value, out);
  if (what == "format") {
    if (value != "json" && value != "table" && value != "tsv") {
      return Error(Errc::invalid_argument,
                   fmt::format("there is no formatter '{}'; there are: table, json", value));
    }
    out.json = value == "json";
  }
  if (what == "timeout") {
    constexpr std::int64_t timeout_s_max = 86'400;
    const auto seconds = number_of(what, value, 1, timeout_s_max);
    if (!seconds) return seconds.error();
    out.timeout_s = *seconds;
  }
  if (what == "priority") {
    const auto priority = number_of(what, value, INT32_MIN, INT32_MAX);
    if (!priority) return priority.error();
    out.priority = *priority;
  }
  if (what == "max" || what == "rate") {
    constexpr std::int64_t rate_max = 1'000'000;
    const auto count = number_of(what, value, 1, what == "max" ? INT64_MAX : rate_max);
    if (!count) return count.error();
    if (what == "max") out.max = *count;
    if (what == "rate") out.rate = *count;
  }
  if (what == "apply-to") out.apply_to = value;
  if (what == "to") out.to_queue = value;
  return take_choice(what, value, out);
}

}  // namespace

Result<CtlArguments> read_ctl_arguments(const std::vector<std::string>& arguments) {
  CtlArguments out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word.size() < 2 || word[0] != '-') {
      (out.verb.empty() ? out.verb : out.words.emplace_back()) = word;
      continue;
    }
    const std::size_t equals = std::min(word.find('='), word.size());
    const auto option = valued.find(word.substr(0, equals));
    if (option == valued.end()) {
      if (auto ok = take_flag(word, out); !ok) return ok.error();
      continue;
    }
    const bool joined = equals < word.size();
    if (!joined && i + 1 == arguments.size()) {
      return Error(Errc::invalid_argument, fmt::format("{} needs a value", word));
    }
    const std::string value = joined ? word.substr(equals + 1) : arguments[++i];
    if (auto ok = take_value(option->second, value, out); !ok) return ok.error();
  }
  return out;
}

}  // namespace rialto
