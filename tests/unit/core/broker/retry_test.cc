#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
using testing::StartsWith;

class Retries : public testing::TestWithParam<Ports> {
 protected:
  using Arguments = std::vector<std::pair<std::string, FieldValue>>;

  void declare(const Arguments& arguments) { peer.get(queue_with("q", arguments)).value(); }
  void publish(const std::vector<std::string>& bodies) {
    for (const std::string& body : bodies)
      peer.publish("", "q", body);
    core.settle();
  }
  void give_back(Settlement how = Settlement::failed) {
    peer.settle(peer.deliveries.back(), how);
    core.settle();
  }
  /// How long the last one was kept back: until then nothing, then it is there again.
  std::int64_t waited() {
    const std::size_t before = peer.deliveries.size();
    std::int64_t ms = 0;
    while (peer.deliveries.size() == before && ms < 100'000) {
      core.wait_ms(1);
      ++ms;
    }
    core.settle();
    return ms;
  }
  QueueInfo info(Peer& of) { return of.get(DescribeQueue{"q"}).value(); }

  CoreRig core{GetParam()};
  Peer peer{core};
};

INSTANTIATE_TEST_SUITE_P(Ports, Retries, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(Retries, WaitAndComeBackToTheirPlace) {
  declare({{"x-retry-kind", text("fixed")}, {"x-retry-delay", number(50)}});
  publish({"1", "2"});
  peer.consume("q", ConsumerId(1), 1);
  give_back();
  EXPECT_THAT(peer.bodies(), ElementsAre("1", "2")) << "the next one is handed out meanwhile";
  EXPECT_EQ(info(peer).delayed, 1U);
  EXPECT_EQ(info(peer).counts.ready, 0U);
  EXPECT_EQ(info(peer).counts.unacked, 1U);
  peer.settle(peer.deliveries.back());
  core.settle();
  EXPECT_EQ(waited(), 50);
  EXPECT_THAT(peer.bodies(), ElementsAre("1", "2", "1"));
  EXPECT_TRUE(peer.deliveries.back().delivery.redelivered);
}

TEST_P(Retries, GrowAsTheQueueSays) {
  struct Case {
    const char* kind;
    std::vector<std::int64_t> waits;
  };
  for (const Case& c : {Case{"fixed", {10, 10, 10, 10}}, Case{"linear", {10, 20, 30, 35}},
                        Case{"exponential", {10, 20, 35, 35}}}) {
    declare({{"x-retry-kind", text(c.kind)},
             {"x-retry-delay", number(10)},
             {"x-retry-max-delay", number(35)}});
    publish({"1"});
    peer.consume("q", ConsumerId(1), 1);
    for (const std::int64_t ms : c.waits) {
      give_back();
      EXPECT_EQ(waited(), ms) << c.kind;
    }
    peer.get(DeleteQueue{"q", false, false}).value();
  }
}

TEST_P(Retries, EndAtTheirLimit) {
  peer.declare("dead");
  for (const char* then : {"dead-letter", "drop"}) {
    declare({{"x-retry-kind", text("fixed")},
             {"x-retry-delay", number(5)},
             {"x-retry-limit", number(2)},
             {"x-retry-then", text(then)},
             {"x-dead-letter-exchange", text("")},
             {"x-dead-letter-routing-key", text("dead")}});
    publish({then});
    peer.consume("q", ConsumerId(1), 1);
    for (int round = 0; round < 2; ++round) {
      give_back();
      EXPECT_EQ(waited(), 5);
    }
    give_back();
    EXPECT_EQ(info(peer).delayed + info(peer).counts.ready + info(peer).counts.unacked, 0U);
    peer.get(DeleteQueue{"q", false, false}).value();
  }
  EXPECT_EQ(counts_of(peer, "dead").ready, 1U);
}

TEST_P(Retries, MayComeByPolicyOnQueuesOfAllTypes) {
  declare({});
  PutPolicy what;
  what.id = {PolicyKind::user, "/", "p"};
  what.definition.set("retry-kind", text("exponential"));
  what.definition.set("retry-delay", number(10));
  what.definition.set("retry-max-delay", number(30));
  what.definition.set("retry-limit", number(3));
  what.definition.set("retry-then", text("drop"));
  peer.get(what).value();
  publish({"1"});
  peer.consume("q", ConsumerId(1), 1);
  for (const std::int64_t ms : {10, 20, 30}) {
    give_back(ms == 20 ? Settlement::requeue : Settlement::failed);
    EXPECT_EQ(waited(), ms) << "each return is a try";
  }
  give_back();
  EXPECT_EQ(info(peer).delayed + info(peer).counts.ready + info(peer).counts.unacked, 0U);
  what.definition.set("retry-kind", text("cubic"));
  EXPECT_THAT(peer.get(what).error().text, testing::HasSubstr("is not a valid retry kind"));
}

TEST_P(Retries, OfAKindByPolicyAndADelayByArgumentAreOnes) {
  declare({{"x-retry-kind", text("fixed")}, {"x-retry-delay", number(50)}});
  PutPolicy what;
  what.id = {PolicyKind::user, "/", "p"};
  what.definition.set("retry-kind", text("linear"));
  what.definition.set("retry-delay", number(20));
  peer.get(what).value();
  publish({"1"});
  peer.consume("q", ConsumerId(1), 1);
  for (int round = 0; round < 2; ++round) {
    give_back();
    EXPECT_EQ(waited(), 20) << "the argument's kind, and the lower delay";
  }
}

TEST_P(Retries, SurviveARestartWithTheirTime) {
  declare({{"x-retry-kind", text("linear")}, {"x-retry-delay", number(1000)}});
  publish({"1", "2"});
  peer.consume("q", ConsumerId(1), 1);
  give_back();
  peer.close();
  core.settle();
  for (const auto& next : {core.restarted(), core.stopped_and_started()}) {
    Peer later(*next);
    EXPECT_EQ(info(later).delayed, 2U) << "who was held by the closed session waits as well";
    next->wait_ms(999);
    EXPECT_EQ(info(later).delayed, 2U) << "never early";
    next->wait_ms(2);
    EXPECT_EQ(info(later).counts.ready, 2U);
    const auto got = later.get(get_of("q")).value().delivery;
    EXPECT_EQ(Peer::body_of(*got), "1");
    EXPECT_EQ(got->delivery_count, 1U);
    later.settle(*got, Settlement::failed);
    next->settle();
    const auto again = next->restarted();
    again->tick();
    Peer last(*again);
    EXPECT_EQ(info(last).delayed, 1U) << "it waits anew";
    again->wait_ms(1999);
    EXPECT_EQ(info(last).counts.ready, 1U);
    again->wait_ms(3);
    EXPECT_EQ(info(last).counts.ready, 2U);
  }
}

TEST_P(Retries, OfAnEndedWaitAreReadyAfterARestart) {
  declare({{"x-retry-kind", text("fixed")}, {"x-retry-delay", number(100)}});
  publish({"1"});
  peer.consume("q", ConsumerId(1), 1);
  give_back();
  EXPECT_EQ(waited(), 100);
  const auto next = core.restarted();
  next->wait_ms(1);  // what is stored is a millisecond more
  Peer later(*next);
  EXPECT_EQ(info(later).counts.ready, 1U);
  PullMessages pull;
  pull.queue = "q";
  const auto leased = later.get(pull).value();
  ASSERT_THAT(leased, SizeIs(1));
  EXPECT_EQ(leased[0].attempt, 2U);
  const auto last = next->restarted();
  Peer again(*last);
  EXPECT_EQ(info(again).counts.unacked, 1U) << "the lease holds, not the wait before it";
  SettleLeases nack;
  nack.nack = {leased[0].lease};
  EXPECT_THAT(again.get(nack).value(), ElementsAre(Errc::ok));
  EXPECT_EQ(info(again).delayed, 1U);
  SettleLeases ack;
  ack.ack = {leased[0].lease};
  EXPECT_THAT(again.get(ack).value(), ElementsAre(Errc::lease_expired)) << "nobody has it";
  const auto third = last->restarted();
  Peer still(*third);
  EXPECT_THAT(still.get(ack).value(), ElementsAre(Errc::lease_expired));
  EXPECT_EQ(info(still).delayed, 1U);
}

TEST_P(Retries, OfQuorumQueuesTellFailedFromHandedBack) {
  const auto delayed_after = [&](const char* type, Settlement how) {
    declare({{"x-queue-type", text("quorum")},
             {"x-delayed-retry-type", text(type)},
             {"x-delayed-retry-min", number(10)},
             {"x-delayed-retry-max", number(15)}});
    publish({"1"});
    const auto got = *peer.get(get_of("q")).value().delivery;
    peer.settle(got, how);
    core.settle();
    const bool delayed = info(peer).delayed != 0;
    peer.get(DeleteQueue{"q", false, false}).value();
    return delayed;
  };
  EXPECT_FALSE(delayed_after("disabled", Settlement::failed));
  EXPECT_TRUE(delayed_after("all", Settlement::failed));
  EXPECT_TRUE(delayed_after("all", Settlement::requeue));
  EXPECT_TRUE(delayed_after("failed", Settlement::failed));
  EXPECT_FALSE(delayed_after("failed", Settlement::requeue));
  EXPECT_FALSE(delayed_after("returned", Settlement::failed));
  EXPECT_TRUE(delayed_after("returned", Settlement::requeue));
}

TEST_P(Retries, OfQuorumQueuesMayComeByPolicy) {
  declare({{"x-queue-type", text("quorum")}});
  PutPolicy what;
  what.id = {PolicyKind::user, "/", "p"};
  what.definition.set("delayed-retry-type", text("all"));
  what.definition.set("delayed-retry-min", number(10));
  what.definition.set("delayed-retry-max", number(15));
  peer.get(what).value();
  publish({"1"});
  peer.consume("q", ConsumerId(1), 1);
  give_back();
  EXPECT_EQ(waited(), 10);
  give_back();
  EXPECT_EQ(waited(), 15);
  give_back();
  peer.get(DeletePolicy{what.id}).value();
  EXPECT_EQ(waited(), 15) << "who waits keeps its time";
  give_back();
  EXPECT_EQ(peer.deliveries.size(), 5U) << "and the next one does not wait";
}

TEST_P(Retries, ArePurgedAndExpireWithTheOthers) {
  declare({{"x-retry-kind", text("fixed")},
           {"x-retry-delay", number(100)},
           {"x-message-ttl", number(50)},
           {"x-max-length-bytes", number(1000)}});
  publish({"four"});
  const auto take = [&] {
    peer.settle(*peer.get(get_of("q")).value().delivery, Settlement::failed);
    core.settle();
  };
  take();
  EXPECT_EQ(info(peer).ready_bytes, 0U);
  core.wait_ms(60);
  EXPECT_EQ(info(peer).delayed, 1U) << "out of sight";
  core.wait_ms(41);
  core.settle();
  EXPECT_EQ(info(peer).delayed + info(peer).counts.ready, 0U) << "too old once it is back";
  publish({"four"});
  take();
  peer.get(PurgeQueue{"q"}).value();
  EXPECT_EQ(info(peer).delayed, 0U);
  core.wait_ms(1000);
  EXPECT_EQ(info(peer).counts.ready, 0U);
  EXPECT_EQ(info(peer).ready_bytes, 0U);
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(info(later).delayed + info(later).counts.ready, 0U);
}

TEST_P(Retries, AreRefusedWhereTheyMakeNoSense) {
  const auto refusal = [&](const Arguments& arguments) {
    return peer.get(queue_with("bad", arguments)).error().text;
  };
  EXPECT_THAT(refusal({{"x-retry-delay", number(5)}}),
              StartsWith("invalid arg 'x-retry-delay' for queue 'bad' in vhost '/'"));
  EXPECT_THAT(refusal({{"x-retry-kind", text("fixed")}}), StartsWith("invalid arg 'x-retry-kind'"));
  EXPECT_THAT(refusal({{"x-retry-kind", text("cubic")}, {"x-retry-delay", number(5)}}),
              StartsWith("invalid arg 'x-retry-kind'"));
  EXPECT_THAT(refusal({{"x-retry-kind", text("fixed")}, {"x-retry-delay", number(0)}}),
              StartsWith("invalid arg 'x-retry-delay'"));
  EXPECT_THAT(refusal({{"x-delayed-retry-type", text("all")}}),
              StartsWith("invalid arg 'x-delayed-retry-type'"));
  EXPECT_THAT(refusal({{"x-queue-type", text("quorum")}, {"x-delayed-retry-type", text("all")}}),
              testing::HasSubstr("x-delayed-retry-min is missing"));
  EXPECT_THAT(refusal({{"x-retry-forever", text("yes")}}), testing::HasSubstr("not supported"));
}

}  // namespace
}  // namespace rialto::test
