#pragma once

#include "tests/unit/core/broker/core_rig.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <random>
#include <string>
#include <utility>

namespace rialto::sim {

/// What random runs have in common: dice, and the first thing that was wrong.
class SeededRun {
 protected:
  explicit SeededRun(std::uint64_t seed) : rng_(seed) {}

  static test::Ports ports(std::uint64_t seed) {
    return seed % 3 == 0 ? test::Ports::three_shards : test::Ports::one_thread;
  }
  std::uint64_t below(std::uint64_t bound) { return rng_() % bound; }
  std::int64_t number(std::uint64_t bound) { return static_cast<std::int64_t>(below(bound)); }
  bool chance(std::uint64_t percent) { return below(100) < percent; }
  void complain(const std::string& what, std::uint64_t id) {
    if (!wrong_.empty()) return;
    wrong_ = what + ": message " + std::to_string(id);
    for (const std::string& line : notes_)
      wrong_ += "\n  " + line;
  }
  /// Told with the complaint, the last ones.
  void note(std::string what) {
    constexpr std::size_t notes_max = 200;
    notes_.push_back(std::move(what));
    if (notes_.size() > notes_max) notes_.pop_front();
  }

  std::string wrong_;

 private:
  std::mt19937_64 rng_;
  std::deque<std::string> notes_;
};

/// Seeds 1 to `seeds_default`, or to RIALTO_SIM_SEEDS; stops at the first that complains.
template <class Simulation>
void run_seeds(std::uint64_t seeds_default) {
  const char* asked = std::getenv("RIALTO_SIM_SEEDS");
  const std::uint64_t last = asked ? std::strtoull(asked, nullptr, 10) : seeds_default;
  for (std::uint64_t seed = 1; seed <= last; ++seed) {
    const std::string wrong = Simulation(seed).run();
    EXPECT_EQ(wrong, "") << "seed " << seed;
    if (!wrong.empty()) break;
  }
}

}  // namespace rialto::sim
