#include "gateway/cli/ctl_arguments.h"

#include "gateway/cli/ctl_options.h"
#include "gateway/cli/ctl_verbs.h"

#include <fmt/format.h>

#include <algorithm>

namespace rialto {

namespace {

/// An option as it was written.
struct GivenOption {
  std::string name;
  std::string value;
  const CtlOption* option = nullptr;  ///< null: nothing is called like that
};

/// The option at arguments[i]; `i` moves on to its value.
Result<GivenOption> given_option(const std::vector<std::string>& arguments, std::size_t& i) {
  const std::string& word = arguments[i];
  const std::size_t equals = std::min(word.find('='), word.size());
  GivenOption out{word.substr(0, equals), {}, nullptr};
  out.option = find_ctl_option(out.name);
  const bool joined = equals < word.size();
  if (joined) out.value = word.substr(equals + 1);
  if (!out.option) return out;
  if (out.option->value.empty() && joined) {
    return Error(Errc::invalid_argument, fmt::format("{} takes no value", out.name));
  }
  if (out.option->value.empty() || joined) return out;
  if (++i == arguments.size()) {
    return Error(Errc::invalid_argument, fmt::format("{} needs a value", word));
  }
  out.value = arguments[i];
  return out;
}

bool takes_option(const CtlVerb& verb, const GivenOption& given) {
  if (!given.option) return false;
  return given.option->of_all || std::find(verb.options.begin(), verb.options.end(),
                                           given.option->name) != verb.options.end();
}

/// What was written fits the verb.
Result<void> check_verb(const CtlArguments& asked, const std::vector<GivenOption>& options) {
  const CtlVerb* const verb = find_ctl_verb(asked.verb);
  if (!verb) return no_such_ctl_verb(asked.verb);
  for (const GivenOption& given : options) {
    if (takes_option(*verb, given)) continue;
    const std::string takes = verb->takes();
    return Error(Errc::invalid_argument,
                 fmt::format("{} has no option {}; it takes: {}", verb->name, given.name,
                             takes.empty() ? "nothing" : takes));
  }
  const bool rows_only = asked.format == CtlFormat::csv || asked.format == CtlFormat::pretty;
  if (rows_only && !verb->rows) {
    return Error(Errc::invalid_argument,
                 fmt::format("{} shows no rows, which the formatters csv and pretty_table are for",
                             verb->name));
  }
  for (std::size_t i = 0; i < verb->needed; ++i) {
    const std::string_view name = verb->options[i];
    const bool given = std::any_of(options.begin(), options.end(), [&](const GivenOption& each) {
      return each.option->name == name;
    });
    if (given) continue;
    return Error(Errc::invalid_argument, fmt::format("{} needs {}; usage: {} {}", verb->name, name,
                                                     verb->name, verb->takes()));
  }
  const std::size_t wanted = verb->words.size();
  if (asked.words.size() == wanted || (verb->columns && asked.words.size() > wanted)) return {};
  return Error(Errc::invalid_argument, fmt::format("usage: {} {}", verb->name, verb->takes()));
}

Result<CtlArguments> without_verb(CtlArguments asked, const std::vector<GivenOption>& options) {
  for (const GivenOption& given : options) {
    if (given.option && given.option->of_all) continue;
    return Error(Errc::invalid_argument,
                 given.option ? fmt::format("{} needs a verb that takes it", given.name)
                              : fmt::format("unknown option '{}'", given.name));
  }
  return asked;
}

}  // namespace

Result<CtlArguments> read_ctl_arguments(const std::vector<std::string>& arguments) {
  CtlArguments out;
  std::vector<GivenOption> options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word.size() < 2 || word[0] != '-') {
      (out.verb.empty() ? out.verb : out.words.emplace_back()) = word;
      continue;
    }
    auto given = given_option(arguments, i);
    if (!given) return given.error();
    options.push_back(std::move(*given));
    // Whether the next word is its value, nobody knows.
    if (!options.back().option) break;
  }
  const auto take = [&](bool of_all) -> Result<void> {
    for (const GivenOption& given : options) {
      if (!given.option || given.option->of_all != of_all) continue;
      if (auto ok = given.option->take(given.value, out); !ok) return ok.error();
    }
    return {};
  };
  if (auto ok = take(true); !ok) return ok.error();
  if (out.verb == "help") out.help = true;
  if (out.help) return out;
  if (out.verb.empty()) return without_verb(std::move(out), options);
  if (auto ok = check_verb(out, options); !ok) return ok.error();
  if (auto ok = take(false); !ok) return ok.error();
  return out;
}

}  // namespace rialto
