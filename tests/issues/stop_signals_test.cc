#include "core/shard/loop.h"

#include <gtest/gtest.h>

#include <csignal>

namespace rialto {
namespace {

// make hands the SIGTERM of its process group on to the server, which then stopped at once.
TEST(StopSignals, ASecondSigtermDoesNotCutTheDrainShort) {
  const SystemClock clock;
  Loop loop(clock);
  int drains = 0;
  bool at_once = false;
  loop.on_signals(
      [&] {
        ++drains;
        std::raise(SIGTERM);
      },
      [&] { at_once = true; });
  std::raise(SIGTERM);
  int ticks = 0;
  loop.run([&](Instant) {
    if (++ticks == 8) loop.stop();
    loop.wake();
    return no_deadline;
  });
  EXPECT_EQ(drains, 1);
  EXPECT_FALSE(at_once);
}

}  // namespace
}  // namespace rialto
