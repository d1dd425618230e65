#include "gateway/cli/command_line.h"
#include "gateway/cli/config_arguments.h"
#include "gateway/config_keys.h"
#include "gateway/config_values.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace rialto {

namespace {

std::string choice_text(const ConfigKey& key, std::size_t index) {
  std::string_view left = key.choices;
  for (; index > 0; --index)
    left.remove_prefix(left.find('|') + 1);
  return std::string(left.substr(0, left.find('|')));
}

std::string value_text(const ConfigKey& key, Config& config) {
  const ConfigPlace place = key.place(config);
  if (auto* const* address = std::get_if<ListenAddress*>(&place)) return (*address)->text();
  if (auto* const* text = std::get_if<std::string*>(&place)) return **text;
  if (auto* const* truth = std::get_if<bool*>(&place)) return **truth ? "true" : "false";
  if (auto* const* fsync = std::get_if<Fsync*>(&place)) {
    return choice_text(key, static_cast<std::size_t>(**fsync));
  }
  if (auto* const* level = std::get_if<LogLevel*>(&place)) {
    return choice_text(key, static_cast<std::size_t>(**level));
  }
  const std::int64_t number = *std::get<std::int64_t*>(place);
  if (key.type == KeyType::size) return size_text(number);
  if (key.type == KeyType::duration) return duration_text(number);
  return std::to_string(number);
}

/// Prints a file that --config would read back.
ExitCode show(const ConfigArguments& arguments) {
  LoadedConfig loaded = arguments.load();
  const auto keys = config_keys();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string entry =
        fmt::format("{}: {}", keys[i].name, value_text(keys[i], loaded.config));
    fmt::print("{:<48} # {}\n", entry, loaded.origins[i]);
  }
  fmt::print(stderr, "{}", explain(loaded.errors));
  return loaded.errors.empty() ? ExitCode::ok : ExitCode::bad_config;
}

}  // namespace

void add_config_show(CLI::App& config, Chosen& chosen) {
  CLI::App* command =
      config.add_subcommand("show", "Print every key with its value and where it came from");
  const auto arguments = std::make_shared<ConfigArguments>();
  arguments->add_data_to(*command);
  arguments->add_to(*command);
  command->callback([&chosen, arguments] { chosen = [arguments] { return show(*arguments); }; });
}

}  // namespace rialto
