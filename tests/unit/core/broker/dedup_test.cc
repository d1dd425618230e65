#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

MessageIdentity numbered(std::int64_t sequence, const std::string& producer = "p") {
  return {{}, wide_hash(producer), sequence};
}

MessageIdentity keyed(const std::string& key) {
  return {wide_hash(key), {}, 0};
}

class Dedup : public testing::TestWithParam<Ports> {
 protected:
  static DeclareQueue with_ids(const std::string& name, std::int64_t window_ms = 1000) {
    return queue_with(name, {{"x-message-deduplication", FieldValue::boolean(true)},
                             {"x-dedup-window", number(window_ms)}});
  }
  static std::uint64_t send(Peer& peer, const std::string& id, const std::string& body,
                            const std::string& queue = "q") {
    AmqpMessage m{"", queue, body};
    m.id = id;
    return publish_amqp(peer, m);
  }
  static std::uint64_t send(Peer& peer, const MessageIdentity& identity, const std::string& body,
                            const std::string& queue = "q") {
    AmqpMessage m{"", queue, body};
    m.identity = identity;
    return publish_amqp(peer, m);
  }
  void declare(const DeclareQueue& what) {
    Peer peer(*core);
    peer.get(what).value();
  }
  void declare(const std::string& name) { declare(queue_with(name, {})); }
  void wait_ms(std::int64_t ms) {
    core->wait_ms(ms);
    core->settle();
  }
  void checkpoint() {
    core->engine->roll();
    core->settle();
    ASSERT_TRUE(core->engine->checkpoint_parts());
  }
  StatsSnapshot stats() {
    Peer peer(*core);
    return peer.get(ReadStats()).value();
  }
  std::uint64_t repeated() { return stats().flow[0][0].repeated; }

  std::unique_ptr<CoreRig> core = std::make_unique<CoreRig>(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Ports, Dedup, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(Dedup, AMessageIdThatComesAgainIsConfirmedAndNotStored) {
  declare(with_ids("q"));
  Peer peer(*core);
  send(peer, "a", "first");
  core->settle();
  const std::uint64_t again = send(peer, "a", "second");
  send(peer, "b", "other");
  send(peer, "", "without one");
  send(peer, "", "without one");
  core->settle();
  EXPECT_TRUE(peer.confirmed(again));
  EXPECT_EQ(peer.confirmed_count(), 5U);
  EXPECT_THAT(drained(peer), ElementsAre("first", "other", "without one", "without one"));
  EXPECT_EQ(repeated(), 1U);
}

TEST_P(Dedup, TheHeaderOfTheCommunityPluginGoesBeforeTheMessageId) {
  declare(with_ids("q"));
  Peer peer(*core);
  for (const auto& [header, id] : {std::pair("h", "1"), {"h", "2"}, {"i", "1"}}) {
    AmqpMessage m{"", "q", std::string(header) + id};
    m.headers.set("x-deduplication-header", text(header));
    m.id = id;
    publish_amqp(peer, m);
  }
  core->settle();
  EXPECT_THAT(drained(peer), ElementsAre("h1", "i1"));
}

TEST_P(Dedup, AQueueThatWasNotAskedToLooksAtNoMessageId) {
  declare("q");
  Peer peer(*core);
  send(peer, "a", "1");
  send(peer, "a", "2");
  core->settle();
  EXPECT_THAT(drained(peer), ElementsAre("1", "2"));
  EXPECT_EQ(stats().dedup_ids, 0U);
}

TEST_P(Dedup, OfTwoInOneTickTheSecondIsTheRepeatedOneAndBothWaitForTheDisk) {
  declare(with_ids("q"));
  Peer peer(*core);
  const std::uint64_t first = send(peer, "a", "1");
  const std::uint64_t second = send(peer, "a", "2");
  core->tick();
  EXPECT_FALSE(peer.confirmed(first));
  EXPECT_FALSE(peer.confirmed(second)) << "the first is not durable";
  const std::uint64_t third = send(peer, "a", "3");
  core->tick();
  EXPECT_FALSE(peer.confirmed(third));
  core->commit(1);
  for (const std::uint64_t sequence : {first, second, third})
    EXPECT_TRUE(peer.confirmed(sequence)) << sequence;
  EXPECT_THAT(drained(peer), ElementsAre("1"));
}

TEST_P(Dedup, ARepeatedMessageIsStoredAgainWhenTheWindowIsOver) {
  declare(with_ids("q", 1000));
  Peer peer(*core);
  send(peer, "a", "1");
  core->settle();
  wait_ms(999);
  send(peer, "a", "2");
  core->settle();
  wait_ms(1);
  send(peer, "a", "3");
  core->settle();
  wait_ms(999);
  send(peer, "a", "4");
  core->settle();
  EXPECT_THAT(drained(peer), ElementsAre("1", "3")) << "the window begins with what is stored";
}

TEST_P(Dedup, AWindowThatEndedInSilenceIsOverForTheFirstThatComes) {
  declare(with_ids("q", 1000));
  Peer peer(*core);
  send(peer, "a", "1");
  core->settle();
  core->clock.advance_ms(2000);  // without a tick
  send(peer, "a", "2");
  core->settle();
  EXPECT_THAT(drained(peer), ElementsAre("1", "2"));
}

TEST_P(Dedup, AWindowThatBeginsAfterALongSilenceIsAsLongAsAnyOther) {
  declare(with_ids("q", 1000));
  Peer peer(*core);
  core->settle();
  core->clock.advance_ms(5000);  // without a tick
  send(peer, "a", "1");
  core->settle();
  wait_ms(999);
  send(peer, "a", "2");
  core->settle();
  EXPECT_THAT(drained(peer), ElementsAre("1"));
}

TEST_P(Dedup, WhatIsOverCostsNoMemoryAlthoughNothingComes) {
  declare(with_ids("q", 1000));
  Peer peer(*core);
  for (int i = 0; i < 50; ++i)
    send(peer, std::to_string(i), "x");
  core->settle();
  EXPECT_EQ(stats().dedup_ids, 50U);
  wait_ms(2500);
  EXPECT_EQ(stats().dedup_ids, 0U);
}

TEST_P(Dedup, ATargetThatHasItIsLeftOutAndTheOthersGetIt) {
  declare(with_ids("a"));
  declare(with_ids("b"));
  declare("c");
  Peer peer(*core);
  for (const char* queue : {"a", "b", "c"})
    peer.get(BindQueue{queue, "amq.fanout", "", {}}).value();
  send(peer, "m", "1", "a");
  const auto to_all = [&] {
    AmqpMessage m{"amq.fanout", "", "2"};
    m.id = "m";
    return publish_amqp(peer, m);
  };
  const std::uint64_t sequence = to_all();
  core->tick();
  core->commit(1);
  EXPECT_FALSE(peer.confirmed(sequence)) << "one of two write sets is durable";
  core->commit(1);
  EXPECT_TRUE(peer.confirmed(sequence));
  core->settle();
  EXPECT_THAT(drained(peer, "a"), ElementsAre("1"));
  EXPECT_THAT(drained(peer, "b"), ElementsAre("2"));
  EXPECT_THAT(drained(peer, "c"), ElementsAre("2"));
  EXPECT_EQ(repeated(), 0U) << "it was new to somebody";
}

TEST_P(Dedup, IdsAreKnownAfterARestartFromFramesAndFromACheckpoint) {
  declare(with_ids("q", 100'000));
  {
    Peer peer(*core);
    send(peer, "old", "old");
    core->settle();
    checkpoint();
    send(peer, "new", "new");
    core->settle();
  }
  for (const bool clean : {false, true}) {
    core = clean ? core->stopped_and_started() : core->restarted();
    Peer peer(*core);
    const std::uint64_t old_again = send(peer, "old", "again");
    const std::uint64_t new_again = send(peer, "new", "again");
    core->settle();
    EXPECT_TRUE(peer.confirmed(old_again));
    EXPECT_TRUE(peer.confirmed(new_again));
    EXPECT_EQ(counts_of(peer, "q").ready, 2U) << clean;
  }
  core->wait_ms(100'000);
  Peer peer(*core);
  send(peer, "old", "again");
  core->settle();
  EXPECT_EQ(counts_of(peer, "q").ready, 3U) << "the window goes on over restarts, and ends";
}

TEST_P(Dedup, WhatThePowerCutTookIsNotKnown) {
  declare(with_ids("q"));
  {
    Peer peer(*core);
    send(peer, "a", "lost");
    core->tick();
  }
  core = core->restarted();
  Peer peer(*core);
  send(peer, "a", "again");
  core->settle();
  EXPECT_THAT(drained(peer), ElementsAre("again"));
}

TEST_P(Dedup, IdsOutliveTheirMessagesAndEndWithTheQueue) {
  declare(with_ids("q"));
  Peer peer(*core);
  send(peer, "a", "1");
  core->settle();
  EXPECT_THAT(drained(peer), ElementsAre("1"));
  send(peer, "a", "2");
  core->settle();
  EXPECT_THAT(drained(peer), IsEmpty());
  DeleteQueue gone;
  gone.name = "q";
  peer.get(gone).value();
  EXPECT_EQ(stats().dedup_ids, 0U);
  declare(with_ids("q"));
  send(peer, "a", "3");
  core->settle();
  EXPECT_THAT(drained(peer), ElementsAre("3"));
}

TEST_P(Dedup, AVolatileQueueDoesSoToo) {
  DeclareQueue what = with_ids("q");
  what.durable = false;
  declare(what);
  Peer peer(*core);
  send(peer, "a", "1");
  const std::uint64_t again = send(peer, "a", "2");
  core->tick();
  EXPECT_TRUE(peer.confirmed(again)) << "no disk is in the way";
  EXPECT_THAT(drained(peer), ElementsAre("1"));
}

TEST_P(Dedup, APolicyTurnsItOnAndOffAndSetsTheWindow) {
  declare("q");
  Peer peer(*core);
  PutPolicy policy;
  policy.id = {PolicyKind::user, "/", "p"};
  policy.pattern = "^q$";
  policy.definition.set("message-deduplication", FieldValue::boolean(true));
  policy.definition.set("dedup-window", number(50));
  peer.get(policy).value();
  for (const char* body : {"1", "2"})
    send(peer, "a", body);
  core->settle();
  wait_ms(50);
  for (const char* body : {"3", "4"})
    send(peer, "a", body);
  core->settle();
  EXPECT_THAT(drained(peer), ElementsAre("1", "3"));
}

TEST_P(Dedup, ARefusedMessageIsNotKnown) {
  DeclareQueue what = with_ids("q");
  what.arguments.set("x-max-length", number(1));
  what.arguments.set("x-overflow", text("reject-publish"));
  declare(what);
  Peer peer(*core);
  send(peer, "a", "1");
  send(peer, "b", "2");
  core->settle();
  EXPECT_THAT(peer.refusals, SizeIs(1));
  const std::uint64_t again = send(peer, "a", "1");
  core->settle();
  EXPECT_TRUE(peer.confirmed(again)) << "it is there, however full the queue is";
  EXPECT_THAT(drained(peer), ElementsAre("1"));
  send(peer, "b", "2");
  core->settle();
  EXPECT_THAT(drained(peer), ElementsAre("2"));
}

TEST_P(Dedup, ADeadLetterAndARedrivenMessageAreNoRepeatedPublishes) {
  declare(with_ids("dead"));
  DeclareQueue what = with_ids("q");
  what.arguments.set("x-dead-letter-exchange", text(""));
  what.arguments.set("x-dead-letter-routing-key", text("dead"));
  declare(what);
  Peer peer(*core);
  send(peer, "a", "1");
  core->settle();
  const auto got = peer.get(get_of("q")).value().delivery;
  ASSERT_TRUE(got);
  peer.settle(*got, Settlement::reject);
  core->settle();
  EXPECT_EQ(counts_of(peer, "dead").ready, 1U);
  RedriveMessages back;
  back.queue = "dead";
  peer.get(back).value();
  core->settle();
  EXPECT_THAT(drained(peer, "q"), ElementsAre("1")) << "it is home again, within its window";
}

TEST_P(Dedup, ATransactionKnowsItsOwnMessagesAndWaitsForWhatItRepeats) {
  declare(with_ids("q"));
  Peer peer(*core);
  const auto say = [&](const std::string& body) {
    AmqpMessage m{"", "q", body};
    m.id = "a";
    m.in_transaction = true;
    publish_amqp(peer, m);
  };
  const CommitTransaction commit{PublisherId(1), {}};
  say("1");
  say("2");
  auto first = peer.ask(commit);
  core->tick();
  say("3");
  auto second = peer.ask(commit);
  core->tick();
  EXPECT_FALSE(*first);
  EXPECT_FALSE(*second) << "what it repeats is not durable";
  core->settle();
  ASSERT_TRUE(*first && *second);
  EXPECT_EQ((**first).value().repeated, 1U);
  EXPECT_EQ((**second).value().repeated, 1U);
  EXPECT_THAT(drained(peer), ElementsAre("1"));
}

TEST_P(Dedup, AKeyOfTheRequestHoldsForEveryQueue) {
  declare("q");
  {
    Peer peer(*core);
    send(peer, keyed("k"), "1");
    send(peer, keyed("k"), "2");
    core->settle();
  }
  core = core->restarted();
  Peer later(*core);
  send(later, keyed("k"), "3");
  core->settle();
  wait_ms(10 * 60 * 1000);
  send(later, keyed("k"), "4");
  core->settle();
  EXPECT_THAT(drained(later), ElementsAre("1", "4")) << "for ten minutes, when nobody says";
}

TEST_P(Dedup, AProducersSequenceIsStoredOnceWithGaps) {
  declare("q");
  {
    Peer peer(*core);
    for (const std::int64_t sequence : {1, 2, 2, 7, 5, 1, 8})
      send(peer, numbered(sequence), std::to_string(sequence));
    send(peer, numbered(1, "other"), "other");
    core->settle();
    EXPECT_EQ(peer.confirmed_count(), 8U);
    EXPECT_THAT(drained(peer), ElementsAre("1", "2", "7", "8", "other"));
  }
  for (const bool with_checkpoint : {false, true}) {
    if (with_checkpoint) checkpoint();
    core = core->restarted();
    Peer later(*core);
    send(later, numbered(8), "8");
    core->settle();
    EXPECT_THAT(drained(later), IsEmpty()) << with_checkpoint;
  }
  Peer later(*core);
  send(later, numbered(9), "9");
  core->settle();
  EXPECT_THAT(drained(later), ElementsAre("9"));
}

TEST_P(Dedup, ASequenceThatWasRefusedMayComeAfterLaterOnesAlsoOverARestart) {
  declare(queue_with("q", {{"x-max-length", number(1)}, {"x-overflow", text("reject-publish")}}));
  {
    Peer peer(*core);
    send(peer, numbered(1), "1");
    send(peer, numbered(2), "2");
    core->settle();
    EXPECT_THAT(peer.refusals, SizeIs(1));
    EXPECT_THAT(drained(peer), ElementsAre("1"));
    send(peer, numbered(3), "3");
    core->settle();
    EXPECT_THAT(drained(peer), ElementsAre("3"));
  }
  core = core->restarted();
  Peer peer(*core);
  send(peer, numbered(2), "2");
  core->settle();
  EXPECT_THAT(drained(peer), ElementsAre("2"));
  send(peer, numbered(2), "2");
  core->settle();
  EXPECT_THAT(drained(peer), IsEmpty());
}

TEST_P(Dedup, OverATopicWhatComesAgainComesToWhereItIsKnown) {
  Peer peer(*core);
  peer.get(topic_of("t", 4)).value();
  const auto append = [&](const std::string& key) {
    Peer other(*core, 1, Protocol::http);
    AppendMessages what;
    what.topic = "t";
    what.identity = keyed(key);
    what.messages.resize(2);
    for (NewMessage& message : what.messages)
      message.body = key;
    return other.get(what).value();
  };
  for (const char* key : {"a", "b", "c", "d", "e"}) {
    const auto first = append(key);
    const auto again = append(key);
    ASSERT_THAT(again, SizeIs(2));
    for (std::size_t i = 0; i < again.size(); ++i) {
      EXPECT_FALSE(first[i].repeated);
      EXPECT_TRUE(again[i].repeated);
      EXPECT_EQ(again[i].partition, first[i].partition);
      EXPECT_EQ(again[i].offset, first[i].offset) << "it is told where it is";
    }
  }
}

TEST_P(Dedup, ABatchThatComesAgainIsAnsweredWhenTheFirstIsDurable) {
  declare("q");
  PublishMessages what;
  what.identity = keyed("batch");
  what.messages.resize(3);
  for (NewMessage& message : what.messages) {
    message.routing_key = "q";
    message.body = "x";
  }
  Peer one(*core, 0, Protocol::http);
  Peer two(*core, 1, Protocol::http);
  auto first = one.ask(what);
  core->tick();
  auto again = two.ask(what);
  core->tick();
  EXPECT_FALSE(*again);
  core->settle();
  ASSERT_TRUE(*first && *again);
  EXPECT_EQ((**first).value().repeated, 0U);
  EXPECT_EQ((**again).value().repeated, 3U);
  EXPECT_EQ(counts_of(one, "q").ready, 3U);
}

TEST_P(Dedup, ADelayedMessageThatComesAgainIsHeldOnce) {
  declare("q");
  Peer peer(*core);
  AmqpMessage m{"", "q", "later"};
  m.delay = Delay{100, std::nullopt, {}};
  m.identity = numbered(1);
  publish_amqp(peer, m);
  const std::uint64_t again = publish_amqp(peer, m);
  core->tick();
  EXPECT_FALSE(peer.confirmed(again));
  core->settle();
  EXPECT_TRUE(peer.confirmed(again));
  wait_ms(101);
  EXPECT_THAT(drained(peer), ElementsAre("later"));
}

TEST_P(Dedup, AQueueThatLooksAtIdsTakesOneOfTwoDelayedMessages) {
  declare(with_ids("q"));
  {
    Peer peer(*core);
    AmqpMessage m{"", "q", "later"};
    m.delay = Delay{100, std::nullopt, {}};
    m.id = "a";
    publish_amqp(peer, m);
    publish_amqp(peer, m);
    core->settle();
    wait_ms(101);
    EXPECT_EQ(counts_of(peer, "q").ready, 1U);
  }
  core = core->restarted();
  Peer peer(*core);
  send(peer, "a", "again");
  core->settle();
  EXPECT_THAT(drained(peer), ElementsAre("later"));
}

}  // namespace
}  // namespace rialto::test
