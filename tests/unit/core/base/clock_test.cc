#include "core/base/clock.h"

#include <gtest/gtest.h>

namespace rialto {
namespace {

TEST(SystemClock, NeverGoesBack) {
  const SystemClock clock;
  Instant last = clock.now();
  for (int i = 0; i < 1000; ++i) {
    const Instant now = clock.now();
    EXPECT_GE(now, last);
    last = now;
  }
  EXPECT_GT(clock.wall(), WallMs(1'600'000'000'000));
}

TEST(ManualClock, MovesBothTimesTogetherAndOnlyWhenTold) {
  ManualClock clock;
  const Instant before = clock.now();
  const WallMs wall_before = clock.wall();
  clock.advance_ms(1500);
  EXPECT_EQ(clock.now() - before, 1500 * ns_per_ms);
  EXPECT_EQ(clock.wall() - wall_before, 1500);
}

}  // namespace
}  // namespace rialto
