#include "core/group/committed_offsets.h"

#include "core/model/frames/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rialto {
namespace {

const GroupName g1{"/", "g1"};
const GroupName g2{"/", "g2"};

OffsetsFrame commit(const GroupName& group, const std::string& topic, int partition,
                    std::int64_t offset) {
  return {
      group.vhost, group.group, 5, {{topic, PartitionIndex(partition), Offset(offset), 3, "m"}}};
}

std::int64_t committed(const CommittedOffsets& offsets, const GroupName& group,
                       const std::string& topic, int partition) {
  const CommittedOffset* found = offsets.find(group, topic, PartitionIndex(partition));
  return found == nullptr ? -1 : found->offset.get();
}

class Commits : public testing::Test {
 protected:
  Commits() {
    offsets.apply(commit(g1, "t", 0, 10));
    offsets.apply(commit(g1, "t", 1, 11));
    offsets.apply(commit(g1, "u", 0, 12));
    offsets.apply(commit(g2, "t", 0, 20));
    offsets.apply(commit(g1, "t", 0, 13));
  }
  CommittedOffsets offsets;
};

TEST_F(Commits, TheLastOneHoldsForEachGroupTopicAndPartition) {
  EXPECT_EQ(committed(offsets, g1, "t", 0), 13);
  EXPECT_EQ(committed(offsets, g1, "t", 1), 11);
  EXPECT_EQ(committed(offsets, g2, "t", 0), 20);
  EXPECT_EQ(committed(offsets, g2, "t", 1), -1);
  EXPECT_EQ(offsets.all_of(g1).size(), 3U);
  EXPECT_EQ(offsets.find(g1, "t", PartitionIndex(0))->metadata, "m");
}

TEST_F(Commits, AGroupIsTakenAwayByItsFrame) {
  offsets.apply(offsets.removal_of(g1, 9));
  EXPECT_FALSE(offsets.contains(g1));
  EXPECT_EQ(committed(offsets, g2, "t", 0), 20);
}

TEST_F(Commits, ATopicIsTakenAwayFromEveryGroup) {
  offsets.remove_topic("other", "u");
  offsets.remove_topic("/", "t");
  EXPECT_EQ(committed(offsets, g1, "t", 0), -1);
  EXPECT_EQ(committed(offsets, g1, "u", 0), 12);
  EXPECT_THAT(offsets.groups(), testing::ElementsAre(g1));
}

TEST_F(Commits, SurviveAnImage) {
  CommittedOffsetsImage image;
  offsets.image(image);
  CommittedOffsetsImage read;
  ASSERT_TRUE(decode_fields(encode_fields(image), read));
  CommittedOffsets again;
  again.apply(commit(GroupName{"/", "gone"}, "t", 0, 1));
  again.restore(read);
  EXPECT_EQ(again.groups(), offsets.groups());
  EXPECT_EQ(committed(again, g1, "t", 0), 13);
  EXPECT_EQ(again.find(g1, "t", PartitionIndex(0))->leader_epoch, 3);
}

}  // namespace
}  // namespace rialto
