#include "tests/sim/broker_simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace rialto::sim {
namespace {

constexpr std::uint64_t seeds_default = 300;
constexpr int steps = 500;

/// RIALTO_SIM_SEEDS: how many, or first-last to look at some.
std::pair<std::uint64_t, std::uint64_t> seeds() {
  const char* asked = std::getenv("RIALTO_SIM_SEEDS");
  if (!asked) return {1, seeds_default};
  char* end = nullptr;
  const std::uint64_t first = std::strtoull(asked, &end, 10);
  if (*end != '-') return {1, first};
  return {first, std::strtoull(end + 1, nullptr, 10)};
}

TEST(TheBroker, KeepsItsPromisesWhateverHappens) {
  const auto [first, last] = seeds();
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    Simulation simulation(seed);
    if (simulation.run(steps)) continue;
    ADD_FAILURE() << "seed " << seed << ", " << simulation.failure()
                  << "\nRIALTO_SIM_SEEDS=" << seed << '-' << seed << " repeats it";
  }
}

}  // namespace
}  // namespace rialto::sim
