#include "core/shard/loop.h"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <thread>
#include <vector>

namespace rialto {
namespace {

TEST(Loop, RunsTheFirstTickWithoutAnyEvent) {
  const SystemClock clock;
  Loop loop(clock);
  int ticks = 0;
  loop.run([&](Instant) {
    ++ticks;
    loop.stop();
    return no_deadline;
  });
  EXPECT_EQ(ticks, 1);
}

TEST(Loop, EndsATickAfterAtMost64HandlersHoweverManyAreReady) {
  const SystemClock clock;
  Loop loop(clock);
  constexpr int work = 1000;
  int done = 0;
  int done_before = 0;
  int most_in_a_tick = 0;
  for (int i = 0; i < work; ++i)
    boost::asio::post(loop.io(), [&] { ++done; });
  loop.run([&](Instant) {
    most_in_a_tick = std::max(most_in_a_tick, done - done_before);
    done_before = done;
    if (done == work) loop.stop();
    return no_deadline;
  });
  EXPECT_EQ(most_in_a_tick, Loop::handlers_max);
}

TEST(Loop, IsNotHeldUpByAHandlerThatPostsItselfForEver) {
  const SystemClock clock;
  Loop loop(clock);
  std::function<void()> again = [&] { boost::asio::post(loop.io(), again); };
  again();
  int ticks = 0;
  loop.run([&](Instant) {
    if (++ticks == 100) loop.stop();
    return no_deadline;
  });
  EXPECT_EQ(ticks, 100);
}

TEST(Loop, CountsWakesBeforeATickAsOneAndAWakeDuringATickAsTheNext) {
  const SystemClock clock;
  Loop loop(clock);
  int ticks = 0;
  for (int i = 0; i < 100; ++i)
    loop.wake();
  loop.run([&](Instant) {
    // One handler at most was posted: had each wake posted one, the second tick would come
    // without the wake below.
    if (++ticks == 1) {
      EXPECT_EQ(loop.io().poll(), 0U);
      loop.wake();
    } else {
      loop.stop();
    }
    return no_deadline;
  });
  EXPECT_EQ(ticks, 2);
}

TEST(Loop, LosesNoWakeOfAnotherThread) {
  const SystemClock clock;
  Loop loop(clock);
  constexpr int total = 20'000;
  std::atomic<int> published = 0;
  std::thread other([&] {
    for (int i = 0; i < total; ++i) {
      published.fetch_add(1);
      loop.wake();
    }
  });
  int seen = 0;
  loop.run([&](Instant) {
    seen = published.load();
    if (seen == total) loop.stop();
    return no_deadline;
  });
  other.join();
  EXPECT_EQ(seen, total);
}

TEST(Loop, ComesBackAtTheDeadlineThatTheTickNamed) {
  const SystemClock clock;
  Loop loop(clock);
  std::vector<Instant> deadlines;
  std::vector<Instant> ticks;
  loop.run([&](Instant now) {
    ticks.push_back(now);
    if (ticks.size() == 4) loop.stop();
    deadlines.push_back(after_ms(now, 2));
    return deadlines.back();
  });
  for (std::size_t i = 1; i < ticks.size(); ++i)
    EXPECT_GE(ticks[i], deadlines[i - 1]);
}

TEST(Loop, MovesItsTimerForwardWhenADeadlineComesNearer) {
  const SystemClock clock;
  Loop loop(clock);
  Instant near = no_deadline;
  bool named_far = false;
  loop.run([&](Instant now) {
    if (!named_far) {
      named_far = true;
      loop.wake();
      return after_ms(now, 3'600'000);
    }
    if (near == no_deadline) near = after_ms(now, 1);
    if (now >= near) loop.stop();
    return near;
  });
  EXPECT_LT(near, after_ms(clock.now(), 60'000));
}

TEST(Loop, ReadsTheClockOnceATick) {
  class CountingClock final : public Clock {
   public:
    Instant now() const override {
      ++reads;
      return Instant(1);
    }
    WallMs wall() const override { return WallMs(0); }
    mutable int reads = 0;
  };
  const CountingClock clock;
  Loop loop(clock);
  int ticks = 0;
  loop.run([&](Instant) {
    if (++ticks == 5) loop.stop();
    loop.wake();
    return no_deadline;
  });
  EXPECT_EQ(clock.reads, ticks);
}

TEST(Loop, DrainsAtTheFirstSignalAndStopsAtAnInterruptAfterIt) {
  const SystemClock clock;
  Loop loop(clock);
  int drains = 0;
  loop.on_signals(
      [&] {
        ++drains;
        std::raise(SIGINT);
      },
      [&] { loop.stop(); });
  std::raise(SIGTERM);
  loop.run([](Instant) { return no_deadline; });
  EXPECT_EQ(drains, 1);
}

}  // namespace
}  // namespace rialto
