#include "core/queue/ready_bytes.h"

#include <gtest/gtest.h>

namespace rialto {
namespace {

constexpr PartitionId p{7};

TEST(ReadyBytes, OfAnEmptyQueueAreWholeAndFollowWhatComes) {
  ReadyBytes bytes;
  bytes.add_partition(p, Offset(5), Offset(5));
  EXPECT_TRUE(bytes.is_whole());
  bytes.arrived(p, Offset(5), 30);
  EXPECT_EQ(bytes.total(), 30U);
  bytes.taken(p, Offset(5), 10);
  bytes.left(p, Offset(6), 15);
  EXPECT_EQ(bytes.total(), 5U);
  EXPECT_EQ(bytes.returned(p, Offset(5)), 10U);
  EXPECT_EQ(bytes.total(), 15U);
  EXPECT_EQ(bytes.returned(p, Offset(5)), 0U) << "once";
}

TEST(ReadyBytes, FollowChangesBelowTheReaderOnly) {
  ReadyBytes bytes;
  bytes.add_partition(p, Offset(0), Offset(10));
  EXPECT_EQ(bytes.next_to_count(), std::pair(p, Offset(0)));
  bytes.ready(p, Offset(0), 1);
  bytes.held(p, Offset(1), 2);
  bytes.ready(p, Offset(2), 4);
  bytes.counted_to(p, Offset(3), Offset(10));
  EXPECT_EQ(bytes.total(), 5U);
  bytes.taken(p, Offset(5), 100);
  EXPECT_EQ(bytes.total(), 5U) << "the reader has not been there";
  bytes.returned(p, Offset(5));
  EXPECT_EQ(bytes.total(), 5U);
  bytes.returned(p, Offset(1));
  bytes.left(p, Offset(0), 1);
  EXPECT_EQ(bytes.total(), 6U);
  bytes.arrived(p, Offset(10), 1000);
  EXPECT_EQ(bytes.total(), 6U) << "the reader will come there";
  bytes.counted_to(p, Offset(12), Offset(12));
  EXPECT_TRUE(bytes.is_whole());
  bytes.arrived(p, Offset(12), 8);
  EXPECT_EQ(bytes.total(), 14U);
}

TEST(ReadyBytes, LookAgainAtWhatArrivesWithoutASize) {
  ReadyBytes bytes;
  bytes.add_partition(p, Offset(0), Offset(0));
  bytes.arrived(p, Offset(0), 3);
  bytes.arrived(p, Offset(1), std::nullopt);
  EXPECT_EQ(bytes.next_to_count(), std::pair(p, Offset(1)));
  bytes.ready(p, Offset(1), 4);
  bytes.counted_to(p, Offset(2), Offset(2));
  EXPECT_EQ(bytes.total(), 7U);
}

TEST(ReadyBytes, ForgetTheSizeOfWhatIsSettled) {
  ReadyBytes bytes;
  bytes.add_partition(p, Offset(0), Offset(0));
  bytes.arrived(p, Offset(0), 9);
  bytes.taken(p, Offset(0), 4);
  bytes.settled(p, Offset(0), Offset(0));
  EXPECT_EQ(bytes.returned(p, Offset(0)), 0U);
  bytes.emptied();
  EXPECT_EQ(bytes.total(), 0U);
}

}  // namespace
}  // namespace rialto
