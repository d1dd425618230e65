#include "gateway/cli/command_line.h"
#include "gateway/cli/config_arguments.h"
#include "gateway/server.h"
#include "gateway/server_log.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>
#include <memory>

namespace rialto {

namespace {

ExitCode serve(const ConfigArguments& arguments) {
  const LoadedConfig loaded = arguments.load();
  if (!loaded.errors.empty()) {
    fmt::print(stderr, "{}", explain(loaded.errors));
    return ExitCode::bad_config;
  }
  // A closed terminal or pipe is no reason to stop serving.
  std::signal(SIGPIPE, SIG_IGN);
  start_log(loaded.config.log.level);
  Server server(loaded.config);
  if (const auto failure = server.start()) {
    fmt::print(stderr, "rialto: {}\n", failure->text);
    return failure->code;
  }
  fmt::print("{}", start_screen(server.facts()));
  std::fflush(stdout);
  return server.run();
}

}  // namespace

void add_serve(CLI::App& app, Chosen& chosen) {
  CLI::App* command = app.add_subcommand("serve", "Start the server");
  const auto arguments = std::make_shared<ConfigArguments>();
  arguments->add_data_to(*command);
  arguments->add_to(*command);
  command->callback([&chosen, arguments] { chosen = [arguments] { return serve(*arguments); }; });
}

}  // namespace rialto
