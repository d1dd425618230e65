#pragma once

#include "gateway/server_exit.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace rialto {

/// The whole program: arguments to exit code.
ExitCode run_command_line(int argc, const char* const* argv);

/// The command that was chosen, to be run when all arguments are read.
using Chosen = std::function<ExitCode()>;

// Each adds its subcommand, one file a command; `chosen` outlives the parse.
void add_serve(CLI::App& app, Chosen& chosen);
void add_config_check(CLI::App& config, Chosen& chosen);
void add_config_show(CLI::App& config, Chosen& chosen);
void add_journal_dump(CLI::App& journal, Chosen& chosen);
void add_demo(CLI::App& app, Chosen& chosen);
void add_ctl(CLI::App& app, Chosen& chosen);

/// The word of `words` that was probably meant; empty when nothing is near.
std::string nearest_word(std::string_view word, const std::vector<std::string>& words);

}  // namespace rialto
