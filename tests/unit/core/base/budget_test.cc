#include "core/base/budget.h"

#include <gtest/gtest.h>

namespace rialto {
namespace {

TEST(Budget, RefusesWhatGoesBeyondItAndChangesNothing) {
  Budget budget("bytes", 10);
  EXPECT_TRUE(budget.try_take(7));
  EXPECT_FALSE(budget.try_take(4));
  EXPECT_EQ(budget.used(), 7U);
  EXPECT_TRUE(budget.try_take(3));
  EXPECT_TRUE(budget.full());
}

TEST(Budget, CountsWithoutOverflow) {
  Budget budget("bytes", 10);
  EXPECT_TRUE(budget.try_take(1));
  EXPECT_FALSE(budget.try_take(SIZE_MAX));
}

TEST(Budget, LetsOneOversizedUnitInWhenNothingElseIsHeld) {
  Budget budget("bytes", 10);
  EXPECT_TRUE(budget.try_take_or_alone(25));
  EXPECT_FALSE(budget.try_take(1));
  EXPECT_FALSE(budget.try_take_or_alone(1));
  budget.give_back(25);
  EXPECT_TRUE(budget.try_take(10));
}

TEST(Budget, GettingBackMoreThanItGaveIsABug) {
  Budget budget("bytes", 10);
  budget.try_take(3);
  EXPECT_DEATH(budget.give_back(4), "no more than it gave");
}

}  // namespace
}  // namespace rialto
