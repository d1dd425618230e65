#include "gateway/cli/command_line.h"

#include "gateway/cli/ctl.h"
#include "gateway/server_screen.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace rialto {

namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

/// A word that stands where a command was expected, and whose command that is.
struct Misplaced {
  const CLI::App* below = nullptr;
  std::string word;
};

Misplaced find_misplaced(const CLI::App& app, int argc, const char* const* argv) {
  const CLI::App* below = &app;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto commands = commands_of(*below);
    if (commands.empty() || word.starts_with("-")) return {};
    const auto next = std::find_if(commands.begin(), commands.end(), [&](const CLI::App* command) {
      return command->check_name(word);
    });
    if (next == commands.end()) return {below, word};
    below = *next;
  }
  return {};
}

ExitCode refuse(const Misplaced& misplaced) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(*misplaced.below)) {
    names.push_back(command->get_name());
  }
  const std::string meant = nearest_word(misplaced.word, names);
  fmt::print(stderr, "rialto: '{}' is not a command of {}; {}\n", misplaced.word,
             misplaced.below->get_name(),
             meant.empty() ? fmt::format("there are {}", fmt::join(names, ", "))
                           : fmt::format("did you mean '{}'?", meant));
  return ExitCode::usage;
}

}  // namespace

ExitCode run_command_line(int argc, const char* const* argv) {
  if (argc > 0 && called_as_rabbitmqctl(argv[0])) return run_ctl({argv + 1, argv + argc});
  CLI::App app("One durable log behind three doors: AMQP 0-9-1, Kafka and HTTP", "rialto");
  app.set_version_flag("--version", fmt::format("rialto {}", rialto_version));
  app.require_subcommand(1);
  Chosen chosen;
  add_serve(app, chosen);
  add_demo(app, chosen);
  add_ctl(app, chosen);
  CLI::App* config = app.add_subcommand("config", "Look at the configuration without starting");
  config->require_subcommand(1);
  add_config_check(*config, chosen);
  add_config_show(*config, chosen);
  CLI::App* journal = app.add_subcommand("journal", "Look at a data directory");
  journal->require_subcommand(1);
  add_journal_dump(*journal, chosen);

  const Misplaced misplaced = find_misplaced(app, argc, argv);
  if (misplaced.below) return refuse(misplaced);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? ExitCode::ok : ExitCode::usage;
  }
  return chosen();
}

}  // namespace rialto
