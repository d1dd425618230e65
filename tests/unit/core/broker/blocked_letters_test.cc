#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class BlockedDeadLetters : public testing::TestWithParam<Ports> {
 protected:
  using Arguments = std::vector<std::pair<std::string, FieldValue>>;

  static void declare(Peer& peer, const std::string& name, const Arguments& arguments) {
    peer.get(queue_with(name, arguments)).value();
  }
  /// A queue with so much room.
  static void declare_small(Peer& peer, const std::string& name, std::int64_t length,
                            Arguments more = {}) {
    more.emplace_back("x-max-length", number(length));
    more.emplace_back("x-overflow", text("reject-publish"));
    declare(peer, name, more);
  }
  /// One whose dead letters go there.
  static void declare_source(Peer& peer, const std::string& name, const std::string& to,
                             Arguments more = {}) {
    more.emplace_back("x-dead-letter-exchange", text(""));
    more.emplace_back("x-dead-letter-routing-key", text(to));
    declare(peer, name, more);
  }
  void send(Peer& peer, const std::string& queue, const std::vector<std::string>& bodies) {
    for (const std::string& body : bodies)
      publish_amqp(peer, {"", queue, body});
    core->settle();
  }
  void reject(Peer& peer, const std::string& queue, int count = 1) {
    for (int i = 0; i < count; ++i)
      peer.settle(*peer.get(get_of(queue)).value().delivery, Settlement::reject);
    core->settle();
  }
  static QueueInfo info(Peer& peer, const std::string& queue) {
    return peer.get(DescribeQueue{queue}).value();
  }
  std::string take(Peer& peer, const std::string& queue) {
    const auto got = peer.get(get_of(queue, true)).value().delivery;
    core->settle();
    return got ? Peer::body_of(*got) : std::string("nothing");
  }

  std::unique_ptr<CoreRig> core = std::make_unique<CoreRig>(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Ports, BlockedDeadLetters,
                         testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(BlockedDeadLetters, StayInTheirQueueUntilThereIsRoomAndGoInTheirOrder) {
  Peer peer(*core);
  declare_small(peer, "dead", 1);
  declare_source(peer, "q", "dead");
  send(peer, "q", {"1", "2", "3", "4"});
  reject(peer, "q", 3);
  EXPECT_EQ(info(peer, "q").blocked, 2U);
  EXPECT_EQ(peer.get(ReadStats()).value().blocked, 2U);
  EXPECT_EQ(info(peer, "q").counts.ready, 1U) << "what is blocked is nobody's";
  EXPECT_EQ(info(peer, "q").counts.unacked, 0U);
  EXPECT_FALSE(core->broker->has_work()) << "nothing is tried before there is room";
  EXPECT_EQ(take(peer, "dead"), "1");
  EXPECT_EQ(info(peer, "q").blocked, 1U);
  reject(peer, "q");
  EXPECT_EQ(take(peer, "dead"), "2");
  EXPECT_EQ(take(peer, "dead"), "3");
  EXPECT_EQ(take(peer, "dead"), "4");
  EXPECT_EQ(info(peer, "q").blocked, 0U);
}

TEST_P(BlockedDeadLetters, AreLetGoByEveryWayInWhichRoomComes) {
  Peer peer(*core);
  declare_small(peer, "dead", 1);
  declare_source(peer, "q", "dead");
  const auto block_one = [&] {
    send(peer, "q", {"first", "second"});
    reject(peer, "q", 2);
    ASSERT_EQ(info(peer, "q").blocked, 1U);
  };
  const auto is_free = [&](const char* how) {
    core->settle();
    EXPECT_EQ(info(peer, "q").blocked, 0U) << how;
    peer.get(PurgeQueue{"dead"}).value();
  };
  block_one();
  peer.get(PurgeQueue{"dead"}).value();
  is_free("a purge");
  block_one();
  peer.consume("dead", ConsumerId(1), 1, true);
  is_free("a consumer");
  peer.get(CancelConsumer{ConsumerId(1)}).value();
  block_one();
  PullMessages pull;
  pull.queue = "dead";
  EXPECT_THAT(peer.get(pull).value(), SizeIs(1));
  is_free("a pull");
  block_one();
  peer.get(DeleteQueue{"dead", false, false}).value();
  core->wait_ms(1001);
  core->settle();
  EXPECT_EQ(info(peer, "q").blocked, 0U) << "there is no such queue: as without a queue";
}

TEST_P(BlockedDeadLetters, DoNotHoldUpThoseForOtherQueues) {
  Peer peer(*core);
  declare_small(peer, "full", 0);
  peer.declare("roomy");
  DeclareExchange exchange;
  exchange.name = "dlx";
  exchange.type = "direct";
  exchange.durable = true;
  peer.get(exchange).value();
  peer.get(BindQueue{"full", "dlx", "a", {}}).value();
  peer.get(BindQueue{"roomy", "dlx", "b", {}}).value();
  declare(peer, "q", {{"x-dead-letter-exchange", text("dlx")}});
  peer.get(BindQueue{"q", "amq.direct", "a", {}}).value();
  peer.get(BindQueue{"q", "amq.direct", "b", {}}).value();
  for (const char* key : {"a", "b", "a", "b"})
    publish_amqp(peer, {"amq.direct", key, key});
  core->settle();
  reject(peer, "q", 4);
  EXPECT_THAT(drained(peer, "roomy"), ElementsAre("b", "b"));
  EXPECT_EQ(info(peer, "q").blocked, 2U);
}

TEST_P(BlockedDeadLetters, OfSeveralTargetsGoToAllOrNone) {
  Peer peer(*core);
  declare_small(peer, "small", 1);
  peer.declare("roomy");
  for (const char* queue : {"small", "roomy"})
    peer.get(BindQueue{queue, "amq.fanout", "", {}}).value();
  declare(peer, "q", {{"x-dead-letter-exchange", text("amq.fanout")}});
  send(peer, "q", {"1", "2"});
  reject(peer, "q", 2);
  EXPECT_EQ(counts_of(peer, "roomy").ready, 1U);
  EXPECT_EQ(take(peer, "small"), "1");
  EXPECT_THAT(drained(peer, "roomy"), ElementsAre("1", "2"));
  EXPECT_EQ(take(peer, "small"), "2");
}

TEST_P(BlockedDeadLetters, AreStillDeadAfterARestart) {
  Peer peer(*core);
  declare_small(peer, "dead", 1);
  declare_source(peer, "q", "dead");
  send(peer, "q", {"1", "2", "3", "alive"});
  reject(peer, "q", 3);
  const auto cut = core->restarted();
  const auto stopped = core->stopped_and_started();
  for (CoreRig* next : {cut.get(), stopped.get()}) {
    Peer later(*next);
    EXPECT_EQ(info(later, "q").blocked, 2U) << "nobody gets them again";
    EXPECT_EQ(info(later, "q").counts.ready, 1U);
    EXPECT_EQ(drained(later, "dead").front(), "1");
    next->settle();
    EXPECT_EQ(info(later, "q").blocked, 0U);
    EXPECT_THAT(drained(later, "q"), ElementsAre("alive"));
  }
}

TEST_P(BlockedDeadLetters, KeepTheirOrderWhenTheyAreReadLate) {
  Peer peer(*core);
  declare_small(peer, "dead", 1);
  declare_source(peer, "q", "dead");
  send(peer, "q", {"1", "2", "3", "4"});
  reject(peer, "q", 4);
  const auto next = core->restarted();
  Peer later(*next);
  next->settle();
  next->engine->roll();
  next->engine->hold_reads(true);
  const auto first = later.ask(get_of("dead", true));
  for (int round = 0; round < 3; ++round) {
    later.ask(DescribeQueue{"dead"});
    next->settle();
  }
  next->engine->hold_reads(false);
  next->engine->complete_reads();
  next->settle();
  ASSERT_TRUE(first->has_value());
  EXPECT_EQ(Peer::body_of(*(**first).value().delivery), "1");
  EXPECT_THAT(drained(later, "dead"), ElementsAre("2", "3", "4"));
}

TEST_P(BlockedDeadLetters, CountInTheLimitOfTheirQueue) {
  Peer peer(*core);
  declare_small(peer, "dead", 0);
  declare_small(
      peer, "q", 2,
      {{"x-dead-letter-exchange", text("")}, {"x-dead-letter-routing-key", text("dead")}});
  send(peer, "q", {"1", "2"});
  reject(peer, "q", 2);
  send(peer, "q", {"3"});
  EXPECT_THAT(peer.refusals, SizeIs(1));
  EXPECT_EQ(info(peer, "q").counts.ready, 0U);
}

TEST_P(BlockedDeadLetters, CountInTheLimitInBytesToo) {
  Peer peer(*core);
  declare_small(peer, "dead", 0);
  declare(peer, "q",
          {{"x-dead-letter-exchange", text("")},
           {"x-dead-letter-routing-key", text("dead")},
           {"x-max-length-bytes", number(10)},
           {"x-overflow", text("reject-publish")}});
  send(peer, "q", {"123456"});
  reject(peer, "q");
  send(peer, "q", {"123456"});
  EXPECT_THAT(peer.refusals, SizeIs(1));
  send(peer, "q", {"1234"});
  EXPECT_THAT(peer.refusals, SizeIs(1));
  EXPECT_THAT(drained(peer, "q"), ElementsAre("1234"));
}

TEST_P(BlockedDeadLetters, MakeAQueueThatDropsItsHeadRefuseInstead) {
  Peer peer(*core);
  declare_small(peer, "dead", 1);
  declare_source(peer, "q", "dead", {{"x-max-length", number(2)}});
  for (const char* body : {"1", "2", "3", "4", "5", "6"})
    send(peer, "q", {body});
  EXPECT_EQ(info(peer, "q").blocked, 1U);
  EXPECT_EQ(info(peer, "q").counts.ready, 2U);
  EXPECT_EQ(peer.confirmed_count(), 4U);
  EXPECT_EQ(take(peer, "dead"), "1");
  send(peer, "q", {"7"});
  EXPECT_EQ(peer.confirmed_count(), 5U) << "it drops its head again";
  EXPECT_EQ(take(peer, "dead"), "2");
  EXPECT_EQ(take(peer, "dead"), "3");
  EXPECT_THAT(drained(peer, "q"), ElementsAre("4", "7"));
}

TEST_P(BlockedDeadLetters, OfTwoQueuesThatAreFullOfThemDoNotWaitForEachOther) {
  Peer peer(*core);
  for (const auto& [name, to] : {std::pair("a", "b"), {"b", "a"}}) {
    declare_small(peer, name, 1,
                  {{"x-dead-letter-exchange", text("")}, {"x-dead-letter-routing-key", text(to)}});
    send(peer, name, {name});
  }
  const Delivery of_a = *peer.get(get_of("a")).value().delivery;
  const Delivery of_b = *peer.get(get_of("b")).value().delivery;
  for (const char* name : {"a", "b"})
    send(peer, name, {std::string("more ") + name});
  peer.settle(of_a, Settlement::reject);
  peer.settle(of_b, Settlement::reject);
  core->settle();
  EXPECT_EQ(info(peer, "a").blocked + info(peer, "b").blocked, 2U);
  EXPECT_EQ(take(peer, "a"), "more a");
  EXPECT_EQ(take(peer, "b"), "more b");
  EXPECT_EQ(take(peer, "a"), "b");
  EXPECT_EQ(take(peer, "b"), "a");
}

TEST_P(BlockedDeadLetters, OfAQueueThatIsItsOwnTargetGoRound) {
  Peer peer(*core);
  declare_small(peer, "q", 1,
                {{"x-dead-letter-exchange", text("")}, {"x-dead-letter-routing-key", text("q")}});
  send(peer, "q", {"1"});
  reject(peer, "q");
  EXPECT_EQ(info(peer, "q").counts.ready, 1U);
  EXPECT_EQ(take(peer, "q"), "1");
}

TEST_P(BlockedDeadLetters, AreBoundedAndThenNothingIsHandedOut) {
  Peer peer(*core);
  declare_small(peer, "dead", 0);
  declare_source(peer, "q", "dead", {{"x-message-ttl", number(10)}});
  const auto many = static_cast<int>(QueueMachine::waiting_max);
  for (int i = 0; i < many + 5000; ++i) {
    publish_amqp(peer, {"", "q", "m"});
    if (i % 1000 == 0) core->settle();
  }
  core->settle();
  core->wait_ms(11);
  core->settle();
  EXPECT_FALSE(core->broker->has_work());
  EXPECT_GE(info(peer, "q").blocked, QueueMachine::waiting_max);
  EXPECT_LT(info(peer, "q").blocked, QueueMachine::waiting_max + 4096);
  EXPECT_FALSE(peer.get(get_of("q")).value().delivery);
  peer.get(DeleteQueue{"dead", false, false}).value();
  core->wait_ms(1001);
  core->settle();
  EXPECT_EQ(info(peer, "q").blocked + info(peer, "q").counts.ready, 0U);
}

// ---- what the queue asks for ------------------------------------------------------------------

TEST_P(BlockedDeadLetters, AreDroppedAtMostOnceWhenAQueueSaysSo) {
  Peer peer(*core);
  declare_small(peer, "dead", 1);
  declare_source(peer, "q", "dead", {{"x-dead-letter-strategy", text("at-most-once")}});
  send(peer, "q", {"1", "2"});
  reject(peer, "q", 2);
  EXPECT_EQ(info(peer, "q").blocked, 0U);
  EXPECT_EQ(take(peer, "dead"), "1");
  EXPECT_EQ(take(peer, "dead"), "nothing");
}

TEST_P(BlockedDeadLetters, WaitForABindingWhenTheyGoAtLeastOnce) {
  Peer peer(*core);
  declare(peer, "q",
          {{"x-queue-type", text("quorum")},
           {"x-dead-letter-exchange", text("dlx")},
           {"x-dead-letter-strategy", text("at-least-once")},
           {"x-overflow", text("reject-publish")}});
  send(peer, "q", {"1", "2"});
  reject(peer, "q", 2);
  EXPECT_EQ(info(peer, "q").blocked, 2U) << "there is no such exchange";
  const auto next = core->restarted();
  Peer later(*next);
  EXPECT_EQ(info(later, "q").blocked, 2U);
  DeclareExchange exchange;
  exchange.name = "dlx";
  exchange.type = "fanout";
  exchange.durable = true;
  later.get(exchange).value();
  next->wait_ms(1001);
  next->settle();
  EXPECT_EQ(info(later, "q").blocked, 2U) << "no queue is bound";
  later.declare("dead");
  later.get(BindQueue{"dead", "dlx", "", {}}).value();
  next->wait_ms(1001);
  next->settle();
  EXPECT_THAT(drained(later, "dead"), ElementsAre("1", "2"));
  EXPECT_EQ(info(later, "q").blocked, 0U);
}

TEST_P(BlockedDeadLetters, AreDroppedWithoutABindingWhenTheQueueDropsItsHead) {
  Peer peer(*core);
  declare(
      peer, "q",
      {{"x-dead-letter-exchange", text("dlx")}, {"x-dead-letter-strategy", text("at-least-once")}});
  send(peer, "q", {"1"});
  reject(peer, "q");
  EXPECT_EQ(info(peer, "q").blocked + info(peer, "q").counts.ready, 0U)
      << "as RabbitMQ: at least once is for queues that refuse publishes";
}

// ---- others that move -------------------------------------------------------------------------

TEST_P(BlockedDeadLetters, ARedriveEndsAtAFullQueueAndSaysSo) {
  Peer peer(*core);
  peer.declare("from");
  declare_small(peer, "to", 2);
  send(peer, "from", {"1", "2", "3"});
  RedriveMessages what;
  what.queue = "from";
  what.to = "to";
  what.dry_run = true;
  EXPECT_EQ(peer.get(what).value().moved, 2U);
  what.dry_run = false;
  const RedriveMessages::Answer answer = peer.get(what).value();
  EXPECT_EQ(answer.moved, 2U);
  EXPECT_EQ(answer.stayed, 0U);
  EXPECT_EQ(answer.full, "to");
  EXPECT_THAT(drained(peer, "to"), ElementsAre("1", "2"));
  EXPECT_EQ(peer.get(what).value().moved, 1U);
  EXPECT_THAT(drained(peer, "from"), IsEmpty());
}

TEST_P(BlockedDeadLetters, ADelayedMessageWaitsForRoomAndCanStillBeCancelled) {
  Peer peer(*core);
  declare_small(peer, "small", 1);
  const auto later = [&](const char* body) {
    publish_amqp(peer, {"", "small", body, "", {}, 0, Delay{100, std::nullopt, body}});
    core->settle();
  };
  for (const char* body : {"1", "2", "3"})
    later(body);
  core->wait_ms(101);
  core->settle();
  EXPECT_EQ(counts_of(peer, "small").ready, 1U);
  EXPECT_FALSE(core->broker->has_work());
  const auto cut = core->restarted();
  const ListDelayed::Answer listed = peer.get(ListDelayed()).value();
  EXPECT_EQ(listed.pending, 2U);
  EXPECT_EQ(listed.messages.at(0).due_wall_ms, core->clock.wall().get() + 1000);
  EXPECT_EQ(peer.get(CancelDelayed{std::nullopt, "2"}).value().cancelled, 1U);
  EXPECT_EQ(take(peer, "small"), "1");
  core->wait_ms(1000);
  core->settle();
  EXPECT_EQ(take(peer, "small"), "3");
  EXPECT_EQ(peer.get(ListDelayed()).value().pending, 0U);
  Peer again(*cut);
  cut->settle();
  EXPECT_THAT(drained(again, "small"), ElementsAre("1"));
  cut->wait_ms(60'000);
  cut->settle();
  EXPECT_THAT(drained(again, "small"), SizeIs(1)) << "one at a time";
}

TEST_P(BlockedDeadLetters, OfATransactionAreInItsWriteSet) {
  Peer peer(*core);
  peer.declare("dead");
  declare_source(peer, "q", "dead");
  send(peer, "q", {"1"});
  const Delivery got = *peer.get(get_of("q")).value().delivery;
  const std::size_t before = core->engine->last_staged().get();
  const auto answer =
      peer.ask(CommitTransaction{PublisherId(1),
                                 {SettleRun{got.queue, got.partition, got.record.offset,
                                            got.record.offset, Settlement::reject}}});
  core->tick();
  EXPECT_EQ(core->engine->last_staged().get(), before + 1);
  {
    const auto lost = core->restarted();
    Peer later(*lost);
    EXPECT_THAT(drained(later, "q"), ElementsAre("1"));
    EXPECT_THAT(drained(later, "dead"), IsEmpty());
  }
  core->settle();
  EXPECT_TRUE(answer->has_value());
  EXPECT_THAT(drained(peer, "dead"), ElementsAre("1"));
}

TEST_P(BlockedDeadLetters, AreInExactlyOneQueueAfterAnyPowerCut) {
  for (std::size_t kept = 0; kept < 10; ++kept) {
    CoreRig first(GetParam());
    Peer peer(first);
    declare_small(peer, "dead", 2);
    declare_source(peer, "q", "dead");
    for (const char* body : {"1", "2", "3", "4"})
      publish_amqp(peer, {"", "q", body});
    first.settle();
    for (int i = 0; i < 4; ++i)
      peer.settle(*peer.get(get_of("q")).value().delivery, Settlement::reject);
    first.commit(kept / 2);
    peer.ask(get_of("dead", true));
    first.commit(kept / 2);
    const auto second = first.restarted(kept % 3);
    Peer later(*second);
    std::vector<std::string> found;
    for (int round = 0; round < 4; ++round) {
      for (const std::string& body : drained(later, "dead"))
        found.push_back(body);
      second->settle();
    }
    for (const std::string& body : drained(later, "q"))
      found.push_back(body);
    EXPECT_GE(found.size(), 3U);
    std::sort(found.begin(), found.end());
    EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end()) << kept;
    EXPECT_EQ(found.back(), "4");
  }
}

}  // namespace
}  // namespace rialto::test
