#include "adapters/amqp/heartbeat.h"

#include <gtest/gtest.h>

namespace rialto::amqp {
namespace {

constexpr Instant begin{1'000};

TEST(AmqpHeartbeat, AnIdleSideSendsEveryHalfInterval) {
  Heartbeat beat;
  beat.start(begin, 10);
  EXPECT_EQ(beat.next_deadline(), after_ms(begin, 5'000));
  EXPECT_EQ(beat.on_time(after_ms(begin, 5'000)), Heartbeat::Due::send);
  beat.saw_output();
  EXPECT_EQ(beat.on_time(after_ms(begin, 10'000)), Heartbeat::Due::send);
  beat.saw_output();
  beat.saw_output();
  beat.saw_input();
  EXPECT_EQ(beat.on_time(after_ms(begin, 15'000)), Heartbeat::Due::nothing)
      << "something else left";
  EXPECT_EQ(beat.on_time(after_ms(begin, 20'000)), Heartbeat::Due::send);
}

TEST(AmqpHeartbeat, APeerIsGoneAfterTwoSilentIntervals) {
  Heartbeat beat;
  beat.start(begin, 10);
  beat.saw_input();
  EXPECT_NE(beat.on_time(after_ms(begin, 10'000)), Heartbeat::Due::peer_is_gone);
  EXPECT_NE(beat.on_time(after_ms(begin, 20'000)), Heartbeat::Due::peer_is_gone);
  EXPECT_EQ(beat.on_time(after_ms(begin, 30'000)), Heartbeat::Due::peer_is_gone);
}

TEST(AmqpHeartbeat, AnyTrafficCounts) {
  Heartbeat beat;
  beat.start(begin, 10);
  for (int i = 1; i < 20; ++i) {
    beat.saw_input();
    EXPECT_NE(beat.on_time(after_ms(begin, i * 10'000)), Heartbeat::Due::peer_is_gone);
  }
}

TEST(AmqpHeartbeat, ZeroSwitchesItOff) {
  Heartbeat beat;
  beat.start(begin, 0);
  EXPECT_EQ(beat.next_deadline(), no_deadline);
}

}  // namespace
}  // namespace rialto::amqp
