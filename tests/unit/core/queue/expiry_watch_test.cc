#include "core/queue/expiry_watch.h"

#include <gtest/gtest.h>

namespace rialto {
namespace {

constexpr std::int64_t wall = 1'700'000'000'000;

TEST(AnExpiryWatch, HasNoEntryForWhatLivesAsLongAsAllBefore) {
  ExpiryWatch watch;
  for (std::int64_t n = 0; n < 1000; ++n) {
    watch.arrived(Offset(n), Offset(n + 1), Offset(0), wall + n, {});
  }
  EXPECT_TRUE(watch.entries().empty());
}

TEST(AnExpiryWatch, HasAnEntryForWhatGoesBeforeAnother) {
  ExpiryWatch watch;
  watch.arrived(Offset(0), Offset(3), Offset(0), never_expires, {0, wall + 20, wall + 10});
  watch.arrived(Offset(3), Offset(4), Offset(0), wall + 30, {});
  EXPECT_EQ(watch.next(), wall + 10);
  EXPECT_FALSE(watch.pop_due(wall + 9));
  EXPECT_EQ(watch.pop_due(wall + 20)->offset, Offset(2));
  EXPECT_EQ(watch.pop_due(wall + 20)->offset, Offset(1));
  EXPECT_FALSE(watch.pop_due(wall + 20));
  EXPECT_EQ(watch.pop_due(wall + 30)->offset, Offset(3)) << "the first never expires";
}

TEST(AnExpiryWatch, ForgetsWhatWasBeforeWhenTheQueueWasEmpty) {
  ExpiryWatch watch;
  watch.arrived(Offset(0), Offset(1), Offset(0), wall + 1000, {});
  watch.arrived(Offset(1), Offset(2), Offset(1), wall + 10, {});
  EXPECT_TRUE(watch.entries().empty());
}

TEST(AnExpiryWatch, WakesForItsHeadWhileThereIsOne) {
  ExpiryWatch watch;
  watch.arrived(Offset(0), Offset(1), Offset(0), wall, {});
  EXPECT_EQ(watch.next(), never_expires) << "the head was not looked at yet";
  watch.head_is(Offset(0), wall);
  EXPECT_EQ(watch.next(), wall);
  watch.head_is(no_offset, never_expires);
  EXPECT_EQ(watch.next(), never_expires);
}

}  // namespace
}  // namespace rialto
