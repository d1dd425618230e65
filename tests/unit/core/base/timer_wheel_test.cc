#include "core/base/timer_wheel.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace rialto {
namespace {

constexpr Instant start{1'234'567'890'123'456};

std::vector<std::uint64_t> fired(TimerWheel& wheel, Instant now) {
  std::vector<std::uint64_t> out;
  wheel.advance(now, [&](std::uint64_t payload) { out.push_back(payload); });
  return out;
}

using Payloads = std::vector<std::uint64_t>;

TEST(TimerWheel, NeverFiresEarlyAndFiresWithinAMillisecond) {
  TimerWheel wheel;
  fired(wheel, start);
  constexpr std::int64_t distances_ns[] = {
      1, 999'999, 1'000'000, 1'000'001, 63'500'000, 64'000'000, 4'096'000'001, 86'400'000'000'000};
  for (const std::int64_t ns : distances_ns) {
    const Instant deadline = start + ns;
    wheel.add(deadline, 7);
    EXPECT_EQ(fired(wheel, deadline - 1), Payloads{}) << ns;
    EXPECT_EQ(fired(wheel, deadline + (ns_per_ms - 1)), Payloads{7}) << ns;
    wheel = TimerWheel();
    fired(wheel, start);
  }
}

TEST(TimerWheel, FiresWhatIsAlreadyDueAtTheNextAdvance) {
  TimerWheel wheel;
  fired(wheel, start);
  wheel.add(after_ms(start, -1), 1);
  wheel.add(Instant(0), 2);
  wheel.add(Instant(-5), 3);
  wheel.add(after_ms(start, -10'000), 4);
  EXPECT_EQ(fired(wheel, after_ms(start, 1)), (Payloads{1, 2, 3, 4}));
}

TEST(TimerWheel, FiresInTheOrderOfAddingWithinAMillisecond) {
  TimerWheel wheel;
  const Instant deadline = after_ms(Instant(0), 5000);
  wheel.add(deadline, 1);
  fired(wheel, after_ms(Instant(0), 4999));
  wheel.add(deadline, 2);
  wheel.add(deadline - 1, 3);
  EXPECT_EQ(fired(wheel, deadline), (Payloads{1, 2, 3}));
}

TEST(TimerWheel, ACancelledTimerNeverFiresAndItsIdStaysDead) {
  TimerWheel wheel;
  const TimerId id = wheel.add(after_ms(start, 10), 1);
  EXPECT_TRUE(wheel.cancel(id));
  EXPECT_FALSE(wheel.cancel(id));
  const TimerId reused = wheel.add(after_ms(start, 10), 2);
  EXPECT_NE(id, reused);
  EXPECT_FALSE(wheel.cancel(id));
  EXPECT_EQ(fired(wheel, after_ms(start, 20)), Payloads{2});
  EXPECT_FALSE(wheel.cancel(reused));
  EXPECT_FALSE(wheel.cancel(TimerId(0)));
  EXPECT_FALSE(wheel.cancel(TimerId(~0ULL)));
}

TEST(TimerWheel, ACallbackMayCancelATimerThatIsDueInTheSameCall) {
  TimerWheel wheel;
  const Instant deadline = after_ms(start, 3);
  wheel.add(deadline, 1);
  const TimerId second = wheel.add(deadline, 2);
  wheel.add(deadline, 3);
  Payloads seen;
  wheel.advance(after_ms(deadline, 1), [&](std::uint64_t payload) {
    seen.push_back(payload);
    if (payload == 1) {
      EXPECT_TRUE(wheel.cancel(second));
    }
  });
  EXPECT_EQ(seen, (Payloads{1, 3}));
  EXPECT_TRUE(wheel.empty());
}

TEST(TimerWheel, ACallbackThatAddsWhatIsDueDoesNotKeepTheCallAlive) {
  TimerWheel wheel;
  wheel.add(start, 1);
  std::size_t calls = 0;
  const auto again = [&](std::uint64_t) {
    ++calls;
    wheel.add(start, 1);
  };
  wheel.advance(after_ms(start, 5), again);
  EXPECT_EQ(calls, 1U);
  wheel.advance(after_ms(start, 6), again);
  EXPECT_EQ(calls, 2U);
}

TEST(TimerWheel, IsIdleWithoutTimersHoweverMuchTimePasses) {
  TimerWheel wheel;
  EXPECT_EQ(wheel.next_deadline(), no_deadline);
  for (std::int64_t years = 1; years < 200; ++years) {
    EXPECT_EQ(fired(wheel, after_ms(start, years * 31'536'000'000)), Payloads{});
  }
  EXPECT_EQ(wheel.next_deadline(), no_deadline);
}

TEST(TimerWheel, FollowingNextDeadlineReachesAFarTimerInAHandfulOfWakeUps) {
  TimerWheel wheel;
  fired(wheel, start);
  const Instant deadline = after_ms(start, 5LL * 365 * 86'400'000);
  wheel.add(deadline, 9);
  Instant now = start;
  for (int wake_ups = 1; wake_ups <= 8; ++wake_ups) {
    ASSERT_GT(wheel.next_deadline(), now);
    now = wheel.next_deadline();
    const auto seen = fired(wheel, now);
    if (seen.empty()) continue;
    EXPECT_GE(now, deadline);
    EXPECT_LT(now - deadline, ns_per_ms);
    return;
  }
  FAIL() << "the timer was not reached";
}

TEST(TimerWheel, TheFarthestDeadlineOfTheClockIsHeldAndCancelled) {
  TimerWheel wheel;
  const TimerId never = wheel.add(no_deadline, 1);
  EXPECT_EQ(fired(wheel, after_ms(start, 1'000'000'000'000)), Payloads{});
  EXPECT_EQ(wheel.size(), 1U);
  EXPECT_TRUE(wheel.cancel(never));
}

TEST(TimerWheel, AClockThatStandsStillOrGoesBackFiresNothingTwice) {
  TimerWheel wheel;
  wheel.add(after_ms(start, 1), 1);
  EXPECT_EQ(fired(wheel, after_ms(start, 2)), Payloads{1});
  EXPECT_EQ(fired(wheel, after_ms(start, 2)), Payloads{});
  wheel.add(after_ms(start, 3), 2);
  EXPECT_EQ(fired(wheel, start), Payloads{});
  EXPECT_EQ(fired(wheel, after_ms(start, 4)), Payloads{2});
}

/// The obvious wheel: a sorted list.
struct Oracle {
  std::multimap<std::int64_t, std::uint64_t> by_tick;

  Payloads fired(std::int64_t target) {
    Payloads out;
    while (!by_tick.empty() && by_tick.begin()->first <= target) {
      out.push_back(by_tick.begin()->second);
      by_tick.erase(by_tick.begin());
    }
    return out;
  }
};

RC_GTEST_PROP(TimerWheel, AgreesWithASortedListUnderRandomUse, ()) {
  TimerWheel wheel;
  Oracle oracle;
  std::map<std::uint64_t, TimerId> ids;
  Instant now = start;
  const auto steps = *rc::gen::container<std::vector<std::pair<int, std::uint32_t>>>(
      rc::gen::pair(rc::gen::inRange(0, 8), rc::gen::arbitrary<std::uint32_t>()));
  std::uint64_t payload = 0;
  fired(wheel, now);
  for (const auto& [what, number] : steps) {
    const std::int64_t reach = std::int64_t{number} % (1LL << (what * 6 + 4));
    if (what < 5) {
      const Instant deadline = now + reach * 12'345;
      const std::int64_t tick = (deadline.get() + ns_per_ms - 1) / ns_per_ms;
      oracle.by_tick.emplace(std::max(tick, now.get() / ns_per_ms), ++payload);
      ids[payload] = wheel.add(deadline, payload);
    } else if (what == 5 && payload > 0) {
      const std::uint64_t victim = 1 + number % payload;
      const auto found = std::find_if(oracle.by_tick.begin(), oracle.by_tick.end(),
                                      [&](const auto& e) { return e.second == victim; });
      RC_ASSERT(wheel.cancel(ids[victim]) == (found != oracle.by_tick.end()));
      if (found != oracle.by_tick.end()) oracle.by_tick.erase(found);
    } else {
      now = now + std::int64_t{number} * 1'000;
      RC_ASSERT(fired(wheel, now) == oracle.fired(now.get() / ns_per_ms));
    }
    RC_ASSERT(wheel.size() == oracle.by_tick.size());
    if (!oracle.by_tick.empty()) {
      RC_ASSERT(wheel.next_deadline().get() <= oracle.by_tick.begin()->first * ns_per_ms);
    }
  }
  RC_ASSERT(fired(wheel, after_ms(now, 1LL << 40)) == oracle.fired(INT64_MAX));
}

}  // namespace
}  // namespace rialto
