#include "core/partition/marks.h"

#include "core/model/frames/codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace rialto {
namespace {

RC_GTEST_PROP(PartitionMarks, KeepTheirOrderAndNeverGoBack,
              (const std::vector<std::pair<std::uint8_t, std::uint8_t>>& steps)) {
  PartitionMarks marks;
  for (const auto& [what, n] : steps) {
    const PartitionMarks before = marks;
    switch (what % 3) {
      case 0:
        RC_ASSERT(marks.stage(n + 1) == before.log_end());
        RC_ASSERT(marks.log_end() - before.log_end() == n + 1);
        break;
      case 1: marks.durable(Offset(std::min<std::int64_t>(n * 8, marks.log_end().get()))); break;
      default: {
        const bool moved = marks.trim(Offset(n * 8));
        RC_ASSERT(moved == (marks.log_start() > before.log_start()));
      }
    }
    RC_ASSERT(marks.log_start() <= marks.last_stable());
    RC_ASSERT(marks.last_stable() <= marks.high_watermark());
    RC_ASSERT(marks.high_watermark() <= marks.log_end());
    RC_ASSERT(before.log_start() <= marks.log_start());
    RC_ASSERT(before.high_watermark() <= marks.high_watermark());
    RC_ASSERT(before.log_end() <= marks.log_end());
  }
}

TEST(PartitionMarks, ShowNothingBeforeItIsDurable) {
  PartitionMarks marks;
  EXPECT_EQ(marks.stage(3), Offset(0));
  EXPECT_EQ(marks.stage(2), Offset(3));
  EXPECT_EQ(marks.high_watermark(), Offset(0));
  EXPECT_FALSE(marks.all_durable());
  marks.durable(Offset(3));
  EXPECT_EQ(marks.high_watermark(), Offset(3));
  marks.all_visible();
  EXPECT_TRUE(marks.all_durable());
}

TEST(PartitionMarks, DoNotTrimWhatIsNotDurable) {
  PartitionMarks marks(Offset(2), Offset(5));
  marks.stage(5);
  EXPECT_TRUE(marks.trim(Offset(9)));
  EXPECT_EQ(marks.log_start(), Offset(5));
  EXPECT_FALSE(marks.trim(Offset(4)));
}

TEST(PartitionMarks, FollowReplayedBatchesOverGaps) {
  PartitionMarks marks(Offset(0), Offset(4));
  marks.replayed(Offset(9));
  marks.replayed(Offset(7));
  EXPECT_EQ(marks.log_end(), Offset(9));
  EXPECT_TRUE(marks.all_durable());
  PartitionMarks again;
  ASSERT_TRUE(decode_fields(encode_fields(marks), again));
  EXPECT_EQ(again.log_end(), Offset(9));
}

TEST(PartitionMarksDeathTest, EndTheProcessWhenMoreIsDurableThanWasStaged) {
  PartitionMarks marks;
  EXPECT_DEATH(marks.durable(Offset(1)), "log end");
}

}  // namespace
}  // namespace rialto
