#include "core/engine/history.h"

#include "core/model/frames/codec.h"
#include "tests/unit/core/engine/engine_rig.h"

#include <gtest/gtest.h>

namespace rialto::test {
namespace {

constexpr PartitionId partition{1};

WriteSet settled_set(QueueId queue, std::int64_t offset) {
  WriteSet set(1);
  set[0].kind = FrameKind::settle;
  set[0].meta = encode_fields(
      SettleFrame{{{queue, partition, SettleReason::acked, {{Offset(offset), Offset(offset)}}}}});
  return set;
}

class EngineHistory : public testing::Test {
 protected:
  void settle(QueueId queue, std::int64_t offset) {
    rig.engine->stage(settled_set(queue, offset), Haste::durable);
    rig.tick();
  }
  /// The offsets that left the queue, read so many runs at a time.
  std::vector<std::int64_t> of(QueueId queue, std::size_t runs_max = 1000) {
    std::vector<std::int64_t> out;
    std::optional<HistoryPosition> from = HistoryPosition();
    while (from) {
      EXPECT_TRUE(rig.engine->read_history({queue, *from, runs_max}, ReadToken(7)));
      rig.engine->hand_over(rig.clock.now());
      auto done = rig.engine->poll(rig.clock.now()).histories;
      if (done.size() != 1 || !done[0].found) {
        ADD_FAILURE() << "no history";
        return out;
      }
      for (const auto& entry : done[0].found->entries)
        out.push_back(entry.settled.runs.at(0).first.get());
      from = done[0].found->next;
    }
    return out;
  }
  static std::vector<std::int64_t> numbers(std::int64_t from, std::int64_t to) {
    std::vector<std::int64_t> out;
    for (; from < to; ++from)
      out.push_back(from);
    return out;
  }

  EngineRig rig;
};

TEST_F(EngineHistory, IsFoundOverAllSlotsAndOverARestart) {
  ASSERT_TRUE(rig.start());
  for (std::int64_t i = 0; i < 100; ++i) {
    settle(QueueId(i % 2), i / 2);
    rig.put(partition, std::string(3000, 'x'));  // 64 KiB slots: many of them
  }
  EXPECT_EQ(of(QueueId(1)), numbers(0, 50));
  EXPECT_EQ(of(QueueId(0), 1), numbers(0, 50));
  EXPECT_TRUE(of(QueueId(9)).empty());
  ASSERT_TRUE(rig.restart());
  settle(QueueId(1), 50);
  EXPECT_EQ(of(QueueId(1), 7), numbers(0, 51));
}

TEST_F(EngineHistory, BeginsWhereStorageDoes) {
  ASSERT_TRUE(rig.start());
  for (std::int64_t i = 0; i < 60; ++i) {
    settle(QueueId(1), i);
    rig.put(partition, std::string(3000, 'x'));
  }
  rig.take_checkpoint();
  rig.trim(partition, rig.log_end[partition]);
  const auto empty = rig.engine->empty_units(2);
  ASSERT_EQ(empty.size(), 2U);
  rig.engine->release_units(empty);
  const auto rest = of(QueueId(1));
  ASSERT_FALSE(rest.empty());
  EXPECT_GT(rest.front(), 10);
  EXPECT_EQ(rest, numbers(rest.front(), 60));
}

TEST_F(EngineHistory, WhatIsNotDurableIsNoHistory) {
  ASSERT_TRUE(rig.start());
  settle(QueueId(1), 0);
  rig.engine->stage(settled_set(QueueId(1), 1), Haste::durable);
  EXPECT_TRUE(rig.engine->read_history({QueueId(1), {}, 10}, ReadToken(1)));
  const auto done = rig.engine->poll(rig.clock.now()).histories;
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0].found->entries.size(), 1U);
}

}  // namespace
}  // namespace rialto::test
