// The configuration loader: a file, then lines of environment and --set behind a form feed.
#include "gateway/config.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::size_t split = std::min(input.find('\f'), input.size());
  rialto::ConfigSources sources;
  sources.files.push_back({"fuzz.yaml", input.substr(0, split)});
  for (std::size_t at = split + 1; at < input.size();) {
    const std::size_t end = std::min(input.find('\n', at), input.size());
    const std::string line = input.substr(at, end - at);
    if (line.starts_with("RIALTO_")) {
      const std::size_t equals = std::min(line.find('='), line.size());
      sources.environment.emplace_back(line.substr(0, equals),
                                       line.substr(std::min(equals + 1, line.size())));
    } else {
      sources.sets.push_back(line);
    }
    at = end + 1;
  }
  const auto loaded = rialto::load_config(sources);
  if (rialto::explain(loaded.errors).empty() != loaded.errors.empty()) __builtin_trap();
  if (loaded.config.amqp.listen.host.empty()) __builtin_trap();
  return 0;
}
