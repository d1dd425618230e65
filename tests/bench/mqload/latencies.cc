#include "tests/bench/mqload/latencies.h"

#include <algorithm>

namespace mqload {

void add_rate(Figures& out, std::uint64_t messages, Clock::time_point begin) {
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  out.emplace_back("seconds", seconds);
  out.emplace_back("per_second", static_cast<double>(messages) / seconds);
}

void Latencies::add_to(Figures& out, const std::string& what) {
  if (taken_us_.empty()) return;
  std::sort(taken_us_.begin(), taken_us_.end());
  out.emplace_back(what + "_p50_us", taken_us_[taken_us_.size() / 2]);
  out.emplace_back(what + "_p99_us", taken_us_[taken_us_.size() * 99 / 100]);
  out.emplace_back(what + "_max_us", taken_us_.back());
}

}  // namespace mqload
