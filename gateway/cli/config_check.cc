#include "gateway/cli/command_line.h"
#include "gateway/cli/config_arguments.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace rialto {

namespace {

ExitCode check(const ConfigArguments& arguments) {
  const LoadedConfig loaded = arguments.load();
  if (loaded.errors.empty()) {
    fmt::print("The configuration is good.\n");
    return ExitCode::ok;
  }
  fmt::print(stderr, "{}", explain(loaded.errors));
  fmt::print(stderr, "{} error{}\n", loaded.errors.size(), loaded.errors.size() == 1 ? "" : "s");
  return ExitCode::bad_config;
}

}  // namespace

void add_config_check(CLI::App& config, Chosen& chosen) {
  CLI::App* command = config.add_subcommand("check", "Name every mistake at once; touch nothing");
  const auto arguments = std::make_shared<ConfigArguments>();
  arguments->add_data_to(*command);
  arguments->add_to(*command);
  command->callback([&chosen, arguments] { chosen = [arguments] { return check(*arguments); }; });
}

}  // namespace rialto
