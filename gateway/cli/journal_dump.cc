#include "core/journal/dump.h"
#include "core/journal/posix_file.h"
#include "gateway/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

namespace rialto {

namespace {

struct DumpArguments {
  std::string data = "./rialto-data";
  std::uint64_t from = 0;
  std::uint64_t to = UINT64_MAX;
  bool headers_only = false;
};

ExitCode dump(const DumpArguments& arguments) {
  const auto dir = open_directory_for_reading(arguments.data);
  if (!dir) {
    fmt::print(stderr, "rialto: {}\n", dir.error().text);
    return ExitCode::failed;
  }
  DumpOptions options;
  options.from = Lsn(arguments.from);
  options.to = Lsn(arguments.to);
  options.check_payloads = !arguments.headers_only;
  dump_journal(**dir, options, std::cout);
  std::cout.flush();
  return std::cout ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

void add_journal_dump(CLI::App& journal, Chosen& chosen) {
  CLI::App* command = journal.add_subcommand("dump", "Print the frames of a journal; reads only");
  const auto arguments = std::make_shared<DumpArguments>();
  command->add_option("--data", arguments->data, "The data directory")->type_name("DIR");
  command->add_option("--from", arguments->from, "Leave out what starts below this LSN")
      ->type_name("LSN");
  command->add_option("--to", arguments->to, "Leave out what starts at or above this LSN")
      ->type_name("LSN");
  command->add_flag("--headers-only", arguments->headers_only, "Do not read and check payloads");
  command->callback([&chosen, arguments] { chosen = [arguments] { return dump(*arguments); }; });
}

}  // namespace rialto
