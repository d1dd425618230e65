#include "tests/unit/core/broker/core_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace rialto {
namespace {

using test::CoreRig;
using test::Peer;
using test::Ports;
using testing::ElementsAre;

/// Ids of consumers on two channels.
constexpr ConsumerId first_on_7{0x10007};
constexpr ConsumerId second_on_7{0x20007};
constexpr ConsumerId third_on_8{0x30008};

class ASharedPrefetch : public testing::TestWithParam<Ports> {
 protected:
  ASharedPrefetch() {
    peer.declare("a");
    peer.declare("b");
  }
  void put(const std::string& queue, int count) {
    for (int i = 0; i < count; ++i)
      peer.publish("", queue, queue + std::to_string(i));
    core.settle();
  }
  void limit(std::uint16_t group, std::uint32_t prefetch) {
    peer.get(LimitConsumers{group, prefetch}).value();
  }
  std::size_t came() {
    core.settle();
    return peer.deliveries.size();
  }

  CoreRig core{GetParam()};
  Peer peer{core};
};

INSTANTIATE_TEST_SUITE_P(Over, ASharedPrefetch,
                         testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& with) { return name_of(with.param); });

TEST_P(ASharedPrefetch, BoundsAllConsumersOfAGroupOverTheirQueues) {
  limit(7, 3);
  peer.consume("a", first_on_7);
  peer.consume("b", second_on_7);
  put("a", 2);
  put("b", 2);
  EXPECT_EQ(came(), 3U);
  peer.settle(peer.deliveries[0]);
  EXPECT_EQ(came(), 4U);
  peer.settle(peer.deliveries[1], Settlement::requeue);
  EXPECT_EQ(came(), 5U) << "what came back goes out again";
  EXPECT_TRUE(peer.deliveries[4].delivery.redelivered);
}

TEST_P(ASharedPrefetch, LeavesOtherGroupsAlone) {
  limit(7, 1);
  peer.consume("a", first_on_7);
  put("a", 3);
  EXPECT_EQ(came(), 1U);
  peer.consume("a", third_on_8);
  EXPECT_EQ(came(), 3U);
}

TEST_P(ASharedPrefetch, DoesNotCountWhatNeedsNoSettlementAndHoldsItBackWhileItIsReached) {
  limit(7, 1);
  peer.consume("b", second_on_7, 0, true);
  put("b", 2);
  EXPECT_EQ(came(), 2U);
  peer.consume("a", first_on_7);
  put("a", 1);
  EXPECT_EQ(came(), 3U);
  put("b", 2);
  EXPECT_EQ(came(), 3U);
  peer.settle(peer.deliveries[2]);
  EXPECT_EQ(came(), 5U);
}

TEST_P(ASharedPrefetch, GoesRoundTheQueuesOfItsConsumers) {
  peer.declare("c");
  limit(7, 1);
  peer.consume("a", ConsumerId(0x10007));
  peer.consume("b", ConsumerId(0x20007));
  peer.consume("c", ConsumerId(0x30007));
  for (const char* queue : {"a", "b", "c"})
    put(queue, 2);
  for (std::size_t i = 0; i < 6; ++i) {
    ASSERT_EQ(came(), i + 1);
    peer.settle(peer.deliveries[i]);
  }
  EXPECT_THAT(peer.bodies(), ElementsAre("a0", "b0", "c0", "a1", "b1", "c1"));
}

TEST_P(ASharedPrefetch, GoesRoundTheConsumersOfOneQueue) {
  limit(7, 1);
  peer.consume("a", first_on_7);
  peer.consume("a", second_on_7);
  put("a", 4);
  std::vector<ConsumerId> order;
  for (std::size_t i = 0; i < 4; ++i) {
    ASSERT_EQ(came(), i + 1);
    order.push_back(peer.deliveries[i].consumer);
    peer.settle(peer.deliveries[i]);
  }
  EXPECT_THAT(order, ElementsAre(first_on_7, second_on_7, first_on_7, second_on_7));
}

TEST_P(ASharedPrefetch, HoldsAtOnceForWhatIsOutAndIsLiftedByNought) {
  peer.consume("a", first_on_7);
  put("a", 2);
  EXPECT_EQ(came(), 2U);
  limit(7, 2);
  put("a", 4);
  EXPECT_EQ(came(), 2U) << "two are out already";
  limit(7, 3);
  EXPECT_EQ(came(), 3U);
  limit(7, 0);
  EXPECT_EQ(came(), 6U);
}

TEST_P(ASharedPrefetch, CountsWhatACancelledConsumerStillHolds) {
  limit(7, 1);
  peer.consume("a", first_on_7);
  put("a", 1);
  EXPECT_EQ(came(), 1U);
  peer.get(CancelConsumer{first_on_7}).value();
  peer.consume("b", second_on_7);
  put("b", 1);
  EXPECT_EQ(came(), 1U);
  peer.settle(peer.deliveries[0]);
  EXPECT_EQ(came(), 2U);
}

TEST_P(ASharedPrefetch, IsBesideThePrefetchOfEachConsumer) {
  limit(7, 3);
  peer.consume("a", first_on_7, 1);
  peer.consume("b", second_on_7, 1);
  put("a", 2);
  put("b", 2);
  EXPECT_EQ(came(), 2U);
}

class OneActiveConsumerOfAQueue : public ASharedPrefetch {
 protected:
  OneActiveConsumerOfAQueue() {
    DeclareQueue what;
    what.name = "one";
    what.durable = true;
    what.arguments.set("x-single-active-consumer", FieldValue::boolean(true));
    peer.get(what).value();
  }
};

INSTANTIATE_TEST_SUITE_P(Over, OneActiveConsumerOfAQueue,
                         testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& with) { return name_of(with.param); });

TEST_P(OneActiveConsumerOfAQueue, IsFollowedByTheNextWhenItsSessionEnds) {
  Peer active(core, 1);
  active.consume("one");
  peer.consume("one");
  put("one", 2);
  EXPECT_EQ(active.deliveries.size(), 2U);
  EXPECT_EQ(came(), 0U);
  active.settle(active.deliveries[0]);
  active.close();
  EXPECT_EQ(came(), 1U);
  EXPECT_EQ(peer.deliveries[0].body, "one1");
  EXPECT_TRUE(peer.deliveries[0].delivery.redelivered);
}

TEST_P(OneActiveConsumerOfAQueue, IsToldApartFromThoseThatWait) {
  Peer active(core, 1);
  for (Peer* each : {&active, &peer}) {
    NoteConnection who;
    who.facts.peer_address = each == &active ? "active" : "waiting";
    each->get(who).value();
    each->consume("one");
  }
  core.settle();
  const auto told = [&] {
    std::map<std::string, bool> out;
    for (const ConsumerInfo& each : peer.get(ListConsumers()).value()) {
      EXPECT_TRUE(each.one_at_a_time);
      out[each.connection.facts.peer_address] = each.active;
    }
    return out;
  };
  EXPECT_EQ(told(), (std::map<std::string, bool>{{"active", true}, {"waiting", false}}));
  active.close();
  core.settle();
  EXPECT_EQ(told(), (std::map<std::string, bool>{{"waiting", true}}));
}

TEST_P(OneActiveConsumerOfAQueue, IsTheOnlyWayToItsMessagesAfterARestartToo) {
  EXPECT_EQ(peer.get(test::get_of("one")).error().code, Errc::locked);
  PullMessages pull;
  pull.queue = "one";
  EXPECT_EQ(peer.get(pull).error().code, Errc::locked);
  const auto again = core.restarted();
  Peer late(*again);
  EXPECT_EQ(late.get(test::get_of("one")).error().text,
            "cannot obtain access to locked queue 'one' in vhost '/'. basic.get operations are not "
            "supported by classic queues with single active consumer");
}

}  // namespace
}  // namespace rialto
