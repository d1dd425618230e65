#include "core/broker/partitioner.h"
#include "tests/unit/core/broker/core_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

class Publishing : public testing::TestWithParam<Ports> {
 protected:
  void bind(Peer& peer, const std::string& exchange, const std::string& queue) {
    DeclareExchange fanout;
    fanout.name = exchange;
    fanout.type = "fanout";
    fanout.durable = true;
    peer.get(fanout).value();
    peer.get(BindQueue{queue, exchange, "", {}}).value();
  }
  /// Data frames staged so far.
  std::vector<const StagedFrame*> data_frames() const {
    std::vector<const StagedFrame*> out;
    for (const auto& set : core.engine->sets()) {
      for (const StagedFrame& frame : set.frames) {
        if (frame.kind == FrameKind::data) out.push_back(&frame);
      }
    }
    return out;
  }

  CoreRig core{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Ports, Publishing, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(Publishing, IsConfirmedWhenItsWriteSetIsDurableAndNotBefore) {
  Peer peer(core);
  peer.declare("q");
  const auto sequence = peer.publish("", "q", "one");
  core.tick();
  EXPECT_FALSE(peer.confirmed(sequence));
  core.commit(0);
  EXPECT_FALSE(peer.confirmed(sequence));
  core.commit(1);
  EXPECT_TRUE(peer.confirmed(sequence));
}

TEST(LonePublisher, IsConfirmedInTheTickThatCommitted) {
  CoreRig core(Ports::one_thread);
  Peer peer(core);
  peer.declare("q");
  const double before_s = peer.get(ReadStats()).value().commit_seconds.sum_s;
  const auto sequence = peer.publish("", "q", "one");
  InlinePort& port = dynamic_cast<InlinePort&>(peer.port());
  const std::size_t handed_over = core.engine->handed_over_count();
  core.broker->flush(core.clock.now(), Company::alone);
  port.dispatch();
  EXPECT_EQ(core.engine->handed_over_count(), handed_over) << "the disk comes last";
  EXPECT_FALSE(peer.confirmed(sequence));
  core.clock.advance_ms(3);
  core.broker->commit_alone(core.clock.now());
  port.dispatch();
  EXPECT_TRUE(peer.confirmed(sequence));
  EXPECT_NEAR(peer.get(ReadStats()).value().commit_seconds.sum_s - before_s, 0.003, 0.0001);
}

TEST_P(Publishing, ConfirmsInTheOrderOfTheCommits) {
  Peer peer(core);
  peer.declare("a");
  peer.declare("b");
  const auto first = peer.publish("", "a", "1");
  const auto second = peer.publish("", "b", "2");
  const auto third = peer.publish("", "a", "3");
  core.commit(1);
  EXPECT_TRUE(peer.confirmed(first));
  EXPECT_TRUE(peer.confirmed(third)) << "packed with the first: one set of destinations";
  EXPECT_FALSE(peer.confirmed(second));
  core.commit(1);
  EXPECT_TRUE(peer.confirmed(second));
}

TEST_P(Publishing, ShowsADurableMessageToNobodyBeforeItIsDurable) {
  Peer peer(core);
  peer.declare("q");
  peer.consume("q");
  peer.publish("", "q", "one");
  const auto fetched = peer.ask(fetch_of("q", 0));
  core.tick();
  EXPECT_THAT(peer.deliveries, IsEmpty());
  ASSERT_TRUE(*fetched);
  EXPECT_THAT((*fetched)->value()[0].batches, IsEmpty());
  EXPECT_EQ((*fetched)->value()[0].marks.high_watermark, Offset(0));
  core.commit(1);
  EXPECT_THAT(peer.bodies(), ElementsAre("one"));
}

TEST_P(Publishing, ToAVolatileQueueIsDeliveredAndConfirmedWithoutACommit) {
  Peer peer(core);
  peer.declare("v", false);
  peer.consume("v");
  const auto sequence = peer.publish("", "v", "now");
  core.tick();
  EXPECT_THAT(peer.bodies(), ElementsAre("now"));
  EXPECT_TRUE(peer.confirmed(sequence));
}

TEST_P(Publishing, ToADurableAndAVolatileQueueShowsEachInItsOwnTime) {
  Peer peer(core);
  peer.declare("d");
  peer.declare("v", false);
  bind(peer, "both", "d");
  peer.get(BindQueue{"v", "both", "", {}}).value();
  peer.consume("d", ConsumerId(1));
  peer.consume("v", ConsumerId(2));
  const auto sequence = peer.publish("both", "", "x");
  core.tick();
  ASSERT_THAT(peer.deliveries, SizeIs(1));
  EXPECT_EQ(peer.deliveries[0].consumer, ConsumerId(2));
  EXPECT_FALSE(peer.confirmed(sequence));
  core.commit(1);
  ASSERT_THAT(peer.deliveries, SizeIs(2));
  EXPECT_EQ(peer.deliveries[1].consumer, ConsumerId(1));
  EXPECT_TRUE(peer.confirmed(sequence));
}

TEST_P(Publishing, StoresAFannedOutBodyOnce) {
  Peer peer(core);
  for (const char* queue : {"a", "b", "c"}) {
    peer.declare(queue);
    bind(peer, "all", queue);
  }
  const std::size_t before = data_frames().size();
  peer.publish("all", "", "body");
  core.settle();
  const auto frames = data_frames();
  ASSERT_EQ(frames.size(), before + 1);
  EXPECT_THAT(frames.back()->data.targets, SizeIs(3));
  for (const char* queue : {"a", "b", "c"}) {
    const auto got = peer.get(get_of(queue)).value();
    ASSERT_TRUE(got.delivery);
    EXPECT_EQ(Peer::body_of(*got.delivery), "body");
  }
}

TEST_P(Publishing, KeepsTheOrderOfAPartitionThroughDifferentSetsOfDestinations) {
  Peer peer(core);
  peer.declare("a");
  peer.declare("b");
  bind(peer, "both", "a");
  bind(peer, "both", "b");
  peer.publish("", "a", "1");
  peer.publish("both", "", "2");
  peer.publish("", "b", "3");
  peer.publish("", "a", "4");
  peer.publish("both", "", "5");
  core.settle();
  const auto a = peer.get(fetch_of("a", 0)).value();
  const auto b = peer.get(fetch_of("b", 0)).value();
  EXPECT_THAT(records_of(a[0].batches),
              ElementsAre(Pair(0, "1"), Pair(1, "2"), Pair(2, "4"), Pair(3, "5")));
  EXPECT_THAT(records_of(b[0].batches), ElementsAre(Pair(0, "2"), Pair(1, "3"), Pair(2, "5")));
}

TEST_P(Publishing, PacksSmallMessagesAndGivesALargeOneItsOwnBatch) {
  Peer peer(core);
  peer.declare("q");
  const std::size_t before = data_frames().size();
  peer.publish("", "q", "small");
  peer.publish("", "q", "small too");
  peer.publish("", "q", std::string(Packer::batch_bytes_max, 'x'));
  peer.publish("", "q", "and small");
  core.settle();
  EXPECT_EQ(data_frames().size(), before + 3);
  EXPECT_EQ(peer.confirmed_count(), 4U);
}

TEST_P(Publishing, ReturnsWhatIsMandatoryAndGoesNowhereBeforeItConfirmsIt) {
  Peer peer(core);
  const auto sequence = peer.publish("", "nowhere", "x", PublisherId(1), true);
  core.tick();
  ASSERT_THAT(peer.returns, SizeIs(1));
  EXPECT_EQ(peer.returns[0].routing_key, "nowhere");
  const auto record = record_at(peer.returns[0].record.bytes(), batch_header_bytes, Offset(0));
  EXPECT_EQ(record.value().record.value, "x");
  EXPECT_TRUE(peer.confirmed(sequence));
  const auto dropped = peer.publish("", "nowhere", "y");
  core.tick();
  EXPECT_TRUE(peer.confirmed(dropped));
  EXPECT_THAT(peer.returns, SizeIs(1)) << "not mandatory";
}

TEST_P(Publishing, ToAMissingExchangeFailsOnceAndDropsWhatFollowsUntilThePublisherEnds) {
  Peer peer(core);
  peer.declare("q");
  peer.publish("missing", "q", "1");
  peer.publish("", "q", "2");
  core.settle();
  ASSERT_THAT(peer.refusals, SizeIs(1));
  EXPECT_EQ(peer.refusals[0].result, Errc::not_found);
  EXPECT_EQ(peer.confirmed_count(), 0U);
  const auto other = peer.publish("", "q", "3", PublisherId(2));
  core.settle();
  EXPECT_TRUE(peer.confirmed(other, PublisherId(2))) << "another channel goes on";
  peer.port().end_publisher(peer.id(), PublisherId(1));
  const auto again = peer.publish("", "q", "4");
  core.settle();
  EXPECT_TRUE(peer.confirmed(again));
  EXPECT_THAT(peer.refusals, SizeIs(1));
  EXPECT_EQ(peer.get(passive_of("q")).value().counts.ready, 2U);
}

TEST_P(Publishing, ToAnInternalExchangeIsRefused) {
  Peer peer(core);
  DeclareExchange what;
  what.name = "inner";
  what.type = "direct";
  what.internal = true;
  peer.get(what).value();
  peer.publish("inner", "k", "x");
  core.tick();
  ASSERT_THAT(peer.refusals, SizeIs(1));
  EXPECT_EQ(peer.refusals[0].result, Errc::access_denied);
}

TEST_P(Publishing, WaitsForRoomWhenTheEngineIsFullAndSettlementsGoOn) {
  Peer peer(core);
  peer.declare("q");
  peer.consume("q");
  peer.publish("", "q", "1");
  core.settle();
  core.engine->set_full(true);
  core.tick();
  EXPECT_FALSE(peer.port().admits_publish());
  peer.settle(peer.deliveries.at(0));
  core.settle();
  EXPECT_EQ(peer.get(passive_of("q")).value().counts.unacked, 0U);
  core.engine->set_full(false);
  core.tick();
  EXPECT_TRUE(peer.port().admits_publish());
}

TEST_P(Publishing, ConfirmsWhatWasStagedToAQueueThatIsDeletedMeanwhile) {
  Peer peer(core);
  peer.declare("q");
  const auto sequence = peer.publish("", "q", "1");
  core.tick();
  const auto deleted = peer.ask(DeleteQueue{"q"});
  core.tick();
  EXPECT_FALSE(peer.confirmed(sequence));
  core.settle();
  EXPECT_TRUE(peer.confirmed(sequence));
  ASSERT_TRUE(*deleted);
  EXPECT_EQ((*deleted)->value().messages, 1U);
}

TEST_P(Publishing, FollowsABindingMadeInTheSameTick) {
  Peer peer(core);
  peer.declare("q");
  DeclareExchange exchange;
  exchange.name = "e";
  exchange.type = "direct";
  exchange.durable = true;
  const auto declared = peer.ask(exchange);
  const auto bound = peer.ask(BindQueue{"q", "e", "k", {}});
  const auto sequence = peer.publish("e", "k", "x");
  core.settle();
  EXPECT_TRUE(peer.confirmed(sequence));
  EXPECT_EQ(peer.get(passive_of("q")).value().counts.ready, 1U);
}

TEST_P(Publishing, OfASessionThatClosesAtOnceIsKept) {
  Peer other(core, 1);
  other.declare("q");
  {
    Peer peer(core);
    peer.publish("", "q", "last words");
  }
  core.settle();
  EXPECT_EQ(other.get(passive_of("q")).value().counts.ready, 1U);
}

TEST_P(Publishing, IntoAVhostThatDoesNotExistFindsNothing) {
  Peer peer(core, 0, Protocol::amqp, "elsewhere");
  peer.publish("", "q", "x");
  core.tick();
  ASSERT_THAT(peer.refusals, SizeIs(1));
  EXPECT_EQ(peer.refusals[0].result, Errc::not_found);
}

TEST_P(Publishing, SpreadsOverTheTopicOfAKeyByTheJavaClientsPartitioner) {
  Peer peer(core);
  peer.get(topic_of("t", 4)).value();
  std::map<std::string, std::int32_t> where;
  for (const char* key : {"alpha", "beta", "gamma", "delta"}) {
    AppendMessages what;
    what.topic = "t";
    what.messages.emplace_back();
    what.messages[0].key = key;
    what.messages[0].body = key;
    where[key] = peer.get(what).value()[0].partition.get();
    EXPECT_EQ(peer.get(what).value()[0].partition.get(), where[key]);
  }
}

TEST_P(Publishing, RefusesAPartitionThatTheTopicDoesNotHave) {
  Peer peer(core);
  peer.get(topic_of("t", 3)).value();
  peer.declare("q");
  std::uint32_t channel = 0;
  const auto publish = [&](const std::string& to, std::optional<Bytes> partition, bool held) {
    const HeaderView header{"x-kafka-partition", partition};
    Publish message;
    message.publisher = PublisherId(++channel);
    message.sequence = 1;
    message.routing_key = to;
    message.in_transaction = held;
    message.record.headers = {&header, 1};
    peer.port().publish(peer.id(), message);
    core.settle();
  };
  for (const char* good : {"0", "2"})
    publish("t", good, false);
  publish("q", "7", false);  // a queue has no partitions to choose from
  EXPECT_THAT(peer.refusals, IsEmpty());
  EXPECT_THAT(data_frames(), SizeIs(3));
  using Asked = std::optional<Bytes>;
  for (const Asked bad : {Asked("3"), Asked("-1"), Asked("x"), Asked(""), Asked("1.0"), Asked()}) {
    publish("t", bad, false);
    publish("t", bad, true);
  }
  EXPECT_THAT(data_frames(), SizeIs(3));
  ASSERT_THAT(peer.refusals, SizeIs(12));
  EXPECT_EQ(peer.refusals[0].result, Errc::invalid_argument);
  EXPECT_EQ(peer.refusals[0].text,
            "invalid header 'x-kafka-partition' = '3': topic 't' has partitions 0 to 2");
}

TEST(APartitioner, IsThatOfKafkasJavaClient) {
  // The vectors of Kafka's own tests: -973932308, -790332482, -985981536, -1486304829, 479470107.
  EXPECT_EQ(partition_of_key("21", 1000), 340U);
  EXPECT_EQ(partition_of_key("foobar", 1000), 166U);
  EXPECT_EQ(partition_of_key("a-little-bit-long-string", 1000), 112U);
  EXPECT_EQ(partition_of_key("a-little-bit-longer-string", 1000), 819U);
  EXPECT_EQ(partition_of_key("abc", 1000), 107U);
}

TEST_P(Publishing, RefusesWhatNoFrameHasRoomFor) {
  auto small = std::make_unique<FakeEngine>();
  small->set_frame_bytes_max(1U << 20);
  CoreRig tight(GetParam(), std::move(small), ManualClock(), {});
  Peer peer(tight);
  peer.declare("q");
  peer.publish("", "q", std::string(2U << 20, 'x'), PublisherId(1));
  const auto fits = peer.publish("", "q", std::string(900'000, 'x'), PublisherId(2));
  tight.settle();
  ASSERT_THAT(peer.refusals, SizeIs(1));
  EXPECT_EQ(peer.refusals[0].result, Errc::too_large);
  EXPECT_TRUE(peer.confirmed(fits, PublisherId(2)));
  const auto batch = produced_batch({std::string(2U << 20, 'x')});
  EXPECT_EQ(peer.get(produce_of("q", batch)).value().at(0).error, Errc::too_large);
}

}  // namespace
}  // namespace rialto::test
