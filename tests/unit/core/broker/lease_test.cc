#include "tests/unit/core/broker/core_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ALease : public testing::TestWithParam<Ports> {
 protected:
  ALease() : peer(core, 0, Protocol::http) {
    peer.declare("q");
    for (const char* body : {"1", "2", "3"})
      peer.publish("", "q", body);
    core.settle();
  }

  static PullMessages pull_of(std::uint32_t max = 1, std::int64_t wait_ms = 0,
                              const std::string& queue = "q") {
    PullMessages what;
    what.queue = queue;
    what.max = max;
    what.lease_ms = 1000;
    what.wait_ms = wait_ms;
    return what;
  }
  static std::vector<LeasedMessage> pull(Peer& who, std::uint32_t max = 1) {
    return who.get(pull_of(max)).value();
  }
  static Errc settle(Peer& who, const std::string& lease, const char* how) {
    SettleLeases what;
    (how[0] == 'a' ? what.ack : how[0] == 'n' ? what.nack : what.extend).push_back(lease);
    what.extend_ms = 5000;
    return who.get(what).value().at(0);
  }
  QueueCounts counts() { return peer.get(passive_of("q")).value().counts; }

  CoreRig core{GetParam()};
  Peer peer;
};

INSTANTIATE_TEST_SUITE_P(Ports, ALease, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(ALease, IsToldWhenItIsDurable) {
  const auto asked = peer.ask(pull_of(2));
  core.tick();
  EXPECT_FALSE(*asked);
  core.commit(1);
  ASSERT_TRUE(*asked);
  ASSERT_THAT((*asked)->value(), SizeIs(2));
  EXPECT_EQ(Peer::body_of((*asked)->value()[0].delivery), "1");
  EXPECT_EQ(counts().unacked, 2U);
}

TEST_P(ALease, IsAcknowledgedOnceAndForGood) {
  const auto leased = pull(peer).at(0);
  SettleLeases what;
  what.ack = {leased.lease};
  const auto acked = peer.ask(what);
  core.tick();
  EXPECT_FALSE(*acked) << "a settlement is answered when it is durable";
  core.settle();
  EXPECT_THAT((*acked)->value(), ElementsAre(Errc::ok));
  EXPECT_EQ(settle(peer, leased.lease, "ack"), Errc::lease_expired);
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(Peer::body_of(pull(later).at(0).delivery), "2");
}

TEST_P(ALease, GivesAMessageBackToItsPlace) {
  const auto leased = pull(peer).at(0);
  EXPECT_EQ(leased.attempt, 1U);
  EXPECT_EQ(settle(peer, leased.lease, "nack"), Errc::ok);
  const auto again = pull(peer).at(0);
  EXPECT_EQ(Peer::body_of(again.delivery), "1");
  EXPECT_EQ(again.attempt, 2U);
  EXPECT_TRUE(again.delivery.redelivered);
  EXPECT_EQ(settle(peer, leased.lease, "ack"), Errc::lease_expired) << "the first attempt is over";
  EXPECT_EQ(settle(peer, again.lease, "ack"), Errc::ok);
}

TEST_P(ALease, EndsAtItsDeadlineAndLaterWhenExtended) {
  const auto leased = pull(peer, 2);
  EXPECT_LE(core.broker->next_deadline(), after_ms(core.clock.now(), 1000));
  EXPECT_EQ(settle(peer, leased[1].lease, "extend"), Errc::ok);
  core.wait_ms(1000);
  EXPECT_EQ(counts().unacked, 1U);
  EXPECT_EQ(settle(peer, leased[0].lease, "ack"), Errc::lease_expired);
  EXPECT_EQ(pull(peer).at(0).attempt, 2U);
  core.wait_ms(4000);
  EXPECT_EQ(settle(peer, leased[1].lease, "ack"), Errc::lease_expired);
  EXPECT_EQ(counts().ready, 3U);
}

TEST_P(ALease, SurvivesARestartWithItsDeadline) {
  const auto leased = pull(peer, 2);
  EXPECT_EQ(settle(peer, leased[1].lease, "extend"), Errc::ok);
  for (const bool clean : {false, true}) {
    const auto next = clean ? core.stopped_and_started() : core.restarted();
    Peer later(*next, 0, Protocol::http);
    EXPECT_EQ(later.get(passive_of("q")).value().counts.unacked, 2U);
    EXPECT_EQ(settle(later, leased[0].lease, "ack"), Errc::ok);
    next->wait_ms(1000);
    EXPECT_EQ(later.get(passive_of("q")).value().counts.unacked, 1U);
    next->wait_ms(4000);
    EXPECT_EQ(later.get(passive_of("q")).value().counts.unacked, 0U);
    EXPECT_EQ(settle(later, leased[1].lease, "ack"), Errc::lease_expired);
    const auto again = pull(later).at(0);
    EXPECT_EQ(Peer::body_of(again.delivery), "2");
    EXPECT_EQ(again.attempt, 2U);
  }
}

TEST_P(ALease, ThatIsOverStaysOverAfterARestart) {
  const auto leased = pull(peer, 3);
  EXPECT_EQ(settle(peer, leased[0].lease, "nack"), Errc::ok);
  core.wait_ms(1000);
  core.settle();
  const auto next = core.restarted();
  Peer later(*next);
  const auto counts = later.get(passive_of("q")).value().counts;
  EXPECT_EQ(counts.ready, 3U);
  EXPECT_EQ(counts.unacked, 0U);
  EXPECT_EQ(pull(later).at(0).attempt, 2U);
}

TEST_P(ALease, TakenAgainAfterItsEndIsTheOneThatCounts) {
  const auto leased = pull(peer).at(0);
  EXPECT_EQ(settle(peer, leased.lease, "nack"), Errc::ok);
  const auto again = pull(peer).at(0);
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("q")).value().counts.unacked, 1U);
  EXPECT_EQ(settle(later, leased.lease, "ack"), Errc::lease_expired);
  EXPECT_EQ(settle(later, again.lease, "ack"), Errc::ok);
}

TEST_P(ALease, TakenAgainInTheSameTickIsTheOneThatCountsToo) {
  const auto leased = pull(peer).at(0);
  SettleLeases nack;
  nack.nack = {leased.lease};
  const auto nacked = peer.ask(nack);
  peer.ask(pull_of(1));
  core.settle();
  ASSERT_THAT((*nacked)->value(), ElementsAre(Errc::ok));
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("q")).value().counts.unacked, 1U);
}

TEST_P(ALease, IsNotEndedByTheExpiryOfTheOneBefore) {
  pull(peer);
  core.clock.advance_ms(1000);
  core.broker->collect(core.clock.now());  // it ends; nothing of that is staged yet
  const auto again = pull(peer).at(0);
  EXPECT_EQ(again.attempt, 2U);
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("q")).value().counts.unacked, 1U);
  EXPECT_EQ(settle(later, again.lease, "ack"), Errc::ok);
}

TEST_P(ALease, IsSettledByNobodyWhoWasNotGivenIt) {
  const auto leased = pull(peer).at(0);
  std::string forged = leased.lease;
  forged[0] = forged[0] == '0' ? '1' : '0';
  EXPECT_EQ(settle(peer, forged, "ack"), Errc::lease_expired);
  for (const std::string& text : {std::string(), std::string("x"), leased.lease + "00",
                                  leased.lease.substr(2), std::string(72, 'f')}) {
    EXPECT_EQ(settle(peer, text, "ack"), Errc::lease_expired);
  }
  EXPECT_EQ(settle(peer, leased.lease, "ack"), Errc::ok);
}

TEST_P(ALease, WaitsForAMessageUntilItsPullIsOver) {
  pull(peer, 3);
  const auto patient = peer.ask(pull_of(1, 500));
  core.tick();
  EXPECT_FALSE(*patient);
  core.wait_ms(500);
  core.settle();
  ASSERT_TRUE(*patient);
  EXPECT_THAT((*patient)->value(), IsEmpty());
  const auto lucky = peer.ask(pull_of(1, 500));
  core.tick();
  peer.publish("", "q", "4");
  core.settle();
  ASSERT_TRUE(*lucky);
  EXPECT_EQ(Peer::body_of((*lucky)->value().at(0).delivery), "4");
}

TEST_P(ALease, ServesPullsInTheOrderInWhichTheyWait) {
  pull(peer, 3);
  const auto first = peer.ask(pull_of(1, 500));
  const auto second = peer.ask(pull_of(1, 500));
  core.tick();
  peer.publish("", "q", "4");
  core.settle();
  EXPECT_TRUE(*first);
  EXPECT_FALSE(*second);
  EXPECT_LE(core.broker->next_deadline(), after_ms(core.clock.now(), 500));
}

TEST_P(ALease, EndsAPullWhoseQueueIsDeleted) {
  pull(peer, 3);
  const auto waiting = peer.ask(pull_of(1, 500));
  core.tick();
  peer.get(DeleteQueue{"q"}).value();
  ASSERT_TRUE(*waiting);
  EXPECT_EQ((*waiting)->error().code, Errc::not_found);
}

TEST_P(ALease, HoldsNothingOfPullsThatEnded) {
  pull(peer, 3);
  std::vector<std::weak_ptr<int>> tokens;
  const auto ask = [&](Peer& who) {
    const auto token = std::make_shared<int>(1);
    tokens.push_back(token);
    who.port().request<PullMessages>(who.id(), pull_of(1, 10),
                                     [token](const Result<PullMessages::Answer>&) {});
    core.tick();
  };
  for (int i = 0; i < 5; ++i) {
    ask(peer);
    core.wait_ms(10);
  }
  {
    Peer gone(core, 1);
    ask(gone);
  }
  core.settle();
  for (const auto& token : tokens)
    EXPECT_TRUE(token.expired());
}

TEST_P(ALease, OfWhatHasToBeReadFromTheDiskComesWhenItWasRead) {
  core.engine->hold_reads(true);
  const auto asked = peer.ask(pull_of(3));
  core.settle();
  EXPECT_FALSE(*asked);
  EXPECT_EQ(counts().unacked, 0U) << "nothing is leased that nobody was told about";
  core.engine->hold_reads(false);
  core.engine->complete_reads();
  core.settle();
  ASSERT_TRUE(*asked);
  EXPECT_THAT((*asked)->value(), SizeIs(3));
}

TEST_P(ALease, OnAVolatileQueueNeedsNoDisk) {
  peer.declare("v", false);
  peer.publish("", "v", "x");
  const auto asked = peer.ask(pull_of(1, 0, "v"));
  core.tick();
  ASSERT_TRUE(*asked);
  SettleLeases what;
  what.ack = {(*asked)->value().at(0).lease};
  const auto acked = peer.ask(what);
  core.tick();
  ASSERT_TRUE(*acked);
  EXPECT_THAT((*acked)->value(), ElementsAre(Errc::ok));
}

TEST_P(ALease, OnAVolatileQueueEndsWithItsProcess) {
  const auto pull_one = [&](CoreRig& rig, Peer& who) {
    who.declare("v", false);
    who.publish("", "v", "x");
    rig.settle();
    return who.get(pull_of(1, 0, "v")).value().at(0).lease;
  };
  const std::string before = pull_one(core, peer);
  const auto next = core.restarted();
  Peer later(*next);
  const std::string after = pull_one(*next, later);
  EXPECT_EQ(settle(later, before, "ack"), Errc::lease_expired) << "the ids are another queue's";
  EXPECT_EQ(settle(later, after, "ack"), Errc::ok);
}

TEST_P(ALease, IsLeftAloneByConsumers) {
  const auto leased = pull(peer).at(0);
  Peer worker(core, 1);
  worker.consume("q");
  EXPECT_THAT(worker.bodies(), ElementsAre("2", "3"));
  worker.settle(leased.delivery);
  core.settle();
  EXPECT_EQ(settle(peer, leased.lease, "ack"), Errc::ok) << "not the worker's to settle";
}

}  // namespace
}  // namespace rialto::test
