#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

BrokerOptions small_history() {
  BrokerOptions options;
  options.history_bytes = 0;
  options.topic_retention_ms = 60'000;
  return options;
}

class Storage : public testing::TestWithParam<Ports> {
 protected:
  static constexpr std::int64_t reclaim_ms = 1000;

  /// Closes the open unit and takes the checkpoint that this calls for.
  void roll() {
    core.engine->roll();
    core.settle();
    ASSERT_FALSE(core.engine->wants_checkpoint());
  }
  void reclaim() {
    core.wait_ms(reclaim_ms);
    core.settle();
  }
  static PartitionInfo marks_of(Peer& peer, const std::string& topic) {
    return peer.get(DescribeTopics{{topic}}).value().at(0).partitions.at(0);
  }
  std::uint64_t oldest_unit() const {
    return core.engine->sets().empty() ? 0 : core.engine->sets().front().unit;
  }

  CoreRig core{GetParam(), small_history()};
};

INSTANTIATE_TEST_SUITE_P(Ports, Storage, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(Storage, TakesACheckpointAtARollAndStartsFromIt) {
  Peer peer(core);
  peer.declare("q");
  peer.get(topic_of("t", 2)).value();
  DeclareExchange exchange;
  exchange.name = "e";
  exchange.type = "topic";
  exchange.durable = true;
  peer.get(exchange).value();
  peer.get(BindQueue{"q", "e", "a.*", {}}).value();
  for (const char* body : {"1", "2", "3"})
    peer.publish("e", "a.b", body);
  core.settle();
  peer.settle(*peer.get(get_of("q")).value().delivery);
  peer.settle(*peer.get(get_of("q")).value().delivery, Settlement::failed);
  peer.get(produce_of("t", produced_batch({"x"}, 9, 0), -1, 1)).value();
  CommitOffsets commit;
  commit.group = "g";
  commit.offsets = {{"t", PartitionIndex(1), Offset(1), -1, ""}};
  peer.get(commit).value();
  EXPECT_FALSE(core.engine->checkpoint_parts());
  roll();
  ASSERT_TRUE(core.engine->checkpoint_parts());
  peer.publish("e", "a.c", "4");
  core.settle();

  const auto next = core.restarted();
  Peer later(*next);
  later.consume("q");
  EXPECT_THAT(later.bodies(), ElementsAre("2", "3", "4"));
  EXPECT_EQ(later.deliveries[0].delivery.delivery_count, 1U);
  const auto again = later.get(produce_of("t", produced_batch({"x"}, 9, 0), -1, 1)).value()[0];
  EXPECT_EQ(again.base_offset, Offset(0)) << "the producer is known from the checkpoint";
  FetchOffsets fetch;
  fetch.group = "g";
  fetch.all = true;
  EXPECT_EQ(later.get(fetch).value().at(0).offset, Offset(1));
  EXPECT_GT(later.get(NewProducerId{}).value().id.get(), 0);
}

TEST_P(Storage, WaitsWithACheckpointForWhatWasStagedAndHoldsBackWhatComesMeanwhile) {
  Peer peer(core);
  peer.declare("q");
  const auto first = peer.publish("", "q", "1");
  core.tick();
  core.engine->roll();
  core.tick();
  core.tick();  // a shard hears of it with the next calls it sends
  EXPECT_FALSE(core.engine->checkpoint_parts()) << "the first message is not durable yet";
  EXPECT_FALSE(peer.port().admits_publish());
  const std::size_t staged = core.engine->sets().size();
  const auto second = peer.publish("", "q", "2");
  const auto declared = peer.ask(DeclareQueue{"r", false, true});
  core.tick();
  EXPECT_EQ(core.engine->sets().size(), staged);
  core.commit(SIZE_MAX);
  EXPECT_TRUE(peer.confirmed(first));
  EXPECT_TRUE(core.engine->checkpoint_parts());
  EXPECT_FALSE(core.engine->wants_checkpoint());
  core.settle();
  EXPECT_TRUE(peer.confirmed(second));
  EXPECT_TRUE((*declared)->has_value());
  EXPECT_TRUE(peer.port().admits_publish());
}

TEST_P(Storage, TakesACheckpointHoweverBusyTheSessionsAre) {
  Peer peer(core);
  peer.get(topic_of("t")).value();
  CommitOffsets what;
  what.group = "g";
  what.offsets = {{"t", PartitionIndex(0), Offset(0), -1, ""}};
  core.settle();
  core.engine->roll();
  int rounds = 0;
  while (core.engine->wants_checkpoint() && rounds < 10) {
    peer.ask(what);  // there is always something on its way
    core.commit(1);
    ++rounds;
  }
  EXPECT_LE(rounds, 3);
}

TEST_P(Storage, DoesNotLetLazySettlementsDelayACheckpoint) {
  Peer peer(core);
  peer.declare("q");
  peer.publish("", "q", "1");
  core.settle();
  peer.consume("q");
  peer.settle(peer.deliveries.at(0));
  core.tick();
  ASSERT_EQ(core.engine->sets().back().haste, Haste::lazy);
  core.engine->roll();
  core.tick();
  EXPECT_EQ(core.engine->sets().back().haste, Haste::durable);
}

TEST_P(Storage, KeepsSettlingWhileACheckpointWaits) {
  Peer peer(core);
  peer.declare("q");
  peer.declare("other");
  for (const char* body : {"1", "2"})
    peer.publish("", "q", body);
  core.settle();
  peer.consume("q", ConsumerId(1), 1);
  peer.publish("", "other", "x");
  core.tick();
  core.engine->roll();
  core.tick();
  peer.settle(peer.deliveries.at(0));
  core.tick();
  if (GetParam() == Ports::one_thread) {
    EXPECT_THAT(peer.bodies(), ElementsAre("1", "2"));
  }
  core.settle();
  EXPECT_THAT(peer.bodies(), ElementsAre("1", "2"));
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("q")).value().counts.ready, 1U);
}

TEST_P(Storage, OfSettledMessagesIsReleasedBeyondTheHistoryAndNoOther) {
  Peer peer(core);
  peer.declare("q");
  peer.publish("", "q", "1");
  core.settle();
  roll();
  peer.publish("", "q", "2");
  core.settle();
  roll();
  const std::uint64_t oldest = oldest_unit();
  reclaim();
  EXPECT_EQ(oldest_unit(), oldest) << "the first message is still in the queue";
  peer.settle(*peer.get(get_of("q")).value().delivery);
  core.settle();
  reclaim();
  EXPECT_GT(oldest_unit(), oldest);
  EXPECT_EQ(marks_of(peer, "q").log_start, Offset(1));
  EXPECT_EQ(peer.get(fetch_of("q", 0)).value()[0].error, Errc::out_of_range);
  EXPECT_EQ(Peer::body_of(*peer.get(get_of("q")).value().delivery), "2");
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(marks_of(later, "q").log_start, Offset(1));
  EXPECT_EQ(Peer::body_of(*later.get(get_of("q")).value().delivery), "2");
}

TEST_P(Storage, AroundAMessageThatWaitsIsReleased) {
  Peer peer(core);
  peer.declare("slow");
  peer.declare("busy");
  peer.publish("", "slow", "1");
  core.settle();
  roll();
  const std::uint64_t with_the_message = oldest_unit();
  for (int unit = 0; unit < 6; ++unit) {
    peer.publish("", "busy", "x");
    peer.publish("", "slow", "y");
    core.settle();
    for (const char* queue : {"busy", "slow"}) {
      Delivery first = *peer.get(get_of(queue)).value().delivery;
      if (Peer::body_of(first) == "1") {
        const Delivery second = *peer.get(get_of(queue)).value().delivery;
        peer.settle(first, Settlement::requeue);
        first = second;
      }
      peer.settle(first);
    }
    core.settle();
    roll();
  }
  const std::uint64_t stored = core.engine->stored_bytes();
  for (int second = 0; second < 8; ++second)
    reclaim();
  EXPECT_EQ(oldest_unit(), with_the_message);
  EXPECT_LT(core.engine->stored_bytes(), stored / 2);
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("busy")).value().counts.ready, 0U);
  later.consume("slow");
  EXPECT_THAT(later.bodies(), ElementsAre("1"));
  later.settle(later.deliveries.at(0));
  next->settle();
  next->wait_ms(reclaim_ms);
  next->settle();
  EXPECT_TRUE(next->engine->sets().empty() || next->engine->sets().front().unit > with_the_message);
}

TEST_P(Storage, OfATopicGoesByItsBytesHoweverManyUnitsHoldThem) {
  Peer peer(core, 0, Protocol::kafka);
  constexpr std::int64_t units = 12;
  const std::string value(1000, 'v');
  CreateTopic topic = topic_of("t");
  topic.configs = {{"retention.bytes", "6500"}, {"retention.ms", "-1"}};
  peer.get(topic).value();
  for (std::int64_t i = 0; i < units; ++i) {
    peer.get(produce_of("t", produced_batch({value}))).value();
    roll();
  }
  for (int second = 0; second < 4; ++second)
    reclaim();
  const Offset start = marks_of(peer, "t").log_start;
  EXPECT_EQ(start, Offset(units - 7)) << "the last seven have that many bytes";
}

TEST_P(Storage, WithTheSettlementsOfMessagesThatAreRetainedStays) {
  Peer peer(core);
  peer.get(queue_with("kept", {{"x-retention-ms", number(3'600'000)}})).value();
  peer.declare("other");
  peer.publish("", "kept", "1");
  core.settle();
  roll();
  peer.settle(*peer.get(get_of("kept")).value().delivery);
  peer.publish("", "other", "x");
  core.settle();
  peer.settle(*peer.get(get_of("other")).value().delivery);
  core.settle();
  roll();
  for (int second = 0; second < 4; ++second)
    reclaim();
  ReplayMessages what;
  what.queue = "kept";
  what.reasons = {SettleReason::acked};
  EXPECT_EQ(peer.get(what).value().back, 1U);
  EXPECT_EQ(Peer::body_of(*peer.get(get_of("kept")).value().delivery), "1");
}

TEST_P(Storage, StaysWhileAMessageInItIsHandedOut) {
  Peer peer(core);
  peer.declare("q");
  peer.publish("", "q", "1");
  core.settle();
  roll();
  const auto got = peer.get(get_of("q")).value();
  roll();
  reclaim();
  peer.settle(*got.delivery, Settlement::requeue);
  EXPECT_EQ(Peer::body_of(*peer.get(get_of("q")).value().delivery), "1");
}

TEST_P(Storage, IsReleasedOnlyAfterTheTrimIsDurable) {
  Peer peer(core);
  peer.declare("q");
  peer.publish("", "q", "1");
  core.settle();
  roll();
  peer.settle(*peer.get(get_of("q")).value().delivery);
  core.settle();
  roll();
  const std::uint64_t oldest = oldest_unit();
  core.wait_ms(reclaim_ms);
  EXPECT_EQ(core.engine->sets().back().frames[0].kind, FrameKind::trim);
  EXPECT_EQ(oldest_unit(), oldest);
  EXPECT_EQ(marks_of(peer, "q").log_start, Offset(0)) << "answered before the commit";
  EXPECT_EQ(marks_of(peer, "q").log_start, Offset(1));
  core.settle();
  EXPECT_GT(oldest_unit(), oldest);
}

TEST_P(Storage, OfADeletedQueueStaysUntilTheDeletionIsDurable) {
  Peer peer(core);
  peer.declare("q");
  peer.publish("", "q", "1");
  core.settle();
  roll();
  const std::uint64_t oldest = oldest_unit();
  peer.ask(DeleteQueue{"q"});
  core.wait_ms(reclaim_ms);
  core.tick();
  core.wait_ms(reclaim_ms);
  EXPECT_EQ(oldest_unit(), oldest);
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(Peer::body_of(*later.get(get_of("q")).value().delivery), "1");
  core.settle();
  reclaim();
  EXPECT_GT(oldest_unit(), oldest);
}

TEST_P(Storage, OfATopicGoesByTheTopicsRetention) {
  Peer peer(core, 0, Protocol::kafka);
  peer.get(topic_of("t")).value();
  const std::int64_t now = core.clock.wall().get();
  peer.get(produce_of("t", produced_batch({"old"}, -1, -1, now))).value();
  roll();
  peer.get(produce_of("t", produced_batch({"new"}, -1, -1, now + 30'000))).value();
  roll();
  core.wait_ms(30'000);
  core.settle();
  EXPECT_EQ(marks_of(peer, "t").log_start, Offset(0));
  core.wait_ms(35'000);
  core.settle();
  EXPECT_EQ(marks_of(peer, "t").log_start, Offset(1));
  EXPECT_THAT(records_of(peer.get(fetch_of("t", 1)).value()[0].batches),
              ElementsAre(testing::Pair(1, "new")));
}

TEST_P(Storage, KeepsStragglersOfAWorkQueueBelowTheLogStartOfItsTopic) {
  Peer peer(core);
  peer.get(topic_of("t")).value();
  Peer worker(core, 1);
  worker.consume("t", ConsumerId(1), 1);
  const std::int64_t now = core.clock.wall().get();
  peer.get(produce_of("t", produced_batch({"slow", "next"}, -1, -1, now))).value();
  roll();
  core.wait_ms(70'000);
  core.settle();
  EXPECT_EQ(marks_of(peer, "t").log_start, Offset(2));
  worker.settle(worker.deliveries.at(0));
  core.settle();
  EXPECT_THAT(worker.bodies(), ElementsAre("slow", "next"));
}

TEST_P(Storage, ShowsAQueueMadeWhileATrimIsOnItsWayOnlyWhatStays) {
  Peer peer(core);
  peer.get(topic_of("t")).value();
  const std::int64_t now = core.clock.wall().get();
  peer.get(produce_of("t", produced_batch({"old"}, -1, -1, now))).value();
  roll();
  peer.get(produce_of("t", produced_batch({"new"}, -1, -1, now + 60'000))).value();
  core.wait_ms(61'000);  // the trim is staged and not durable
  ASSERT_EQ(core.engine->sets().back().frames[0].kind, FrameKind::trim);
  const auto declared = peer.ask(DeclareQueue{"t", false, true});
  core.settle();
  EXPECT_EQ((*declared)->value().counts.ready, 1U);
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("t")).value().counts.ready, 1U);
}

TEST_P(Storage, IsWholeAfterACleanStopThatFoundWorkUnderWay) {
  Peer peer(core);
  peer.declare("q");
  peer.publish("", "q", "1");
  core.settle();
  peer.consume("q");
  peer.settle(peer.deliveries.at(0));
  peer.publish("", "q", "2");
  if (GetParam() == Ports::three_shards) core.tick();
  const auto next = core.stopped_and_started();
  EXPECT_TRUE(next->engine->checkpoint_parts());
  Peer later(*next);
  later.consume("q");
  EXPECT_THAT(later.bodies(), ElementsAre("2"));
}

TEST_P(Storage, KeepsItsLastImageWhenTheDiskEndsDuringAStop) {
  Peer peer(core);
  peer.declare("q");
  roll();
  peer.publish("", "q", "1");
  core.tick();
  core.engine->fail(Error(Errc::io_failed, "no more"));
  EXPECT_FALSE(core.broker->close());
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("q")).value().counts.ready, 0U);
}

TEST_P(Storage, ThatFailedMakesTheBrokerSilent) {
  Peer peer(core);
  peer.declare("q");
  peer.publish("", "q", "1");
  core.tick();
  core.engine->fail(Error(Errc::io_failed, "fsync"));
  for (int i = 0; i < 3; ++i)
    core.tick();
  ASSERT_NE(core.broker->failed(), nullptr);
  EXPECT_EQ(peer.confirmed_count(), 0U);
}

TEST_P(Storage, SplitsAFloodOfSettlementsIntoFramesOfABoundedSize) {
  Peer peer(core);
  peer.declare("q");
  constexpr int count = 20'000;
  for (int i = 0; i < count; ++i)
    peer.publish("", "q", "x");
  core.settle();
  {
    Peer worker(core, 1);
    worker.consume("q");
    worker.port().drained(worker.id(), UINT32_MAX);
    core.settle();
    for (int round = 0; round < 20 && worker.deliveries.size() < count; ++round) {
      worker.port().drained(worker.id(), UINT32_MAX);
      core.settle();
    }
    ASSERT_THAT(worker.deliveries, SizeIs(count));
    for (int i = 0; i < count; i += 2)
      worker.settle(worker.deliveries[static_cast<std::size_t>(i)]);
  }
  core.settle();
  for (const auto& set : core.engine->sets()) {
    for (const auto& frame : set.frames) {
      if (frame.kind == FrameKind::data) continue;
      EXPECT_LE(frame.meta.size(), SettleJournal::frame_bytes_max + 100);
    }
  }
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("q")).value().counts.ready, std::uint64_t{count / 2});
  const auto got = later.get(get_of("q")).value();
  EXPECT_EQ(got.delivery->record.offset, Offset(1));
  EXPECT_EQ(got.delivery->delivery_count, 1U);
}

TEST_P(Storage, LosesVolatileObjectsAndNothingElse) {
  Peer peer(core);
  peer.declare("durable");
  peer.declare("gone", false);
  DeclareExchange fanout;
  fanout.name = "f";
  fanout.type = "fanout";
  fanout.durable = true;
  peer.get(fanout).value();
  for (const char* queue : {"durable", "gone"})
    peer.get(BindQueue{queue, "f", "", {}}).value();
  peer.publish("f", "", "x");
  roll();
  peer.publish("f", "", "y");
  core.settle();
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("gone")).error().code, Errc::not_found);
  later.publish("f", "", "z");
  later.consume("durable");
  next->settle();
  EXPECT_THAT(later.bodies(), ElementsAre("x", "y", "z"));
}

TEST(ABroker, SleepsWhenThereIsNothingToDo) {
  CoreRig core(Ports::one_thread);
  Peer peer(core);
  for (int i = 0; i < 100; ++i)
    peer.declare("q" + std::to_string(i));
  peer.publish("", "q7", "x");
  core.settle();
  peer.consume("q7");
  core.settle();
  EXPECT_FALSE(core.broker->has_work());
  EXPECT_GE(core.broker->next_deadline(), core.clock.now());
}

TEST(ABroker, HasWorkUntilWhatIsStagedWasHandedOver) {
  CoreRig core(Ports::one_thread);
  Peer peer(core);
  core.settle();
  peer.ask(DeclareQueue{"q", false, true});
  EXPECT_TRUE(core.broker->has_work());
  core.tick();
  EXPECT_FALSE(core.broker->has_work());
}

TEST(ABroker, DoesNotSpinWhileACheckpointWaitsForTheDisk) {
  CoreRig core(Ports::one_thread);
  Peer peer(core);
  peer.declare("q");
  peer.publish("", "q", "x");
  core.tick();
  core.engine->roll();
  core.tick();
  peer.publish("", "q", "y");
  core.tick();
  EXPECT_FALSE(core.broker->has_work());
}

}  // namespace
}  // namespace rialto::test
