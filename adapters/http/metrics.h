#pragma once

#include "core/base/stats.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace rialto::http {

/// Prometheus 3 refuses a scrape without exactly this.
inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

struct BuildInfo {
  std::string version;
  std::string revision;
};

/// What the operating system says of this process.
struct ProcessFigures {
  std::uint64_t resident_bytes = 0;
  double cpu_seconds = 0;
  std::uint64_t open_fds = 0;

  /// Reads /proc/self: memory only, never a disk.
  static ProcessFigures now();
};

/// The text of a scrape. Same names for both models, so that one panel can compare them; no label
/// grows with messages, queues or topics.
std::string metrics_text(const StatsSnapshot& stats, const BuildInfo& build,
                         const ProcessFigures& process);

}  // namespace rialto::http
