#include "core/partition/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace rialto {
namespace {

const std::vector<RetainedUnit> units = {
    {Offset(0), Offset(9), 100, 1'000},
    {Offset(10), Offset(19), 100, 2'000},
    {Offset(20), Offset(29), 100, 3'000},
};

Offset start(RetentionPolicy policy, std::int64_t now, std::int64_t open_bytes = 0,
             std::int64_t high_watermark = 40) {
  return retention_start(policy, units, open_bytes, Offset(5), Offset(high_watermark), WallMs(now));
}

TEST(Retention, KeepsEverythingWithoutALimit) {
  EXPECT_EQ(start({}, INT64_MAX), Offset(5));
}

TEST(Retention, LetsGoOfUnitsWhoseNewestRecordIsTooOld) {
  EXPECT_EQ(start({.ms = 500}, 1'500), Offset(5)) << "exactly as old as allowed";
  EXPECT_EQ(start({.ms = 500}, 1'501), Offset(10));
  EXPECT_EQ(start({.ms = 500}, 9'999), Offset(30));
}

TEST(Retention, LetsGoWhileWhatFollowsStillFillsTheSize) {
  EXPECT_EQ(start({.bytes = 300}, 0), Offset(5));
  EXPECT_EQ(start({.bytes = 200}, 0), Offset(10));
  EXPECT_EQ(start({.bytes = 150}, 0), Offset(10));
  EXPECT_EQ(start({.bytes = 150}, 0, 100), Offset(20));
}

TEST(Retention, NeverPassesTheHighWatermark) {
  EXPECT_EQ(start({.ms = 0}, 9'999, 0, 15), Offset(15));
}

TEST(Retention, StopsAtTheFirstUnitThatIsYoungEnough) {
  const std::vector<RetainedUnit> mixed = {{Offset(0), Offset(9), 100, 5'000},
                                           {Offset(10), Offset(19), 100, 1'000}};
  EXPECT_EQ(retention_start({.ms = 10}, mixed, 0, Offset(0), Offset(20), WallMs(4'000)), Offset(0));
}

}  // namespace
}  // namespace rialto
