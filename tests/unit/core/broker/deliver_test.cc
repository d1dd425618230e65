#include "tests/unit/core/broker/core_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Delivering : public testing::TestWithParam<Ports> {
 protected:
  void fill(Peer& peer, const std::string& queue, const std::vector<std::string>& bodies) {
    for (const std::string& body : bodies)
      peer.publish("", queue, body);
    core.settle();
  }
  QueueCounts counts(Peer& peer, const std::string& queue) {
    return peer.get(passive_of(queue)).value().counts;
  }

  CoreRig core{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Ports, Delivering, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(Delivering, HandsOutAsMuchAsThePrefetchAndMoreAfterAnAck) {
  Peer peer(core);
  peer.declare("q");
  fill(peer, "q", {"1", "2", "3"});
  peer.consume("q", ConsumerId(1), 2);
  EXPECT_THAT(peer.bodies(), ElementsAre("1", "2"));
  peer.settle(peer.deliveries[0]);
  core.tick();
  EXPECT_THAT(peer.bodies(), ElementsAre("1", "2", "3"));
  EXPECT_FALSE(peer.deliveries[2].delivery.redelivered);
}

TEST_P(Delivering, BringsARequeuedMessageBackToItsPlaceRedelivered) {
  Peer peer(core);
  peer.declare("q");
  fill(peer, "q", {"1", "2", "3"});
  const auto first = peer.get(get_of("q")).value();
  peer.settle(*first.delivery, Settlement::failed);
  const auto again = peer.get(get_of("q")).value();
  EXPECT_EQ(Peer::body_of(*again.delivery), "1");
  EXPECT_TRUE(again.delivery->redelivered);
  EXPECT_EQ(again.delivery->delivery_count, 1U);
  EXPECT_EQ(again.delivery->record.offset, first.delivery->record.offset);
  EXPECT_EQ(again.remaining, 2U);
}

TEST_P(Delivering, GivesAConsumerItsMessageBeforeAGetThatCameAfterIt) {
  Peer peer(core);
  peer.declare("q", false);
  peer.consume("q");
  peer.publish("", "q", "x");
  const auto got = peer.ask(get_of("q"));
  core.settle();
  EXPECT_FALSE((*got)->value().delivery);
  EXPECT_THAT(peer.bodies(), ElementsAre("x"));
}

TEST_P(Delivering, TakesAGetAfterAPublishOfTheSameTickAsAReadBarrier) {
  Peer peer(core);
  peer.declare("q");
  peer.publish("", "q", "x");
  const auto got = peer.ask(get_of("q"));
  core.tick();
  EXPECT_FALSE(*got) << "the message before it is not durable yet";
  core.commit(1);
  ASSERT_TRUE(*got);
  ASSERT_TRUE((*got)->value().delivery);
  EXPECT_EQ(Peer::body_of(*(*got)->value().delivery), "x");
}

TEST_P(Delivering, AnswersAGetOnAVolatileQueueAtOnce) {
  Peer peer(core);
  peer.declare("v", false);
  peer.publish("", "v", "x");
  const auto got = peer.ask(get_of("v", true));
  core.tick();
  ASSERT_TRUE(*got);
  ASSERT_TRUE((*got)->value().delivery);
}

TEST_P(Delivering, CountsAndPurgesOnlyWhatIsDurableAndThatAll) {
  Peer peer(core);
  peer.declare("q");
  peer.publish("", "q", "1");
  peer.publish("", "q", "2");
  const auto declared = peer.ask(passive_of("q"));
  const auto described = peer.ask(DescribeQueue{"q"});
  const auto listed = peer.ask(ListQueues{});
  const auto purged = peer.ask(PurgeQueue{"q"});
  core.tick();
  EXPECT_FALSE(*declared || *described || *listed || *purged);
  core.commit(1);
  EXPECT_EQ((*declared)->value().counts.ready, 2U);
  EXPECT_EQ((*described)->value().counts.ready, 2U);
  EXPECT_EQ((*listed)->value().at(0).counts.ready, 2U);
  EXPECT_FALSE(*purged) << "the purge itself is not durable yet";
  core.commit(1);
  EXPECT_EQ((*purged)->value().messages, 2U);
  EXPECT_EQ(counts(peer, "q").ready, 0U);
}

TEST_P(Delivering, PurgesWhatIsReadyAndLeavesWhatIsUnacked) {
  Peer peer(core);
  peer.declare("q");
  fill(peer, "q", {"1", "2", "3"});
  peer.get(get_of("q")).value();
  EXPECT_EQ(peer.get(PurgeQueue{"q"}).value().messages, 2U);
  EXPECT_EQ(counts(peer, "q").unacked, 1U);
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("q")).value().counts.ready, 1U);
}

TEST_P(Delivering, WritesAnAckBeforeALaterPublishOfTheSameChannel) {
  Peer peer(core);
  peer.declare("in");
  peer.declare("out");
  fill(peer, "in", {"work"});
  peer.consume("in");
  peer.settle(peer.deliveries.at(0));
  const auto done = peer.publish("", "out", "done");
  core.tick();
  core.commit(2);
  ASSERT_TRUE(peer.confirmed(done));
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("in")).value().counts.ready, 0U);
  EXPECT_EQ(later.get(passive_of("out")).value().counts.ready, 1U);
}

TEST_P(Delivering, WritesAnAckBeforeALaterProducedBatchToo) {
  Peer peer(core);
  peer.declare("in");
  peer.get(topic_of("t")).value();
  fill(peer, "in", {"work"});
  peer.consume("in");
  peer.settle(peer.deliveries.at(0));
  const auto done = peer.ask(produce_of("t", produced_batch({"done"})));
  core.tick();
  core.commit(2);
  ASSERT_TRUE(*done);
  std::vector<FrameKind> kinds;
  for (const auto& set : core.engine->sets()) {
    for (const auto& frame : set.frames)
      kinds.push_back(frame.kind);
  }
  ASSERT_GE(kinds.size(), 2U);
  EXPECT_EQ(kinds[kinds.size() - 2], FrameKind::settle);
  EXPECT_EQ(kinds[kinds.size() - 1], FrameKind::data);
}

TEST_P(Delivering, MarksEverythingUnsettledRedeliveredAfterACrash) {
  Peer peer(core);
  peer.declare("q");
  fill(peer, "q", {"seen", "unseen"});
  peer.get(get_of("q")).value();
  const auto next = core.restarted();
  Peer later(*next);
  later.consume("q");
  EXPECT_THAT(later.bodies(), ElementsAre("seen", "unseen"));
  EXPECT_TRUE(later.deliveries[0].delivery.redelivered);
  EXPECT_TRUE(later.deliveries[1].delivery.redelivered);
  EXPECT_EQ(later.deliveries[1].delivery.delivery_count, 0U) << "nobody is known to have had it";
}

TEST_P(Delivering, MarksOnlyWhatWasHandedOutRedeliveredAfterACleanStop) {
  Peer peer(core);
  peer.declare("q");
  fill(peer, "q", {"seen", "unseen"});
  peer.get(get_of("q")).value();
  core.settle();
  const auto next = core.stopped_and_started();
  Peer later(*next);
  later.consume("q");
  EXPECT_THAT(later.bodies(), ElementsAre("seen", "unseen"));
  EXPECT_TRUE(later.deliveries[0].delivery.redelivered);
  EXPECT_FALSE(later.deliveries[1].delivery.redelivered);
}

TEST_P(Delivering, ForgetsTheCleanStopWhenAnotherProcessLivedSince) {
  Peer peer(core);
  peer.declare("q");
  fill(peer, "q", {"x"});
  const auto next = core.stopped_and_started();
  const auto third = next->restarted();
  Peer later(*third);
  later.consume("q");
  EXPECT_TRUE(later.deliveries.at(0).delivery.redelivered);
}

TEST_P(Delivering, KeepsAnAckThatIsDurableAndMayForgetOneThatIsNot) {
  Peer peer(core);
  peer.declare("q");
  fill(peer, "q", {"1", "2"});
  peer.consume("q");
  peer.settle(peer.deliveries.at(0));
  core.settle();
  peer.settle(peer.deliveries.at(1));
  core.tick();
  const auto next = core.restarted();
  Peer later(*next);
  later.consume("q");
  EXPECT_THAT(later.bodies(), ElementsAre("2"));
}

TEST_P(Delivering, KeepsTheCountOfReturnsOverARestart) {
  Peer peer(core);
  peer.declare("q");
  fill(peer, "q", {"x"});
  for (int i = 0; i < 3; ++i) {
    peer.settle(*peer.get(get_of("q")).value().delivery, Settlement::failed);
  }
  core.settle();
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(get_of("q")).value().delivery->delivery_count, 3U);
}

TEST_P(Delivering, ReturnsWhatAClosedSessionHeldInOrder) {
  Peer keeper(core, 1);
  keeper.declare("q");
  fill(keeper, "q", {"1", "2", "3"});
  {
    Peer peer(core);
    peer.consume("q", ConsumerId(1), 2);
    EXPECT_THAT(peer.bodies(), ElementsAre("1", "2"));
  }
  core.settle();
  EXPECT_EQ(counts(keeper, "q").consumers, 0U);
  keeper.consume("q");
  EXPECT_THAT(keeper.bodies(), ElementsAre("1", "2", "3"));
  EXPECT_TRUE(keeper.deliveries[0].delivery.redelivered);
  EXPECT_FALSE(keeper.deliveries[2].delivery.redelivered);
}

TEST_P(Delivering, EndsExclusiveQueuesWithTheirSessionAndHidesThemFromOthers) {
  Peer other(core, 1);
  std::string name;
  {
    Peer peer(core);
    DeclareQueue what;
    what.exclusive = true;
    name = peer.get(what).value().name;
    EXPECT_THAT(name, testing::StartsWith("amq.gen-"));
    EXPECT_EQ(other.get(passive_of(name)).error().code, Errc::locked);
    EXPECT_EQ(other.get(get_of(name)).error().code, Errc::locked);
  }
  core.settle();
  EXPECT_EQ(other.get(passive_of(name)).error().code, Errc::not_found);
}

TEST_P(Delivering, MakesADifferentNameForEachNamelessQueueOfATick) {
  Peer peer(core);
  DeclareQueue what;
  what.exclusive = true;
  const auto first = peer.ask(what);
  const auto second = peer.ask(what);
  core.settle();
  EXPECT_NE((*first)->value().name, (*second)->value().name);
}

TEST_P(Delivering, DeletesAnAutoDeleteQueueWithItsLastConsumer) {
  Peer peer(core);
  Peer second(core, 1);
  DeclareQueue what;
  what.name = "short";
  what.auto_delete = true;
  peer.get(what).value();
  EXPECT_TRUE(peer.get(passive_of("short"))) << "it never had a consumer";
  peer.consume("short");
  second.consume("short");
  peer.get(CancelConsumer{ConsumerId(1)}).value();
  EXPECT_TRUE(peer.get(passive_of("short")));
  second.close();
  core.settle();
  EXPECT_EQ(peer.get(passive_of("short")).error().code, Errc::not_found);
}

TEST_P(Delivering, TellsConsumersThatTheirQueueWasDeleted) {
  Peer peer(core);
  Peer other(core, 1);
  peer.declare("q");
  peer.consume("q", ConsumerId(7));
  other.get(DeleteQueue{"q"}).value();
  EXPECT_THAT(peer.cancelled, ElementsAre(ConsumerId(7)));
}

TEST_P(Delivering, RefusesToDeleteAQueueThatIsUsedOrNotEmptyWhenAskedTo) {
  Peer peer(core);
  peer.declare("q");
  peer.publish("", "q", "x");
  EXPECT_EQ(peer.get(DeleteQueue{"q", false, true}).error().code, Errc::not_empty);
  peer.consume("q");
  EXPECT_EQ(peer.get(DeleteQueue{"q", true, false}).error().code, Errc::in_use);
  EXPECT_FALSE(peer.get(DeleteQueue{"missing"}).value().existed);
}

TEST_P(Delivering, HoldsBackASessionWhoseBytesDoNotLeave) {
  Peer peer(core);
  peer.declare("q");
  const std::string large(100'000, 'x');
  constexpr int count = 40;
  for (int i = 0; i < count; ++i)
    peer.publish("", "q", large);
  core.settle();
  peer.consume("q");
  const std::size_t first = peer.deliveries.size();
  EXPECT_LT(first, std::size_t{count});
  EXPECT_GE(first * large.size(), SessionState::unsent_bytes_max);
  core.settle();
  EXPECT_EQ(peer.deliveries.size(), first);
  for (std::size_t i = 0; i < first; ++i) {
    peer.port().drained(peer.id(), peer.deliveries[i].delivery.cost_bytes);
  }
  core.settle();
  EXPECT_EQ(peer.deliveries.size(), std::size_t{count});
}

TEST_P(Delivering, GivesAConsumerOfAHeldBackSessionNothingEither) {
  Peer peer(core);
  peer.declare("q");
  peer.declare("r");
  for (int i = 0; i < 30; ++i)
    peer.publish("", "q", std::string(100'000, 'x'));
  peer.publish("", "r", "y");
  core.settle();
  peer.consume("q", ConsumerId(1));
  const std::size_t first = peer.deliveries.size();
  peer.consume("r", ConsumerId(2));
  EXPECT_EQ(peer.deliveries.size(), first);
}

TEST_P(Delivering, SettlesAtOnceWhatIsConsumedWithoutAcks) {
  Peer peer(core);
  peer.declare("q");
  peer.consume("q", ConsumerId(1), 0, true);
  fill(peer, "q", {"1", "2"});
  EXPECT_THAT(peer.bodies(), ElementsAre("1", "2"));
  EXPECT_EQ(counts(peer, "q").unacked, 0U);
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("q")).value().counts.ready, 0U);
}

TEST_P(Delivering, WaitsForAColdReadAndThenGoesOnInOrder) {
  Peer peer(core);
  peer.declare("q");
  fill(peer, "q", {"1", "2", "3"});
  core.engine->hold_reads(true);
  peer.consume("q");
  const auto got = peer.ask(get_of("q"));
  core.tick();
  EXPECT_THAT(peer.deliveries, IsEmpty());
  EXPECT_EQ(core.engine->held_reads(), 1U);
  core.engine->hold_reads(false);
  core.engine->complete_reads();
  core.settle();
  EXPECT_THAT(peer.bodies(), ElementsAre("1", "2", "3"));
  ASSERT_TRUE(*got);
  EXPECT_FALSE((*got)->value().delivery) << "the consumer was first";
}

TEST_P(Delivering, AnswersAGetWhenItsColdReadIsDone) {
  Peer peer(core);
  peer.declare("q");
  fill(peer, "q", {"1", "2"});
  core.engine->hold_reads(true);
  const auto first = peer.ask(get_of("q"));
  const auto second = peer.ask(get_of("q"));
  core.tick();
  EXPECT_FALSE(*first || *second);
  core.engine->hold_reads(false);
  core.engine->complete_reads();
  core.settle();
  EXPECT_EQ(Peer::body_of(*(*first)->value().delivery), "1");
  EXPECT_EQ(Peer::body_of(*(*second)->value().delivery), "2");
}

TEST_P(Delivering, TriesAgainWhenTheEngineIsTooBusyToRead) {
  Peer peer(core);
  peer.declare("q");
  fill(peer, "q", {"1"});
  core.engine->set_busy(true);
  peer.consume("q");
  EXPECT_THAT(peer.deliveries, IsEmpty());
  EXPECT_LE(core.broker->next_deadline(), after_ms(core.clock.now(), 1));
  core.engine->set_busy(false);
  core.wait_ms(1);
  EXPECT_THAT(peer.bodies(), ElementsAre("1"));
}

TEST_P(Delivering, SkipsWhatCannotBeReadAndOnlyThat) {
  Peer peer(core);
  peer.declare("q");
  fill(peer, "q", {"1"});
  fill(peer, "q", {"rotten", "rotten too"});
  fill(peer, "q", {"4"});
  core.engine->rot((*core.engine).sets().back().frames[0].data.targets[0].partition, Offset(1));
  peer.consume("q");
  core.settle();
  EXPECT_THAT(peer.bodies(), ElementsAre("1", "4"));
  EXPECT_EQ(counts(peer, "q").ready, 0U);
  EXPECT_EQ(peer.get(ReadStats{})->unreadable, 2U);
}

TEST_P(Delivering, CountsWhatItPassesOverBecauseNoRecordComesOutOfItsBatch) {
  Peer peer(core);
  peer.declare("q");
  std::string undecodable(produced_batch({"gone"}).bytes());
  constexpr std::size_t codec_at = 22;
  constexpr char gzip = 1;
  undecodable[codec_at] = gzip;
  ASSERT_TRUE(peer.get(produce_of("q", Slice::copy_of(undecodable))));
  fill(peer, "q", {"2"});
  EXPECT_EQ(Peer::body_of(*peer.get(get_of("q"))->delivery), "2");
  EXPECT_EQ(peer.get(ReadStats{})->unreadable, 1U);
}

TEST_P(Delivering, EndsAColdReadQuietlyWhenTheQueueOrTheSessionIsGone) {
  Peer peer(core);
  Peer other(core, 1);
  peer.declare("q");
  peer.declare("r");
  fill(peer, "q", {"1"});
  fill(peer, "r", {"1"});
  core.engine->hold_reads(true);
  const auto got = peer.ask(get_of("q"));
  other.ask(get_of("r"));
  core.tick();
  EXPECT_EQ(core.engine->held_reads(), 2U);
  other.close();
  const auto deleted = peer.ask(DeleteQueue{"q"});
  core.settle();
  ASSERT_TRUE(*deleted);
  ASSERT_TRUE(*got);
  EXPECT_EQ((*got)->error().code, Errc::not_found);
  core.engine->hold_reads(false);
  core.engine->complete_reads();
  core.settle();
  EXPECT_EQ(counts(peer, "r").ready, 1U);
}

TEST_P(Delivering, TakesTurnsAmongConsumersOfDifferentSessions) {
  Peer a(core, 0);
  Peer b(core, 1);
  a.declare("q");
  a.consume("q", ConsumerId(1), 10);
  b.consume("q", ConsumerId(1), 10);
  fill(a, "q", {"1", "2", "3", "4"});
  EXPECT_THAT(a.bodies(), ElementsAre("1", "3"));
  EXPECT_THAT(b.bodies(), ElementsAre("2", "4"));
}

TEST_P(Delivering, StopsWithTheReplyToACancel) {
  Peer peer(core);
  peer.declare("q");
  peer.consume("q");
  const auto cancelled = peer.ask(CancelConsumer{ConsumerId(1)});
  peer.publish("", "q", "x");
  core.settle();
  EXPECT_TRUE(*cancelled);
  EXPECT_THAT(peer.deliveries, IsEmpty());
  EXPECT_EQ(counts(peer, "q").ready, 1U);
}

TEST_P(Delivering, CallsAQueueEmptyWhoseMessagesAreAllUnacked) {
  Peer peer(core);
  peer.declare("q");
  peer.publish("", "q", "held");
  core.settle();
  peer.get(get_of("q")).value();
  EXPECT_TRUE(peer.get(DeleteQueue{"q", false, true}).value().existed);
}

TEST_P(Delivering, ForgetsNoQueueOfALongSessionButThoseThatAreGone) {
  Peer peer(core);
  for (int i = 0; i < 50; ++i) {
    DeclareQueue what;
    what.exclusive = true;
    const std::string name = peer.get(what).value().name;
    peer.consume(name, ConsumerId(static_cast<std::uint64_t>(i + 1)));
    peer.get(DeleteQueue{name}).value();
  }
  EXPECT_THAT(peer.cancelled, SizeIs(50));
  const auto stats = peer.get(ReadStats{}).value();
  EXPECT_EQ(stats.queues, 0U);
  EXPECT_EQ(stats.partitions, 0U);
  EXPECT_EQ(stats.consumers, 0U);
}

}  // namespace
}  // namespace rialto::test
