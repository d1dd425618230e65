#pragma once

#include "gateway/config.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace rialto {

/// What the command line says about the configuration; the same words at every command.
class ConfigArguments {
 public:
  /// Adds --config and --set. This object outlives the parse.
  void add_to(CLI::App& command);
  /// Adds --data, short for --set data.dir=DIR.
  void add_data_to(CLI::App& command);

  /// Default < file < environment < flag, with all errors there are, also that of a file which
  /// cannot be read.
  LoadedConfig load() const;

 private:
  std::string file_;
  std::string data_;
  std::vector<std::string> sets_;
};

}  // namespace rialto
