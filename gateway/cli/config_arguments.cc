#include "gateway/cli/config_arguments.h"

#include <CLI/CLI.hpp>

namespace rialto {

void ConfigArguments::add_to(CLI::App& command) {
  command.add_option("--config", file_, "Read this YAML file; config/rialto.yaml shows every key")
      ->type_name("FILE");
  command.add_option("--set", sets_, "Set one key, such as amqp.listen=127.0.0.1:5673; repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

void ConfigArguments::add_data_to(CLI::App& command) {
  command.add_option("--data", data_, "The data directory (default ./rialto-data)")
      ->type_name("DIR");
}

LoadedConfig ConfigArguments::load() const {
  ConfigSources sources;
  std::vector<ConfigError> unread;
  if (!file_.empty()) {
    auto file = read_config_file(file_);
    if (file) {
      sources.files.push_back(std::move(*file));
    } else {
      unread.push_back({"--config", file.error().text});
    }
  }
  sources.environment = rialto_environment();
  sources.sets = sets_;
  if (!data_.empty()) sources.sets.push_back("data.dir=" + data_);
  LoadedConfig loaded = load_config(sources);
  loaded.errors.insert(loaded.errors.begin(), unread.begin(), unread.end());
  return loaded;
}

}  // namespace rialto
