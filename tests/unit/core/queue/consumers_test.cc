#include "core/queue/consumers.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace rialto {
namespace {

constexpr SessionId session{1};

class OneActiveConsumer : public testing::Test {
 protected:
  Errc add(std::uint64_t id, std::int32_t priority = 0) {
    ConsumerSpec spec;
    spec.priority = priority;
    return consumers.add(session, ConsumerId(id), spec);
  }
  /// Gives a message to whose turn it is.
  std::uint64_t give() {
    if (!consumers.anyone_ready()) return 0;
    slot = consumers.next();
    const std::uint64_t id = consumers.at(slot).id.get();
    consumers.delivered(slot);
    return id;
  }
  void settle(std::uint64_t id, Consumers::Slot of) {
    consumers.credit(of, session, ConsumerId(id));
  }

  Consumers consumers;
  Consumers::Slot slot = 0;
};

TEST_F(OneActiveConsumer, GetsEverythingUntilItLeaves) {
  consumers.choose_one(false);
  add(1);
  add(2);
  add(3, 5);
  EXPECT_EQ(give(), 1U);
  EXPECT_EQ(give(), 1U);
  consumers.remove(session, ConsumerId(1));
  EXPECT_EQ(give(), 3U) << "the highest priority follows";
  consumers.remove(session, ConsumerId(3));
  EXPECT_EQ(give(), 2U);
  consumers.remove(session, ConsumerId(2));
  EXPECT_EQ(give(), 0U);
  add(4);
  EXPECT_EQ(give(), 4U);
}

TEST_F(OneActiveConsumer, IsNotReplacedBecauseItIsBusy) {
  consumers.choose_one(false);
  ConsumerSpec one_at_a_time;
  one_at_a_time.prefetch = 1;
  consumers.add(session, ConsumerId(1), one_at_a_time);
  add(2);
  EXPECT_EQ(give(), 1U);
  EXPECT_EQ(give(), 0U) << "the queue waits for it";
  settle(1, slot);
  EXPECT_EQ(give(), 1U);
}

TEST_F(OneActiveConsumer, GivesWayToAHigherPriorityOnceItHoldsNothing) {
  consumers.choose_one(true);
  add(1);
  EXPECT_EQ(give(), 1U);
  const Consumers::Slot first = slot;
  add(2, 1);
  EXPECT_EQ(give(), 0U) << "one holds a message still";
  settle(1, first);
  EXPECT_EQ(give(), 2U);
  add(3, 1);
  EXPECT_EQ(give(), 2U) << "an equal one waits";
}

TEST_F(OneActiveConsumer, StaysWhenItsSuccessorLeavesBefore) {
  consumers.choose_one(true);
  add(1);
  EXPECT_EQ(give(), 1U);
  add(2, 1);
  EXPECT_EQ(give(), 0U);
  consumers.remove(session, ConsumerId(2));
  EXPECT_EQ(give(), 1U);
}

TEST_F(OneActiveConsumer, CannotBeExclusiveToo) {
  consumers.choose_one(false);
  ConsumerSpec exclusive;
  exclusive.exclusive = true;
  EXPECT_EQ(consumers.add(session, ConsumerId(1), exclusive), Errc::in_use);
}

TEST(Consumers, AConsumerThatIsNotReadyIsPassedOver) {
  Consumers consumers;
  consumers.add(session, ConsumerId(1), {});
  ConsumerSpec no_ack;
  no_ack.no_ack = true;
  consumers.set_consumer_ready(session, ConsumerId(1), false);
  EXPECT_FALSE(consumers.anyone_ready());
  consumers.add(session, ConsumerId(2), no_ack);
  consumers.set_consumer_ready(session, ConsumerId(2), false);
  EXPECT_FALSE(consumers.anyone_ready()) << "who need not settle waits too";
  consumers.set_consumer_ready(session, ConsumerId(2), true);
  consumers.set_consumer_ready(session, ConsumerId(1), true);
  EXPECT_EQ(consumers.at(consumers.next()).id, ConsumerId(2));
  consumers.delivered(consumers.next());
  EXPECT_EQ(consumers.at(consumers.next()).id, ConsumerId(1));
}

}  // namespace
}  // namespace rialto
