#include "tests/unit/core/broker/core_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

class ATopic : public testing::TestWithParam<Ports> {
 protected:
  ATopic() : peer(core, 0, Protocol::kafka) {}

  ProducedPart produce(Slice batch, std::int16_t acks = -1) {
    return peer.get(produce_of("t", std::move(batch), acks)).value().at(0);
  }
  ListOffset::Answer offset_at(std::int64_t timestamp_ms) {
    return peer.get(ListOffset{"t", PartitionIndex(0), timestamp_ms}).value();
  }

  CoreRig core{GetParam()};
  Peer peer;
};

INSTANTIATE_TEST_SUITE_P(Ports, ATopic, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(ATopic, AnswersAProduceByItsAcks) {
  peer.get(topic_of("t")).value();
  core.engine->hold_writes(true);
  const auto none = peer.ask(produce_of("t", produced_batch({"0"}), 0));
  const auto leader = peer.ask(produce_of("t", produced_batch({"1"}), 1));
  const auto all = peer.ask(produce_of("t", produced_batch({"2"}), -1));
  core.tick();
  EXPECT_TRUE(*none);
  EXPECT_FALSE(*leader || *all);
  core.engine->hold_writes(false);
  core.tick();
  ASSERT_TRUE(*leader);
  EXPECT_EQ((*leader)->value()[0].base_offset, Offset(1));
  EXPECT_FALSE(*all);
  core.settle();
  ASSERT_TRUE(*all);
  EXPECT_EQ((*all)->value()[0].base_offset, Offset(2));
}

TEST_P(ATopic, AnswersEachPartOfAProduceByItself) {
  peer.get(topic_of("t")).value();
  Produce what = produce_of("t", produced_batch({"x"}));
  what.parts.push_back({"missing", PartitionIndex(0), produced_batch({"y"})});
  what.parts.push_back({"t", PartitionIndex(9), produced_batch({"z"})});
  what.parts.push_back({"t", PartitionIndex(0), produced_batch({std::string(2U << 20, 'x')})});
  const auto answer = peer.get(what).value();
  EXPECT_EQ(answer[0].error, Errc::ok);
  EXPECT_EQ(answer[1].error, Errc::not_found);
  EXPECT_EQ(answer[2].error, Errc::not_found);
  EXPECT_EQ(answer[3].error, Errc::too_large);
}

TEST_P(ATopic, AnswersARepeatedBatchWithItsFirstOffset) {
  peer.get(topic_of("t")).value();
  EXPECT_EQ(produce(produced_batch({"a", "b"}, 7, 0)).base_offset, Offset(0));
  EXPECT_EQ(produce(produced_batch({"c"}, 7, 2)).base_offset, Offset(2));
  EXPECT_EQ(produce(produced_batch({"a", "b"}, 7, 0)).base_offset, Offset(0));
  EXPECT_EQ(produce(produced_batch({"z"}, 7, 9)).error, Errc::out_of_order_sequence);
  EXPECT_EQ(produce(produced_batch({"d"}, 7, 3)).base_offset, Offset(3));
  EXPECT_EQ(offset_at(-1).offset, Offset(4));
}

TEST_P(ATopic, HoldsTheAnswerToARepetitionUntilTheFirstIsDurable) {
  peer.get(topic_of("t")).value();
  const auto first = peer.ask(produce_of("t", produced_batch({"a"}, 7, 0)));
  const auto repeated = peer.ask(produce_of("t", produced_batch({"a"}, 7, 0)));
  core.tick();
  EXPECT_FALSE(*first || *repeated);
  core.settle();
  EXPECT_EQ((*first)->value()[0].base_offset, Offset(0));
  EXPECT_EQ((*repeated)->value()[0].base_offset, Offset(0));
  EXPECT_EQ(offset_at(-1).offset, Offset(1));
}

TEST_P(ATopic, KnowsARepetitionAfterARestart) {
  peer.get(topic_of("t")).value();
  produce(produced_batch({"a"}, 7, 0));
  produce(produced_batch({"b"}, 7, 1));
  for (const bool clean : {false, true}) {
    const auto next = clean ? core.stopped_and_started() : core.restarted();
    Peer later(*next);
    const auto again = later.get(produce_of("t", produced_batch({"a"}, 7, 0))).value()[0];
    EXPECT_EQ(again.base_offset, Offset(0));
    const auto more = later.get(produce_of("t", produced_batch({"c"}, 7, 2))).value()[0];
    EXPECT_EQ(more.base_offset, Offset(2));
  }
}

TEST_P(ATopic, HandsOutProducerIdsThatNoRestartRepeats) {
  const auto first = peer.get(NewProducerId{}).value().id;
  EXPECT_GT(peer.get(NewProducerId{}).value().id, first);
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_GT(later.get(NewProducerId{}).value().id, first + 1);
}

TEST_P(ATopic, TellsNoProducerIdBeforeItsBlockIsDurable) {
  const auto asked = peer.ask(NewProducerId{});
  core.tick();
  core.engine->commit(1);  // the key of the leases
  core.tick();
  EXPECT_FALSE(*asked);
  core.settle();
  EXPECT_TRUE(*asked);
}

TEST_P(ATopic, WakesAFetchThatWaitsWhenRecordsAreDurable) {
  peer.get(topic_of("t")).value();
  const auto fetched = peer.ask(fetch_of("t", 0, 1000));
  core.tick();
  EXPECT_FALSE(*fetched);
  peer.ask(produce_of("t", produced_batch({"x"})));
  core.tick();
  EXPECT_FALSE(*fetched) << "staged, not durable";
  core.commit(1);
  ASSERT_TRUE(*fetched);
  EXPECT_THAT(records_of((*fetched)->value()[0].batches), ElementsAre(Pair(0, "x")));
}

TEST_P(ATopic, LetsAFetchWaitForItsBytesOrItsTime) {
  peer.get(topic_of("t")).value();
  const auto patient = peer.ask(fetch_of("t", 0, 1000, 1'000'000));
  for (int i = 0; i < 3; ++i)
    produce(produced_batch({"x"}));
  EXPECT_FALSE(*patient);
  core.wait_ms(999);
  EXPECT_FALSE(*patient);
  core.wait_ms(1);
  ASSERT_TRUE(*patient);
  EXPECT_THAT((*patient)->value()[0].batches, SizeIs(3));
  const auto modest = peer.ask(fetch_of("t", 3, 1000, 150));
  produce(produced_batch({"y"}));
  EXPECT_FALSE(*modest);
  produce(produced_batch({std::string(100, 'z')}));
  EXPECT_TRUE(*modest);
}

TEST_P(ATopic, AnswersAFetchAtOnceWithWhatIsWrong) {
  peer.get(topic_of("t")).value();
  produce(produced_batch({"x"}));
  Fetch what = fetch_of("missing", 0, 1000);
  what.parts.push_back({"t", PartitionIndex(0), Offset(5), 100});
  what.parts.push_back({"t", PartitionIndex(0), Offset(0), 100});
  const auto fetched = peer.get(what).value();
  EXPECT_EQ(fetched[0].error, Errc::not_found);
  EXPECT_EQ(fetched[1].error, Errc::out_of_range);
  EXPECT_THAT(records_of(fetched[2].batches), ElementsAre(Pair(0, "x")));
}

TEST_P(ATopic, FillsAFetchUpToItsBytesAndAlwaysWithOneBatch) {
  peer.get(topic_of("t", 3)).value();
  const std::string large(10'000, 'x');
  for (std::int32_t partition = 0; partition < 3; ++partition) {
    peer.get(produce_of("t", produced_batch({large}), -1, partition)).value();
    peer.get(produce_of("t", produced_batch({large}), -1, partition)).value();
  }
  for (const bool cold : {false, true}) {
    Fetch what;
    for (std::int32_t partition = 0; partition < 3; ++partition) {
      what.parts.push_back({"t", PartitionIndex(partition), Offset(0), 1U << 20});
    }
    what.bytes_max = 15'000;
    core.engine->hold_reads(cold);
    const auto fetched = peer.ask(what);
    core.tick();
    core.engine->hold_reads(false);
    core.engine->complete_reads();
    core.settle();
    const auto& parts = (*fetched)->value();
    EXPECT_THAT(parts[0].batches, SizeIs(1)) << "cold " << cold;
    EXPECT_LE(parts[1].batches.size() + parts[2].batches.size(), 1U);
    Fetch tiny = fetch_of("t", 0);
    tiny.bytes_max = 10;
    EXPECT_THAT(peer.get(tiny).value()[0].batches, SizeIs(1));
  }
}

TEST_P(ATopic, DoesNotLoseAWakeUpWhileAFetchReadsFromTheDisk) {
  peer.get(topic_of("t")).value();
  produce(produced_batch({"1"}));
  core.engine->hold_reads(true);
  const auto fetched = peer.ask(fetch_of("t", 0, 10'000, 100));
  core.tick();
  ASSERT_EQ(core.engine->held_reads(), 1U);
  produce(produced_batch({std::string(100, '2')}));  // arrives while the read is under way
  core.engine->complete_reads();
  core.engine->hold_reads(false);
  core.settle();
  ASSERT_TRUE(*fetched) << "no later arrival is needed";
  EXPECT_THAT((*fetched)->value()[0].batches, SizeIs(2));
}

TEST_P(ATopic, AnswersAFetchBehindABusyEngineWhenItHasTime) {
  peer.get(topic_of("t")).value();
  produce(produced_batch({"1"}));
  core.engine->set_busy(true);
  const auto fetched = peer.ask(fetch_of("t", 0, 5));
  const auto listed = peer.ask(ListOffset{"t", PartitionIndex(0), 1'700'000'000'000});
  core.tick();
  core.wait_ms(10);
  EXPECT_FALSE(*fetched || *listed);
  core.engine->set_busy(false);
  core.wait_ms(1);
  ASSERT_TRUE(*fetched);
  EXPECT_THAT((*fetched)->value()[0].batches, SizeIs(1));
  ASSERT_TRUE(*listed);
  EXPECT_EQ((*listed)->value().offset, Offset(0));
}

TEST_P(ATopic, FindsOffsetsByTimeBehindABusyEngineToo) {
  peer.get(topic_of("t")).value();
  for (std::int64_t i = 0; i < 4; ++i)
    produce(produced_batch({"x"}, -1, -1, 1000 + i * 10));
  core.engine->set_busy(true);
  const auto listed = peer.ask(ListOffset{"t", PartitionIndex(0), 1015});
  core.tick();
  EXPECT_FALSE(*listed);
  core.engine->set_busy(false);
  core.wait_ms(1);
  ASSERT_TRUE(*listed);
  EXPECT_EQ((*listed)->value().offset, Offset(2));
}

TEST_P(ATopic, ListsOffsetsByTimeAndByWord) {
  peer.get(topic_of("t")).value();
  EXPECT_EQ(offset_at(-3).offset, no_offset);
  produce(produced_batch({"a", "b"}, -1, -1, 1000));
  produce(produced_batch({"c"}, -1, -1, 3000));
  produce(produced_batch({"d"}, -1, -1, 2000));
  EXPECT_EQ(offset_at(-2).offset, Offset(0));
  EXPECT_EQ(offset_at(-1).offset, Offset(4));
  EXPECT_EQ(offset_at(-3).offset, Offset(2));
  EXPECT_EQ(offset_at(500).offset, Offset(0));
  EXPECT_EQ(offset_at(1001).offset, Offset(2));
  EXPECT_EQ(offset_at(1001).timestamp_ms, 3000);
  EXPECT_EQ(offset_at(9999).offset, no_offset);
}

TEST_P(ATopic, TellsTheLatestOffsetOnlyOfWhatIsDurable) {
  peer.get(topic_of("t")).value();
  peer.ask(produce_of("t", produced_batch({"a"})));
  const auto latest = peer.ask(ListOffset{"t", PartitionIndex(0), -1});
  core.tick();
  EXPECT_FALSE(*latest);
  core.settle();
  EXPECT_EQ((*latest)->value().offset, Offset(1));
}

TEST_P(ATopic, IsAWorkQueueOverAllItsPartitionsForAConsumer) {
  peer.get(topic_of("t", 3)).value();
  for (std::int32_t i = 0; i < 6; ++i) {
    peer.get(produce_of("t", produced_batch({std::to_string(i)}), -1, i % 3)).value();
  }
  Peer worker(core, 1);
  worker.consume("t");
  EXPECT_THAT(worker.bodies(), testing::UnorderedElementsAre("0", "1", "2", "3", "4", "5"));
  std::map<std::int32_t, std::vector<std::string>> by_partition;
  for (const auto& got : worker.deliveries) {
    by_partition[got.delivery.index.get()].push_back(got.body);
    worker.settle(got);
  }
  EXPECT_THAT(by_partition[1], ElementsAre("1", "4"));
  core.settle();
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(later.get(passive_of("t")).value().counts.ready, 0U);
  EXPECT_THAT(later.get(fetch_of("t", 0)).value()[0].batches, SizeIs(2)) << "the log keeps all";
  const auto topics = later.get(DescribeTopics{{"t"}}).value();
  EXPECT_THAT(topics[0].partitions, SizeIs(3));
}

TEST_P(ATopic, ShowsNothingThroughAQueueThatAPowerCutCanTake) {
  peer.get(topic_of("t")).value();
  produce(produced_batch({"x"}));
  Peer worker(core, 1);
  Consume what;
  what.queue = "t";
  what.consumer = ConsumerId(1);
  const auto consuming = worker.ask(what);
  const auto got = worker.ask(get_of("t"));
  core.tick();
  EXPECT_FALSE(*consuming || *got);
  EXPECT_THAT(worker.deliveries, IsEmpty());
  core.settle();
  EXPECT_TRUE(*consuming);
  what.consumer = ConsumerId(2);
  worker.ask(what);
  const auto cancelled = worker.ask(CancelConsumer{ConsumerId(2)});
  core.settle();
  EXPECT_TRUE(*cancelled);
  EXPECT_EQ(worker.get(passive_of("t")).value().counts.consumers, 1U);
}

TEST_P(ATopic, ThatShowsAQueueLivesAndDiesWithIt) {
  Peer owner(core, 1);
  owner.declare("q");
  EXPECT_TRUE(peer.get(DescribeTopics{{"q"}}).value()[0].of_queue);
  EXPECT_EQ(peer.get(DeleteTopic{"q"}).error().code, Errc::policy_violation);
  EXPECT_EQ(peer.get(topic_of("q")).error().code, Errc::already_exists);
  const auto produced = peer.get(produce_of("q", produced_batch({"x"}))).value()[0];
  EXPECT_EQ(produced.base_offset, Offset(0));
  EXPECT_EQ(Peer::body_of(*owner.get(get_of("q")).value().delivery), "x");
  owner.get(DeleteQueue{"q"}).value();
  EXPECT_EQ(peer.get(DescribeTopics{{"q"}}).value()[0].error, Errc::not_found);
}

TEST_P(ATopic, OfAnAdoptedNameIsDeletedAsATopicOnly) {
  peer.get(topic_of("t")).value();
  Peer owner(core, 1);
  owner.declare("t");
  EXPECT_EQ(owner.get(DeleteQueue{"t"}).error().code, Errc::policy_violation);
  const auto waiting = peer.ask(fetch_of("t", 0, 1000));
  core.tick();
  peer.get(DeleteTopic{"t"}).value();
  ASSERT_TRUE(*waiting);
  EXPECT_EQ((*waiting)->value()[0].error, Errc::not_found);
  EXPECT_EQ(owner.get(passive_of("t")).error().code, Errc::not_found);
}

TEST_P(ATopic, IsMadeByAskingWhenThatIsAllowedAndToldWhenDurable) {
  const auto asked = peer.ask(DescribeTopics{{"new"}, false, true});
  Peer other(core, 1, Protocol::kafka);
  core.tick();
  const auto seen = other.ask(DescribeTopics{{"new"}});
  core.tick();
  EXPECT_FALSE(*asked);
  EXPECT_FALSE(*seen) << "a power cut could still take it";
  core.settle();
  EXPECT_EQ((*asked)->value()[0].error, Errc::ok);
  EXPECT_THAT((*seen)->value()[0].partitions, SizeIs(1));
}

TEST_P(ATopic, ValidatesWithoutMaking) {
  CreateTopic what = topic_of("t", 5);
  what.validate_only = true;
  EXPECT_THAT(peer.get(what).value().partitions, SizeIs(5));
  EXPECT_EQ(peer.get(DescribeTopics{{"t"}}).value()[0].error, Errc::not_found);
}

TEST_P(ATopic, TakesSingleRecordsAndRefusesPartitionsItDoesNotHave) {
  peer.get(topic_of("t", 2)).value();
  AppendMessages what;
  what.topic = "t";
  NewMessage& message = what.messages.emplace_back();
  message.partition = PartitionIndex(1);
  message.body = "x";
  message.headers = {{"name", "value"}};
  EXPECT_EQ(peer.get(what).value()[0].offset, Offset(0));
  for (const std::int32_t wrong : {-1, 2}) {
    message.partition = PartitionIndex(wrong);
    EXPECT_EQ(peer.get(what).error().code, Errc::not_found);
  }
  message.partition.reset();
  message.body = std::string(17U << 20, 'x');
  EXPECT_EQ(peer.get(what).error().code, Errc::too_large);
}

TEST_P(ATopic, FreesWhatWaitedForAClosedSession) {
  peer.get(topic_of("t")).value();
  const Instant idle = core.broker->next_deadline();
  std::weak_ptr<int> alive;
  {
    Peer waiting(core, 1, Protocol::kafka);
    const auto token = std::make_shared<int>(1);
    alive = token;
    waiting.port().request<Fetch>(waiting.id(), fetch_of("t", 0, 1),
                                  [token](const Result<Fetch::Answer>&) {});
    core.tick();
    EXPECT_LT(core.broker->next_deadline(), idle);
  }
  core.settle();
  EXPECT_TRUE(alive.expired());
  EXPECT_EQ(core.broker->next_deadline(), idle);
}

TEST_P(ATopic, HoldsNothingOfLongPollsThatEnded) {
  peer.get(topic_of("t")).value();
  std::vector<std::weak_ptr<int>> tokens;
  for (int i = 0; i < 5; ++i) {
    const auto token = std::make_shared<int>(i);
    tokens.push_back(token);
    peer.port().request<Fetch>(peer.id(), fetch_of("t", 0, 10),
                               [token](const Result<Fetch::Answer>&) {});
    core.tick();
    core.wait_ms(10);
  }
  for (const auto& token : tokens)
    EXPECT_TRUE(token.expired());
}

}  // namespace
}  // namespace rialto::test
