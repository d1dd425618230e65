#include "core/model/record_batch.h"
#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class DeadLetters : public testing::TestWithParam<Ports> {
 protected:
  using Arguments = std::vector<std::pair<std::string, FieldValue>>;

  static void declare(Peer& peer, const std::string& name, const std::string& to,
                      Arguments more = {}) {
    more.emplace_back("x-dead-letter-exchange", text(""));
    if (!to.empty()) more.emplace_back("x-dead-letter-routing-key", text(to));
    peer.get(queue_with(name, more)).value();
  }
  static Delivery next(Peer& peer, const std::string& queue) {
    return *peer.get(get_of(queue)).value().delivery;
  }
  void reject(Peer& peer, const std::string& queue) {
    peer.settle(next(peer, queue), Settlement::reject);
    core.settle();
  }
  void send(Peer& peer, const AmqpMessage& message) {
    publish_amqp(peer, message);
    core.settle();
  }

  CoreRig core{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Ports, DeadLetters,
                         testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(DeadLetters, AreWhatWasRejectedExpiredOrDropped) {
  Peer peer(core);
  peer.declare("dead");
  declare(peer, "q", "dead", {{"x-message-ttl", number(100)}, {"x-max-length", number(2)}});
  for (const char* body : {"dropped", "rejected", "expired"})
    send(peer, {"", "q", body});
  EXPECT_EQ(text_of(headers_of(next(peer, "dead")), "x-first-death-reason"), "maxlen");
  reject(peer, "q");
  EXPECT_EQ(text_of(headers_of(next(peer, "dead")), "x-first-death-reason"), "rejected");
  core.wait_ms(101);
  core.settle();
  EXPECT_EQ(text_of(headers_of(next(peer, "dead")), "x-first-death-reason"), "expired");
  EXPECT_EQ(counts_of(peer, "q").ready + counts_of(peer, "q").unacked, 0U);
}

TEST_P(DeadLetters, SayWhyWhereAndWhenAsRabbitMqDoes) {
  Peer peer(core);
  peer.declare("dead");
  declare(peer, "q", "dead");
  peer.get(BindQueue{"q", "amq.topic", "a.#", {}}).value();
  AmqpMessage message{"amq.topic", "a.b", "m", "60000"};
  message.headers.set("z", FieldValue::integer(1));
  message.headers.set("b", FieldValue::boolean(true));
  send(peer, message);
  reject(peer, "q");
  const Delivery dead = next(peer, "dead");
  const FieldTable headers = headers_of(dead);
  std::vector<std::string> names;
  for (const FieldEntry& entry : headers.entries)
    names.push_back(entry.name);
  EXPECT_THAT(names, ElementsAre("b", "x-death", "x-first-death-exchange", "x-first-death-queue",
                                 "x-first-death-reason", "x-last-death-exchange",
                                 "x-last-death-queue", "x-last-death-reason", "z"));
  EXPECT_EQ(text_of(headers, "x-first-death-exchange"), "amq.topic");
  EXPECT_EQ(text_of(headers, "x-last-death-queue"), "q");
  const auto deaths = deaths_of(dead);
  ASSERT_THAT(deaths, SizeIs(1));
  FieldTable expected;
  expected.set("original-expiration", text("60000"));
  expected.set("count", number(1));
  expected.set("reason", text("rejected"));
  expected.set("queue", text("q"));
  expected.set("time", FieldValue{'T', std::int64_t{1'700'000'000}});
  expected.set("exchange", text("amq.topic"));
  expected.set("routing-keys", FieldValue::array(FieldArray{{text("a.b")}}));
  EXPECT_EQ(deaths[0], expected);
  const RecordView record = view_of(dead.record).value();
  Properties properties;
  ASSERT_TRUE(split_properties(*find_header(record, amqp_header::properties), properties));
  EXPECT_FALSE(properties.has(Property::expiration));
  EXPECT_EQ(find_header(record, amqp_header::exchange), "");
  EXPECT_EQ(find_header(record, amqp_header::routing_key), "dead");
  EXPECT_EQ(find_header(record, "x-first-death-queue"), "q") << "for readers of the log";
}

TEST_P(DeadLetters, CountEachQueueAndReasonNewestFirst) {
  Peer peer(core);
  declare(peer, "a", "b");
  declare(peer, "b", "a");
  send(peer, {"", "a", "m"});
  reject(peer, "a");
  reject(peer, "b");
  reject(peer, "a");
  const Delivery dead = next(peer, "b");
  const auto deaths = deaths_of(dead);
  ASSERT_THAT(deaths, SizeIs(2));
  EXPECT_EQ(text_of(deaths[0], "queue"), "a");
  EXPECT_EQ(*deaths[0].find("count")->as_integer(), 2);
  EXPECT_EQ(text_of(deaths[1], "queue"), "b");
  EXPECT_EQ(*deaths[1].find("count")->as_integer(), 1);
  EXPECT_EQ(text_of(headers_of(dead), "x-first-death-queue"), "a");
  EXPECT_EQ(text_of(headers_of(dead), "x-first-death-exchange"), "");
}

TEST_P(DeadLetters, DoNotBelieveAHistoryThatAClientSends) {
  Peer peer(core);
  peer.declare("dead");
  declare(peer, "q", "dead");
  send(peer, {"", "q", "m"});
  reject(peer, "q");
  AmqpMessage again{"", "q", "again"};
  again.headers = headers_of(next(peer, "dead"));
  send(peer, again);
  reject(peer, "q");
  const auto deaths = deaths_of(next(peer, "dead"));
  ASSERT_THAT(deaths, SizeIs(1));
  EXPECT_EQ(*deaths[0].find("count")->as_integer(), 1);
}

TEST_P(DeadLetters, DoNotGoRoundByThemselves) {
  Peer peer(core);
  declare(peer, "a", "b", {{"x-message-ttl", number(10)}});
  declare(peer, "b", "a", {{"x-message-ttl", number(10)}});
  send(peer, {"", "a", "m"});
  core.wait_ms(11);
  core.settle();
  EXPECT_EQ(counts_of(peer, "b").ready, 1U);
  core.wait_ms(11);
  core.settle();
  EXPECT_EQ(counts_of(peer, "a").ready + counts_of(peer, "b").ready, 0U);
}

TEST_P(DeadLetters, GoRoundWhenSomebodyRejects) {
  Peer peer(core);
  declare(peer, "work", "wait");
  declare(peer, "wait", "work", {{"x-message-ttl", number(10)}});
  send(peer, {"", "work", "m"});
  for (int round = 0; round < 3; ++round) {
    reject(peer, "work");
    core.wait_ms(11);
    core.settle();
  }
  EXPECT_THAT(drained(peer, "work"), ElementsAre("m"));
}

TEST_P(DeadLetters, KeepTheirKeyAndReachEveryQueueBound) {
  Peer peer(core);
  DeclareExchange exchange;
  exchange.name = "dlx";
  exchange.type = "direct";
  exchange.durable = true;
  peer.get(exchange).value();
  for (const char* queue : {"one", "two", "other"})
    peer.declare(queue);
  peer.get(BindQueue{"one", "dlx", "q", {}}).value();
  peer.get(BindQueue{"two", "dlx", "q", {}}).value();
  peer.get(BindQueue{"other", "dlx", "else", {}}).value();
  peer.get(queue_with("q", {{"x-dead-letter-exchange", text("dlx")}})).value();
  for (const char* body : {"1", "2"})
    send(peer, {"", "q", body});
  reject(peer, "q");
  reject(peer, "q");
  EXPECT_THAT(drained(peer, "one"), ElementsAre("1", "2"));
  EXPECT_THAT(drained(peer, "two"), ElementsAre("1", "2"));
  EXPECT_THAT(drained(peer, "other"), IsEmpty());
}

TEST_P(DeadLetters, OfAnExchangeThatIsNotThereAreDropped) {
  Peer peer(core);
  peer.get(queue_with("q", {{"x-dead-letter-exchange", text("nowhere")}})).value();
  send(peer, {"", "q", "m"});
  reject(peer, "q");
  const auto next = core.restarted();
  Peer later(*next);
  EXPECT_EQ(counts_of(later, "q").ready, 0U);
}

TEST_P(DeadLetters, OfRecordsFromTheLogAreReadableToo) {
  Peer peer(core);
  peer.declare("dead");
  declare(peer, "q", "dead");
  peer.get(produce_of("q", produced_batch({"m"}))).value();
  reject(peer, "q");
  const Delivery dead = next(peer, "dead");
  EXPECT_EQ(Peer::body_of(dead), "m");
  EXPECT_EQ(text_of(headers_of(dead), "x-first-death-queue"), "q");
}

TEST_P(DeadLetters, WaitForAColdReadAndAreNobodysMeanwhile) {
  Peer peer(core);
  peer.declare("dead");
  declare(peer, "q", "dead");
  send(peer, {"", "q", "m"});
  const Delivery got = next(peer, "q");
  core.engine->hold_reads(true);
  peer.settle(got, Settlement::reject);
  core.settle();
  EXPECT_FALSE(core.broker->has_work());
  EXPECT_EQ(counts_of(peer, "q").ready + counts_of(peer, "q").unacked, 0U);
  core.engine->hold_reads(false);
  core.engine->complete_reads();
  core.settle();
  EXPECT_THAT(drained(peer, "dead"), ElementsAre("m"));
}

TEST_P(DeadLetters, WaitForRoomInTheJournal) {
  Peer peer(core);
  peer.declare("dead");
  declare(peer, "q", "dead");
  send(peer, {"", "q", "m"});
  const Delivery got = next(peer, "q");
  core.engine->set_full(true);
  peer.settle(got, Settlement::reject);
  core.settle();
  EXPECT_FALSE(core.broker->has_work());
  core.engine->set_full(false);
  core.settle();
  EXPECT_THAT(drained(peer, "dead"), ElementsAre("m"));
}

TEST_P(DeadLetters, AreInOneOfTheTwoQueuesAfterAnyPowerCut) {
  for (std::size_t kept = 0; kept < 12; ++kept) {
    CoreRig first(GetParam());
    Peer peer(first);
    peer.declare("dead");
    declare(peer, "q", "dead", {{"x-message-ttl", number(100)}});
    for (const char* body : {"1", "2", "3", "4"}) {
      publish_amqp(peer, {"", "q", body});
      first.settle();
    }
    peer.settle(next(peer, "q"), Settlement::reject);
    first.tick();
    if (kept % 2 != 0) {
      first.engine->roll();
      first.tick();
    }
    first.wait_ms(101);
    first.tick();
    first.commit(kept / 2);
    const auto second = first.restarted(kept % 3);
    Peer later(*second);
    second->wait_ms(101);
    second->settle();
    EXPECT_THAT(drained(later, "dead"), UnorderedElementsAre("1", "2", "3", "4")) << kept;
    EXPECT_THAT(drained(later, "q"), IsEmpty());
  }
}

// ---- the delivery limit ---------------------------------------------------------------------

TEST_P(DeadLetters, AreWhatFailedTooOften) {
  Peer peer(core);
  peer.declare("dead");
  declare(peer, "q", "dead", {{"x-delivery-limit", number(2)}});
  send(peer, {"", "q", "m"});
  for (std::uint32_t count = 0; count < 3; ++count) {
    const Delivery got = next(peer, "q");
    EXPECT_EQ(got.delivery_count, count);
    peer.settle(got, Settlement::requeue);
    core.settle();
    const Delivery again = next(peer, "q");
    EXPECT_EQ(again.delivery_count, count) << "handing it back is no failure";
    EXPECT_TRUE(again.redelivered);
    peer.settle(again, Settlement::failed);
    core.settle();
  }
  EXPECT_EQ(counts_of(peer, "q").ready, 0U);
  EXPECT_EQ(text_of(headers_of(next(peer, "dead")), "x-last-death-reason"), "delivery_limit");
}

TEST_P(DeadLetters, AreWhatASessionTookAwayTooOften) {
  Peer watcher(core);
  watcher.declare("dead");
  declare(watcher, "q", "dead", {{"x-delivery-limit", number(0)}});
  send(watcher, {"", "q", "m"});
  {
    Peer peer(core);
    next(peer, "q");
  }
  core.settle();
  EXPECT_THAT(drained(watcher, "q"), IsEmpty());
  EXPECT_THAT(drained(watcher, "dead"), ElementsAre("m"));
}

TEST_P(DeadLetters, AQuorumQueueGivesUpAfterTwentyFailures) {
  Peer peer(core);
  peer.get(queue_with("q", {{"x-queue-type", text("quorum")}})).value();
  peer.get(queue_with("patient",
                      {{"x-queue-type", text("quorum")}, {"x-delivery-limit", number(-1)}}))
      .value();
  for (const char* queue : {"q", "patient"}) {
    send(peer, {"", queue, "m"});
    for (int n = 0; n < 21; ++n) {
      peer.settle(next(peer, queue), Settlement::failed);
      core.settle();
    }
  }
  EXPECT_EQ(counts_of(peer, "q").ready, 0U);
  EXPECT_EQ(counts_of(peer, "patient").ready, 1U);
}

}  // namespace
}  // namespace rialto::test
