#include "core/base/ring.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace rialto {
namespace {

TEST(SpscRing, RefusesWhenFullAndLeavesTheValueWithTheCaller) {
  SpscRing<std::unique_ptr<int>> ring(2);
  auto a = std::make_unique<int>(1);
  auto b = std::make_unique<int>(2);
  auto c = std::make_unique<int>(3);
  EXPECT_TRUE(ring.try_push(a));
  EXPECT_TRUE(ring.try_push(b));
  EXPECT_FALSE(ring.try_push(c));
  ASSERT_TRUE(c);
  EXPECT_EQ(**ring.try_pop(), 1);
  EXPECT_TRUE(ring.try_push(c));
  EXPECT_EQ(**ring.try_pop(), 2);
  EXPECT_EQ(**ring.try_pop(), 3);
  EXPECT_TRUE(ring.empty());
  EXPECT_FALSE(ring.try_pop());
}

TEST(SpscRing, HoldsOnToNothingThatWasTaken) {
  SpscRing<std::shared_ptr<int>> ring(4);
  auto value = std::make_shared<int>(1);
  const std::weak_ptr<int> seen = value;
  ring.try_push(value);
  ring.try_pop();
  value.reset();
  EXPECT_TRUE(seen.expired());
}

TEST(SpscRing, DeliversEverythingInOrderBetweenTwoThreads) {
  constexpr int count = 20'000;
  SpscRing<int> ring(7);
  std::jthread producer([&] {
    for (int i = 0; i < count; ++i) {
      int value = i;
      while (!ring.try_push(value))
        std::this_thread::yield();
    }
  });
  for (int expected = 0; expected < count;) {
    const auto value = ring.try_pop();
    if (!value) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(*value, expected);
    ++expected;
  }
  EXPECT_TRUE(ring.empty());
}

}  // namespace
}  // namespace rialto
