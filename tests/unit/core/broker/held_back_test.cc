#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class HeldBack : public testing::TestWithParam<Ports> {
 protected:
  struct Sent {
    std::string body;
    std::string header = "";  ///< of x-delay or x-deliver-at; empty: none
    std::string value = "";
  };

  /// As the Kafka door hands it over.
  static ProducePart part_of(const std::string& topic, const std::vector<Sent>& records) {
    BatchBuilder builder;
    builder.begin(1'700'000'000'000);
    for (const Sent& sent : records) {
      const Bytes body = sent.body;
      const HeaderView header{Bytes(sent.header), Bytes(sent.value)};
      RecordParts record;
      record.body = {&body, 1};
      if (!sent.header.empty()) record.headers = {&header, 1};
      builder.add(record);
    }
    ProducePart part{topic, PartitionIndex(0), builder.seal()};
    EXPECT_TRUE(validate_produced_batch(part.batch.bytes(), &part.delays));
    return part;
  }
  ProducedPart produce(Peer& peer, const std::string& topic, const std::vector<Sent>& records) {
    Produce what;
    what.parts.push_back(part_of(topic, records));
    return peer.get(what).value().at(0);
  }
  static QueueInfo info(Peer& peer, const std::string& queue) {
    return peer.get(DescribeQueue{queue}).value();
  }
  std::uint64_t ready_after_ms(Peer& peer, std::int64_t ms) {
    core->wait_ms(ms);
    core->settle();
    return info(peer, "q").counts.ready;
  }
  static std::size_t in_the_log(Peer& peer, const std::string& topic) {
    return records_of(peer.get(fetch_of(topic, 0)).value().at(0).batches).size();
  }

  std::unique_ptr<CoreRig> core = std::make_unique<CoreRig>(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Ports, HeldBack, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(HeldBack, ARecordIsInTheLogAtOnceAndInTheQueueNotAMillisecondEarly) {
  Peer peer(*core);
  peer.declare("q");
  produce(peer, "q", {{"later", "x-delay", "100"}, {"now"}});
  EXPECT_EQ(in_the_log(peer, "q"), 2U);
  EXPECT_THAT(drained(peer), ElementsAre("now"));
  EXPECT_EQ(info(peer, "q").delayed, 1U);
  core->wait_ms(100);
  EXPECT_THAT(drained(peer), IsEmpty());
  core->wait_ms(1);
  const auto got = peer.get(get_of("q")).value().delivery;
  ASSERT_TRUE(got);
  EXPECT_EQ(Peer::body_of(*got), "later");
  EXPECT_FALSE(got->redelivered);
}

TEST_P(HeldBack, AConsumerAndAPullGetItWhenItIsDue) {
  Peer peer(*core);
  peer.declare("q");
  peer.consume("q");
  const std::int64_t at = core->clock.wall().get() + 50;
  produce(peer, "q", {{"at", "x-deliver-at", std::to_string(at)}});
  EXPECT_THAT(peer.bodies(), IsEmpty());
  core->wait_ms(50);
  core->settle();
  EXPECT_THAT(peer.bodies(), ElementsAre("at"));
  peer.declare("pulled");
  produce(peer, "pulled", {{"later", "x-delay", "100"}});
  PullMessages pull;
  pull.queue = "pulled";
  pull.wait_ms = 1000;
  const auto answer = peer.ask(pull);
  core->wait_ms(100);
  EXPECT_FALSE(answer->has_value());
  core->wait_ms(1);
  core->settle();
  ASSERT_TRUE(answer->has_value());
  EXPECT_THAT((**answer).value(), SizeIs(1));
}

TEST_P(HeldBack, WhatIsNoTimeOrIsOverHoldsNothingBack) {
  Peer peer(*core);
  peer.declare("q");
  for (const char* value : {"", "soon", "-5", "0", "1e3", "12 "})
    produce(peer, "q", {{value, "x-delay", value}});
  produce(peer, "q", {{"past", "x-deliver-at", "1"}});
  EXPECT_THAT(drained(peer), SizeIs(7));
}

TEST_P(HeldBack, SurvivesRestartsAsAFunctionOfTheRecord) {
  Peer peer(*core);
  peer.declare("q");
  produce(peer, "q", {{"1", "x-delay", "1000"}, {"2"}, {"3", "x-delay", "2000"}});
  const auto cut = core->restarted();
  const auto stopped = core->stopped_and_started();
  for (CoreRig* next : {cut.get(), stopped.get()}) {
    Peer later(*next);
    EXPECT_EQ(info(later, "q").delayed, 2U);
    EXPECT_THAT(drained(later), ElementsAre("2"));
    next->wait_ms(1000);
    EXPECT_EQ(info(later, "q").counts.ready, 0U);
    next->wait_ms(1);
    EXPECT_THAT(drained(later), ElementsAre("1"));
    const auto again = next->stopped_and_started();
    Peer last(*again);
    EXPECT_EQ(info(last, "q").delayed, 1U);
    again->wait_ms(1001);
    EXPECT_THAT(drained(last), ElementsAre("3"));
  }
}

TEST_P(HeldBack, ATopicShowsItToNoQueueThatIsMadeMeanwhile) {
  Peer peer(*core);
  peer.get(topic_of("t")).value();
  produce(peer, "t", {{"later", "x-delay", "100"}, {"now"}});
  EXPECT_THAT(drained(peer, "t"), ElementsAre("now"));
  const auto next = core->restarted();
  Peer after(*next);
  EXPECT_THAT(drained(after, "t"), IsEmpty());
  next->wait_ms(101);
  EXPECT_THAT(drained(after, "t"), ElementsAre("later"));
}

TEST_P(HeldBack, TheBytesOfALimitedQueueAreThoseOfReadyRecords) {
  Peer peer(*core);
  peer.get(queue_with("q", {{"x-max-length-bytes", number(100)}})).value();
  produce(peer, "q", {{"four", "x-delay", "100"}, {"seven77"}});
  EXPECT_EQ(info(peer, "q").ready_bytes, 7U);
  core->wait_ms(101);
  EXPECT_EQ(info(peer, "q").ready_bytes, 11U);
}

TEST_P(HeldBack, TooManyOrForTooLongIsRefused) {
  Peer peer(*core);
  peer.declare("q");
  const ProducedPart too_long = produce(peer, "q", {{"m", "x-delay", "999999999999"}});
  EXPECT_EQ(too_long.error, Errc::invalid_record);
  constexpr std::size_t batch = 4096;
  const std::vector<Sent> many(batch, Sent{"m", "x-delay", "60000"});
  for (std::size_t i = 0; i < PartitionState::held_back_max / batch; ++i)
    ASSERT_EQ(produce(peer, "q", many).error, Errc::ok);
  EXPECT_EQ(produce(peer, "q", {{"m", "x-delay", "60000"}}).error, Errc::full);
  EXPECT_EQ(produce(peer, "q", {{"now"}}).error, Errc::ok);
  EXPECT_THAT(drained(peer), ElementsAre("now")) << "the others are in nobody's way";
  core->wait_ms(60'001);
  core->settle();
  EXPECT_EQ(info(peer, "q").counts.ready, PartitionState::held_back_max);
  EXPECT_EQ(produce(peer, "q", {{"m", "x-delay", "60000"}}).error, Errc::ok);
}

TEST(HeldBackRecords, AreRefusedWithAKeyToCancelThemBy) {
  const auto validated = [](const std::vector<HeaderView>& headers) {
    BatchBuilder builder;
    builder.begin(1'700'000'000'000);
    RecordParts record;
    record.headers = headers;
    builder.add(record);
    std::vector<RecordDelay> delays;
    return validate_produced_batch(builder.seal().bytes(), &delays);
  };
  const HeaderView key{"x-delay-key", "order-7"};
  EXPECT_TRUE(validated({key})) << "without a delay it says nothing";
  const auto refused = validated({key, HeaderView{"x-delay", "1000"}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, testing::HasSubstr("x-delay-key"));
}

TEST_P(HeldBack, WhatWasPurgedAndBroughtBackIsNotEarly) {
  {
    Peer peer(*core);
    peer.declare("q");
    produce(peer, "q", {{"later", "x-delay", "100"}});
    EXPECT_EQ(peer.get(PurgeQueue{"q"}).value().messages, 1U);
    ReplayMessages purged;
    purged.queue = "q";
    purged.reasons = {SettleReason::purged};
    const auto back = peer.ask(purged);
    core->wait_ms(10);
    core->settle();
    ASSERT_TRUE(back->has_value());
    EXPECT_EQ((*back)->value().back, 1U);
    EXPECT_THAT(drained(peer), IsEmpty());
  }
  core = core->restarted();
  Peer peer(*core);
  EXPECT_THAT(drained(peer), IsEmpty());
  core->wait_ms(91);
  EXPECT_THAT(drained(peer), ElementsAre("later"));
}

TEST_P(HeldBack, TheTimeToLiveBeginsWhenItIsOver) {
  Peer peer(*core);
  peer.get(queue_with("q", {{"x-message-ttl", number(50)}})).value();
  produce(peer, "q", {{"later", "x-delay", "100"}});
  EXPECT_EQ(ready_after_ms(peer, 101), 1U);
  EXPECT_EQ(ready_after_ms(peer, 50), 1U);
  EXPECT_EQ(ready_after_ms(peer, 5), 0U);
}

TEST_P(HeldBack, TheTimeToLiveOfARecordCountsFromItsArrivalWhateverItsTimestampSays) {
  {
    Peer peer(*core);
    core->wait_ms(3'600'000);
    peer.get(queue_with("q", {{"x-message-ttl", number(50)}})).value();
    produce(peer, "q", {{"an hour old"}});
    EXPECT_EQ(info(peer, "q").counts.ready, 1U);
  }
  core = core->restarted();
  Peer peer(*core);
  EXPECT_EQ(ready_after_ms(peer, 40), 1U);
  EXPECT_EQ(ready_after_ms(peer, 20), 0U);
}

}  // namespace
}  // namespace rialto::test
