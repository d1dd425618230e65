#include "gateway/cli/command_line.h"

#include <fmt/format.h>

#include <exception>

int main(int argc, char** argv) {
  try {
    return static_cast<int>(rialto::run_command_line(argc, argv));
  } catch (const std::exception& e) {
    // Out of memory, or a bug. Nothing was promised that is not on disk.
    fmt::print(stderr, "rialto: {}\n", e.what());
    return static_cast<int>(rialto::ExitCode::failed);
  }
}
