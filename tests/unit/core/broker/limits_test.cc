#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Limits : public testing::TestWithParam<Ports> {
 protected:
  void declare(Peer& peer, std::int64_t length, const std::string& overflow,
               const std::string& name = "q") {
    peer.get(queue_with(name, {{"x-max-length", number(length)}, {"x-overflow", text(overflow)}}))
        .value();
  }

  CoreRig core{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Ports, Limits, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(Limits, DropTheHeadByDefault) {
  Peer peer(core);
  peer.get(queue_with("q", {{"x-max-length", number(2)}})).value();
  for (const char* body : {"1", "2", "3", "4"})
    peer.publish("", "q", body);
  core.settle();
  EXPECT_EQ(peer.confirmed_count(), 4U);
  EXPECT_EQ(counts_of(peer, "q").ready, 2U);
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(counts_of(later, "q").ready, 2U);
  EXPECT_THAT(drained(peer), ElementsAre("3", "4"));
}

TEST_P(Limits, ConcernReadyMessagesOnly) {
  Peer peer(core);
  declare(peer, 1, "drop-head");
  peer.consume("q", ConsumerId(1), 2);
  for (const char* body : {"1", "2", "3", "4"}) {
    peer.publish("", "q", body);
    core.settle();
  }
  EXPECT_THAT(peer.bodies(), ElementsAre("1", "2")) << "these are out";
  EXPECT_EQ(counts_of(peer, "q").ready, 1U);
  peer.settle(peer.deliveries[0]);
  core.settle();
  EXPECT_EQ(peer.bodies().back(), "4");
}

TEST_P(Limits, OfNothingLeaveWhatAConsumerTakes) {
  Peer peer(core);
  declare(peer, 0, "drop-head");
  peer.publish("", "q", "nobody");
  core.settle();
  peer.consume("q");
  peer.publish("", "q", "somebody");
  core.settle();
  EXPECT_THAT(peer.bodies(), ElementsAre("somebody"));
}

TEST_P(Limits, AQuestionSeesThemKept) {
  Peer peer(core);
  declare(peer, 2, "drop-head");
  const auto publish = [&] {
    for (const char* body : {"1", "2", "3"})
      peer.publish("", "q", body);
  };
  publish();
  auto got = peer.ask(get_of("q", true));
  core.settle();
  EXPECT_EQ(Peer::body_of(*(**got).value().delivery), "2");
  publish();
  auto counted = peer.ask(passive_of("q"));
  core.settle();
  EXPECT_EQ((**counted).value().counts.ready, 2U);
}

TEST_P(Limits, RefuseAPublishOnceTheQueueIsFull) {
  Peer peer(core);
  declare(peer, 2, "reject-publish");
  for (const char* body : {"1", "2", "3", "4"})
    peer.publish("", "q", body);
  core.settle();
  EXPECT_EQ(peer.confirmed_count(), 2U) << "what is on its way to the disk counts";
  ASSERT_THAT(peer.refusals, SizeIs(testing::Ge(1)));
  for (const PublishOutcome& refused : peer.refusals)
    EXPECT_EQ(refused.result, Errc::full);
  EXPECT_THAT(drained(peer), ElementsAre("1", "2"));
  peer.publish("", "q", "5");
  core.settle();
  EXPECT_EQ(peer.confirmed_count(), 3U) << "the publisher goes on";
}

TEST_P(Limits, LeaveAFullQueueOutAndTellThatWhenTheOthersAreSafe) {
  Peer peer(core);
  declare(peer, 1, "reject-publish", "full");
  peer.declare("roomy");
  for (const char* queue : {"full", "roomy"})
    peer.get(BindQueue{queue, "amq.fanout", "", {}}).value();
  peer.publish("amq.fanout", "", "1");
  core.settle();
  peer.publish("amq.fanout", "", "2");
  core.tick();
  EXPECT_THAT(peer.refusals, IsEmpty()) << "not durable yet";
  core.settle();
  ASSERT_THAT(peer.refusals, SizeIs(1));
  EXPECT_EQ(peer.refusals[0].first_sequence, 2U);
  EXPECT_THAT(drained(peer, "full"), ElementsAre("1"));
  EXPECT_THAT(drained(peer, "roomy"), ElementsAre("1", "2"));
}

TEST_P(Limits, RefuseWhatComesThroughTheLog) {
  Peer peer(core);
  declare(peer, 1, "reject-publish");
  EXPECT_EQ(peer.get(produce_of("q", produced_batch({"1"}))).value()[0].error, Errc::ok);
  EXPECT_EQ(peer.get(produce_of("q", produced_batch({"2"}))).value()[0].error, Errc::full);
  AppendMessages append;
  append.topic = "q";
  append.messages.emplace_back().body = "3";
  EXPECT_EQ(peer.get(append).error().code, Errc::full);
  EXPECT_THAT(drained(peer), ElementsAre("1"));
}

TEST_P(Limits, GiveWhatIsRefusedToTheDeadLetterExchangeIfAsked) {
  Peer peer(core);
  peer.declare("dead");
  peer.get(queue_with("q", {{"x-max-length", number(1)},
                            {"x-overflow", text("reject-publish-dlx")},
                            {"x-dead-letter-exchange", text("")},
                            {"x-dead-letter-routing-key", text("dead")}}))
      .value();
  peer.publish("", "q", "1");
  peer.publish("", "q", "2");
  core.settle();
  EXPECT_THAT(peer.refusals, SizeIs(1));
  EXPECT_THAT(drained(peer), ElementsAre("1"));
  EXPECT_THAT(drained(peer, "dead"), ElementsAre("2"));
}

}  // namespace
}  // namespace rialto::test
