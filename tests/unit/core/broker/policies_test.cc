#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class PoliciesOfQueues : public testing::TestWithParam<Ports> {
 protected:
  using Settings = std::vector<std::pair<std::string, FieldValue>>;

  static PutPolicy policy(const std::string& pattern, const Settings& settings,
                          std::int32_t priority = 0, const std::string& name = "p") {
    PutPolicy what;
    what.id = {PolicyKind::user, "/", name};
    what.pattern = pattern;
    what.priority = priority;
    for (const auto& [key, value] : settings)
      what.definition.set(key, value);
    return what;
  }
  static DeletePolicy clearing(const std::string& name = "p") {
    return {{PolicyKind::user, "/", name}};
  }
  QueueInfo info(const std::string& queue) { return peer.get(DescribeQueue{queue}).value(); }
  void publish(const std::vector<std::string>& bodies) { publish_all(core, peer, "q", bodies); }

  CoreRig core{GetParam()};
  Peer peer{core};
};

INSTANTIATE_TEST_SUITE_P(Ports, PoliciesOfQueues,
                         testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(PoliciesOfQueues, HoldForThoseThatAreThereAndThoseThatFollow) {
  peer.declare("q");
  EXPECT_TRUE(peer.get(policy("^q", {{"max-length", number(2)}})).value().created);
  peer.declare("q2");
  peer.declare("other");
  EXPECT_EQ(info("q").policy, "p");
  EXPECT_EQ(info("q2").policy, "p");
  EXPECT_EQ(info("other").policy, "");
  EXPECT_NE(info("q").effective_policy.find("max-length"), nullptr);
  publish({"1", "2", "3"});
  EXPECT_THAT(drained(peer, "q"), ElementsAre("2", "3"));
}

TEST_P(PoliciesOfQueues, DropWhatIsOverTheirLimitAtOnce) {
  peer.declare("q");
  publish({"1", "2", "3"});
  peer.get(policy("q", {{"max-length", number(1)}})).value();
  EXPECT_EQ(counts_of(peer, "q").ready, 1U);
  peer.get(clearing()).value();
  publish({"4", "5"});
  EXPECT_THAT(drained(peer, "q"), ElementsAre("3", "4", "5"));
}

TEST_P(PoliciesOfQueues, RefusePublishesWhileTheySaySo) {
  peer.declare("q");
  peer.get(policy("q", {{"max-length", number(1)}, {"overflow", text("reject-publish")}})).value();
  publish({"1", "2"});
  EXPECT_THAT(peer.refusals, SizeIs(1));
  peer.get(clearing()).value();
  publish({"3"});
  EXPECT_THAT(drained(peer, "q"), ElementsAre("1", "3"));
}

TEST_P(PoliciesOfQueues, LetMessagesExpireThatCameBefore) {
  peer.declare("q");
  publish({"old"});
  core.wait_ms(100);
  peer.get(policy("q", {{"message-ttl", number(150)}})).value();
  publish({"new"});
  EXPECT_EQ(counts_of(peer, "q").ready, 2U);
  core.wait_ms(60);
  EXPECT_EQ(counts_of(peer, "q").ready, 1U) << "the time counts from the arrival";
  core.wait_ms(89);
  EXPECT_EQ(counts_of(peer, "q").ready, 1U) << "never early";
  peer.get(clearing()).value();
  core.wait_ms(1000);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("new"));
}

TEST_P(PoliciesOfQueues, ChangeATimeToLiveInBothDirections) {
  peer.declare("q");
  peer.get(policy("q", {{"message-ttl", number(1000)}})).value();
  publish({"1"});
  peer.get(policy("q", {{"message-ttl", number(100)}})).value();
  publish({"2"});
  core.wait_ms(102);
  EXPECT_EQ(counts_of(peer, "q").ready, 0U);
  publish({"3"});
  peer.get(policy("q", {{"message-ttl", number(1000)}})).value();
  core.wait_ms(500);
  EXPECT_EQ(counts_of(peer, "q").ready, 1U);
  core.wait_ms(502);
  EXPECT_EQ(counts_of(peer, "q").ready, 0U);
}

TEST_P(PoliciesOfQueues, LetAnUnusedQueueExpire) {
  peer.declare("q");
  core.wait_ms(10'000);
  peer.get(policy("q", {{"expires", number(1000)}})).value();
  core.wait_ms(999);
  EXPECT_TRUE(peer.get(passive_of("q")).has_value()) << "and that is a use of it";
  core.wait_ms(999);
  EXPECT_EQ(peer.get(fetch_of("q", 0)).value()[0].error, Errc::ok) << "so is that";
  core.wait_ms(999);
  core.settle();
  EXPECT_TRUE(peer.get(DescribeQueue{"q"}).has_value());
  core.wait_ms(2);
  core.settle();
  EXPECT_EQ(peer.get(passive_of("q")).error().code, Errc::not_found);
}

TEST_P(PoliciesOfQueues, SayWhereDeadLettersGo) {
  peer.declare("q");
  peer.declare("dead");
  peer.get(policy("^q$",
                  {{"dead-letter-exchange", text("")}, {"dead-letter-routing-key", text("dead")}}))
      .value();
  publish({"1"});
  peer.consume("q");
  peer.settle(peer.deliveries.back(), Settlement::reject);
  core.settle();
  EXPECT_EQ(counts_of(peer, "dead").ready, 1U);
  publish({"2"});
  peer.settle(peer.deliveries.back(), Settlement::reject);
  // Cleared while the letter is on its way: it goes nowhere, and nothing breaks.
  peer.get(clearing()).value();
  publish({"3"});
  peer.settle(peer.deliveries.back(), Settlement::reject);
  core.settle();
  EXPECT_LE(counts_of(peer, "dead").ready, 2U);
  EXPECT_EQ(counts_of(peer, "q").unacked, 0U);
}

TEST_P(PoliciesOfQueues, LimitDeliveries) {
  peer.get(queue_with("q", {{"x-queue-type", text("quorum")}})).value();
  publish({"1"});
  peer.get(policy("q", {{"delivery-limit", number(1)}})).value();
  peer.consume("q", ConsumerId(1), 1);
  for (int round = 0; round < 2; ++round) {
    peer.settle(peer.deliveries.back(), Settlement::failed);
    core.settle();
  }
  EXPECT_THAT(peer.deliveries, SizeIs(2));
  EXPECT_EQ(counts_of(peer, "q").ready + counts_of(peer, "q").unacked, 0U);
}

TEST_P(PoliciesOfQueues, GiveExchangesAnAlternate) {
  peer.declare("lost");
  PutPolicy what = policy("^amq.direct$", {{"alternate-exchange", text("amq.fanout")}});
  what.apply_to = "exchanges";
  peer.get(BindQueue{"lost", "amq.fanout", "", {}}).value();
  peer.get(what).value();
  peer.publish("amq.direct", "nobody", "1");
  core.settle();
  peer.get(clearing()).value();
  peer.publish("amq.direct", "nobody", "2");
  core.settle();
  EXPECT_THAT(drained(peer, "lost"), ElementsAre("1"));
}

TEST_P(PoliciesOfQueues, AreToldWithTheExchangesTheyHoldFor) {
  const auto policy_of = [](CoreRig& rig, const std::string& exchange) {
    Peer asker(rig);
    return asker.get(DescribeExchange{exchange}).value().policy;
  };
  peer.get(policy("^e", {{"alternate-exchange", text("amq.fanout")}})).value();
  peer.get(DeclareExchange{"e", "topic", false, true}).value();
  EXPECT_EQ(policy_of(core, "e"), "p");
  EXPECT_EQ(policy_of(core, "amq.topic"), "");
  for (const ExchangeInfo& each : peer.get(ListExchanges()).value())
    EXPECT_EQ(each.policy, each.name == "e" ? "p" : "") << each.name;
  const auto crashed = core.restarted();
  EXPECT_EQ(policy_of(*crashed, "e"), "p");
  const auto stopped = core.stopped_and_started();
  EXPECT_EQ(policy_of(*stopped, "e"), "p");
  peer.get(clearing()).value();
  EXPECT_EQ(policy_of(core, "e"), "");
}

TEST_P(PoliciesOfQueues, GiveWayToTheNextThatMatches) {
  peer.declare("q");
  peer.get(policy("q", {{"max-length", number(5)}}, 1, "low")).value();
  peer.get(policy("q", {{"max-length", number(2)}}, 2, "high")).value();
  EXPECT_EQ(info("q").policy, "high");
  peer.get(policy("nothing", {{"max-length", number(2)}}, 2, "high")).value();
  EXPECT_EQ(info("q").policy, "low");
  publish({"1", "2", "3"});
  EXPECT_EQ(counts_of(peer, "q").ready, 3U);
  peer.get(clearing("low")).value();
  EXPECT_EQ(info("q").policy, "");
  EXPECT_EQ(peer.get(clearing("low")).error().code, Errc::not_found);
}

TEST_P(PoliciesOfQueues, AreThereAfterARestartAndACheckpoint) {
  peer.declare("q");
  publish({"1", "2", "3"});
  peer.get(policy("q", {{"max-length", number(2)}, {"message-ttl", number(1000)}})).value();
  PutPolicy guard = policy("q", {{"max-length", number(1)}});
  guard.id.kind = PolicyKind::operators;
  peer.get(guard).value();
  const auto check = [](CoreRig& rig) {
    Peer later(rig);
    const QueueInfo shown = later.get(DescribeQueue{"q"}).value();
    EXPECT_EQ(shown.policy, "p");
    EXPECT_EQ(shown.operator_policy, "p");
    EXPECT_EQ(shown.counts.ready, 1U);
    EXPECT_EQ(*shown.effective_policy.find("max-length")->as_integer(), 1);
    EXPECT_THAT(later.get(ListPolicies{PolicyKind::user, ""}).value(), SizeIs(1));
    EXPECT_EQ(later.get(FindPolicy{{PolicyKind::operators, "/", "p"}}).value().pattern, "q");
    later.publish("", "q", "4");
    rig.settle();
    EXPECT_EQ(counts_of(later, "q").ready, 1U);
    rig.wait_ms(1002);
    EXPECT_EQ(counts_of(later, "q").ready, 0U);
  };
  const auto crashed = core.restarted();
  check(*crashed);
  const auto stopped = core.stopped_and_started();
  check(*stopped);
}

TEST_P(PoliciesOfQueues, AreDurableWhenTheyAreAnswered) {
  peer.declare("q");
  auto asked = peer.ask(policy("q", {{"max-length", number(1)}}));
  core.tick();
  EXPECT_FALSE(asked->has_value());
  core.settle();
  EXPECT_TRUE(asked->has_value());
}

}  // namespace
}  // namespace rialto::test
