#include "adapters/amqp/unacked.h"

#include <gmock/gmock.h>

#include <vector>

namespace rialto::amqp {
namespace {

using testing::ElementsAre;

Unacked with_tags(std::initializer_list<std::uint64_t> tags) {
  Unacked unacked;
  for (const std::uint64_t tag : tags) {
    unacked.add({tag, QueueId(1), PartitionId(2), Offset(static_cast<std::int64_t>(tag) * 10),
                 ConsumerId(3)});
  }
  return unacked;
}

std::vector<std::uint64_t> taken_up_to(Unacked& unacked, std::uint64_t tag) {
  std::vector<std::uint64_t> tags;
  unacked.take_up_to(tag, [&](const Unacked::Entry& entry) { tags.push_back(entry.tag); });
  return tags;
}

TEST(Unacked, ATagNamesItsMessageOnce) {
  Unacked unacked = with_tags({1, 2, 3});
  const auto entry = unacked.take(2);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->offset, Offset(20));
  EXPECT_FALSE(unacked.take(2));
  EXPECT_FALSE(unacked.holds(2));
  EXPECT_EQ(unacked.size(), 2U);
}

TEST(Unacked, AMessageThatIsNeverSettledDoesNotKeepThoseAfterIt) {
  Unacked unacked = with_tags({1});
  for (std::uint64_t tag = 2; tag < 10'000; ++tag) {
    unacked.add({tag, QueueId(1), PartitionId(2), Offset(0), ConsumerId(3)});
    EXPECT_TRUE(unacked.take(tag));
    ASSERT_LT(unacked.kept(), 100U);
  }
  EXPECT_TRUE(unacked.holds(1));
  EXPECT_THAT(taken_up_to(unacked, UINT64_MAX), ElementsAre(1));
}

TEST(Unacked, TagsThatWereNeverGivenAreUnknown) {
  Unacked unacked = with_tags({2, 5});
  for (const std::uint64_t tag : {0U, 1U, 3U, 4U, 6U}) {
    EXPECT_FALSE(unacked.holds(tag)) << tag;
    EXPECT_FALSE(unacked.take(tag)) << tag;
  }
}

TEST(Unacked, MultipleTakesWhatIsLeftUpToTheTagInOrder) {
  Unacked unacked = with_tags({1, 2, 4, 7, 9});
  unacked.take(2);
  EXPECT_THAT(taken_up_to(unacked, 7), ElementsAre(1, 4, 7));
  EXPECT_THAT(taken_up_to(unacked, UINT64_MAX), ElementsAre(9));
  EXPECT_TRUE(unacked.empty());
}

TEST(Unacked, SettlingOutOfOrderLeavesTheRestReachable) {
  Unacked unacked = with_tags({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  for (const std::uint64_t tag : {9U, 1U, 5U, 2U})
    EXPECT_TRUE(unacked.take(tag)) << tag;
  EXPECT_TRUE(unacked.holds(10));
  EXPECT_THAT(taken_up_to(unacked, UINT64_MAX), ElementsAre(3, 4, 6, 7, 8, 10));
}

}  // namespace
}  // namespace rialto::amqp
