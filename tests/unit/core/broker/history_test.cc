#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class History : public testing::TestWithParam<Ports> {
 protected:
  static ReplayMessages all_that(SettleReason reason) {
    ReplayMessages what;
    what.queue = "q";
    what.reasons = {reason};
    return what;
  }
  std::uint64_t bring_back(Peer& peer, const ReplayMessages& what) {
    return peer.get(what).value().back;
  }
  std::int64_t now_ms() const { return core->clock.wall().get(); }
  void wait_ms(std::int64_t ms) {
    core->wait_ms(ms);
    core->settle();
  }

  std::unique_ptr<CoreRig> core = std::make_unique<CoreRig>(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Ports, History, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(History, BringsBackWhatWasAckedAtItsPlaceAndRedelivered) {
  Peer peer(*core);
  peer.declare("q");
  publish_all(*core, peer, "q", {"a", "b", "c"});
  EXPECT_THAT(drained(peer), ElementsAre("a", "b", "c"));
  publish_all(*core, peer, "q", {"d"});
  EXPECT_EQ(bring_back(peer, all_that(SettleReason::acked)), 3U);
  const Delivery first = *peer.get(get_of("q", true)).value().delivery;
  EXPECT_EQ(Peer::body_of(first), "a");
  EXPECT_TRUE(first.redelivered);
  EXPECT_EQ(first.record.offset, Offset(0));
  EXPECT_THAT(drained(peer), ElementsAre("b", "c", "d"));
}

TEST_P(History, BringsNothingTwiceThatIsThereAlready) {
  Peer peer(*core);
  peer.declare("q");
  publish_all(*core, peer, "q", {"a", "b"});
  drained(peer);
  EXPECT_EQ(bring_back(peer, all_that(SettleReason::acked)), 2U);
  EXPECT_EQ(bring_back(peer, all_that(SettleReason::acked)), 0U);
  peer.settle(*peer.get(get_of("q")).value().delivery);
  core->settle();
  EXPECT_EQ(bring_back(peer, all_that(SettleReason::acked)), 1U);
  EXPECT_THAT(drained(peer), ElementsAre("a", "b"));
}

TEST_P(History, UndoesAPurge) {
  Peer peer(*core);
  peer.declare("q");
  publish_all(*core, peer, "q", {"a", "b", "c"});
  peer.settle(*peer.get(get_of("q")).value().delivery);
  core->settle();
  peer.get(PurgeQueue{"q"}).value();
  EXPECT_EQ(bring_back(peer, all_that(SettleReason::purged)), 2U);
  EXPECT_THAT(drained(peer), ElementsAre("b", "c"));
}

TEST_P(History, GoesByTheTimeAtWhichAMessageLeft) {
  Peer peer(*core);
  peer.declare("q");
  publish_all(*core, peer, "q", {"early", "late"});
  peer.settle(*peer.get(get_of("q")).value().delivery);
  core->settle();
  wait_ms(1000);
  const std::int64_t between = now_ms();
  wait_ms(1000);
  peer.settle(*peer.get(get_of("q")).value().delivery);
  core->settle();
  ReplayMessages what = all_that(SettleReason::acked);
  what.since_wall_ms = between;
  EXPECT_EQ(bring_back(peer, what), 1U);
  EXPECT_THAT(drained(peer), ElementsAre("late"));
  what.since_wall_ms = 0;
  what.until_wall_ms = between;
  EXPECT_EQ(bring_back(peer, what), 1U);
  EXPECT_THAT(drained(peer), ElementsAre("early"));
}

TEST_P(History, ChoosesByAHeader) {
  Peer peer(*core);
  peer.declare("q");
  for (const auto& [body, kind] : {std::pair("a", "x"), {"b", "y"}, {"c", "x"}}) {
    const Bytes view = body;
    const HeaderView headers[] = {{amqp_header::exchange, Bytes("")},
                                  {amqp_header::routing_key, Bytes("q")},
                                  {"kind", Bytes(kind)}};
    Publish message;
    message.publisher = PublisherId(1);
    message.routing_key = "q";
    message.record.body = {&view, 1};
    message.record.headers = headers;
    peer.port().publish(peer.id(), message);
  }
  core->settle();
  drained(peer);
  ReplayMessages what = all_that(SettleReason::acked);
  what.where = {{"kind", "x"}};
  what.dry_run = true;
  EXPECT_EQ(bring_back(peer, what), 2U);
  EXPECT_THAT(drained(peer), IsEmpty());
  what.dry_run = false;
  EXPECT_EQ(bring_back(peer, what), 2U);
  EXPECT_THAT(drained(peer), ElementsAre("a", "c"));
}

TEST_P(History, BringsBackTheFirstOnesWhenLessAreWanted) {
  Peer peer(*core);
  peer.declare("q");
  publish_all(*core, peer, "q", {"a", "b", "c"});
  drained(peer);
  ReplayMessages what = all_that(SettleReason::acked);
  what.max = 2;
  EXPECT_EQ(bring_back(peer, what), 2U);
  EXPECT_THAT(drained(peer), ElementsAre("a", "b"));
}

TEST_P(History, WhatHasExpiredIsBackForGood) {
  Peer peer(*core);
  peer.get(queue_with("q", {{"x-message-ttl", FieldValue::integer(100)}})).value();
  publish_all(*core, peer, "q", {"a", "b"});
  core->wait_ms(101);
  core->settle();
  EXPECT_EQ(counts_of(peer, "q").ready, 0U);
  EXPECT_EQ(bring_back(peer, all_that(SettleReason::expired)), 2U);
  core->wait_ms(1000);
  core->settle();
  EXPECT_EQ(counts_of(peer, "q").ready, 2U);
  for (const bool clean : {false, true}) {
    const auto again = clean ? core->stopped_and_started() : core->restarted();
    again->wait_ms(1000);
    again->settle();
    Peer later(*again);
    EXPECT_THAT(drained(later), ElementsAre("a", "b"));
  }
}

TEST_P(History, WhatWasRejectedIsBackBesideItsDeadLetter) {
  Peer peer(*core);
  peer.declare("dead");
  peer.get(queue_with("q", {{"x-dead-letter-exchange", FieldValue::text("")},
                            {"x-dead-letter-routing-key", FieldValue::text("dead")}}))
      .value();
  publish_all(*core, peer, "q", {"a"});
  peer.settle(*peer.get(get_of("q")).value().delivery, Settlement::reject);
  core->settle();
  EXPECT_EQ(bring_back(peer, all_that(SettleReason::rejected)), 1U);
  EXPECT_THAT(drained(peer), ElementsAre("a"));
  EXPECT_THAT(drained(peer, "dead"), ElementsAre("a"));
}

TEST_P(History, IsTheSameAfterARestart) {
  Peer peer(*core);
  peer.declare("q");
  publish_all(*core, peer, "q", {"a", "b", "c"});
  drained(peer);
  bring_back(peer, all_that(SettleReason::acked));
  peer.settle(*peer.get(get_of("q")).value().delivery);
  core->settle();
  for (const bool clean : {false, true}) {
    const auto again = clean ? core->stopped_and_started() : core->restarted();
    Peer later(*again);
    EXPECT_THAT(drained(later), ElementsAre("b", "c"));
    EXPECT_EQ(later.get(all_that(SettleReason::acked)).value().back, 3U);
    EXPECT_THAT(drained(later), ElementsAre("a", "b", "c"));
  }
}

TEST_P(History, BroughtBackMessagesMayBeLeasedOverARestart) {
  Peer peer(*core);
  peer.declare("q");
  publish_all(*core, peer, "q", {"a", "b"});
  drained(peer);
  bring_back(peer, all_that(SettleReason::acked));
  PullMessages pull;
  pull.queue = "q";
  pull.lease_ms = 1000;
  EXPECT_EQ(peer.get(pull).value().size(), 1U);
  core->settle();
  const auto again = core->restarted();
  Peer later(*again);
  EXPECT_THAT(drained(later), ElementsAre("b"));
  again->wait_ms(2000);
  again->settle();
  EXPECT_THAT(drained(later), ElementsAre("a"));
}

TEST_P(History, IsReadWhileTheQueueIsUsed) {
  Peer peer(*core);
  peer.declare("q");
  publish_all(*core, peer, "q", {"a", "b", "c"});
  peer.consume("q", ConsumerId(1), 1);
  core->settle();
  peer.settle(peer.deliveries.at(0));
  core->settle();
  ASSERT_EQ(peer.deliveries.back().body, "b");
  EXPECT_EQ(bring_back(peer, all_that(SettleReason::acked)), 1U);
  peer.settle(peer.deliveries.back());
  core->settle();
  EXPECT_EQ(peer.deliveries.back().body, "a");
  peer.settle(peer.deliveries.back(), Settlement::requeue);
  core->settle();
  EXPECT_EQ(peer.deliveries.back().body, "a");
  peer.settle(peer.deliveries.back());
  core->settle();
  EXPECT_EQ(peer.deliveries.back().body, "c");
}

TEST_P(History, GoesNoFurtherThanTheQueueHasRoom) {
  Peer peer(*core);
  peer.get(queue_with("q", {{"x-max-length", FieldValue::integer(2)}})).value();
  publish_all(*core, peer, "q", {"a", "b", "c"});
  core->settle();
  EXPECT_EQ(peer.get(all_that(SettleReason::maxlen)).error().code, Errc::full);
  EXPECT_THAT(drained(peer), ElementsAre("b", "c"));
  EXPECT_EQ(bring_back(peer, all_that(SettleReason::maxlen)), 1U);
  EXPECT_THAT(drained(peer), ElementsAre("a"));
}

TEST_P(History, IsNotKeptByAllQueues) {
  Peer peer(*core);
  peer.declare("q", false);
  EXPECT_EQ(peer.get(all_that(SettleReason::acked)).error().code, Errc::not_supported);
  peer.get(queue_with("p", {{"x-max-priority", FieldValue::integer(5)}})).value();
  ReplayMessages what = all_that(SettleReason::acked);
  what.queue = "p";
  EXPECT_THAT(peer.get(what).error().text, HasSubstr("priorities"));
  what.queue = "none";
  EXPECT_EQ(peer.get(what).error().code, Errc::not_found);
}

TEST_P(History, OneLookAtATimeForAQueue) {
  Peer peer(*core);
  peer.declare("q");
  publish_all(*core, peer, "q", {"a"});
  drained(peer);
  const auto first = peer.ask(all_that(SettleReason::acked));
  const auto second = peer.ask(all_that(SettleReason::acked));
  core->settle();
  EXPECT_EQ((**first).value().back, 1U);
  EXPECT_EQ((**second).error().code, Errc::in_use);
}

}  // namespace
}  // namespace rialto::test
