#include "tests/unit/core/broker/core_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto {
namespace {

using test::CoreRig;
using test::Peer;
using test::Ports;
using testing::ElementsAre;
using testing::IsEmpty;

class ATransaction : public testing::TestWithParam<Ports> {
 protected:
  ATransaction() {
    peer.declare("a");
    peer.declare("b");
  }
  static void put(Peer& peer, const std::string& queue, const std::string& body,
                  bool mandatory = false, const std::string& exchange = "") {
    const Bytes view = body;
    Publish message;
    message.publisher = PublisherId(1);
    message.exchange = exchange;
    message.routing_key = queue;
    message.mandatory = mandatory;
    message.in_transaction = true;
    message.record.body = {&view, 1};
    peer.port().publish(peer.id(), message);
  }
  static std::vector<std::string> bodies(CoreRig& core, const std::string& queue) {
    Peer reader(core);
    return test::drained(reader, queue);
  }
  static SettleRun run_of(const Delivery& d, Settlement how = Settlement::ack) {
    return {d.queue, d.partition, d.record.offset, d.record.offset, how};
  }
  CommitTransaction commit(std::vector<SettleRun> settlements = {}) {
    return {PublisherId(1), std::move(settlements)};
  }

  CoreRig core{GetParam()};
  Peer peer{core};
};

INSTANTIATE_TEST_SUITE_P(Over, ATransaction,
                         testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& with) { return name_of(with.param); });

TEST_P(ATransaction, ShowsNothingBeforeItsCommitAndEverythingAfter) {
  put(peer, "a", "1");
  put(peer, "b", "2");
  put(peer, "a", "3");
  core.settle();
  EXPECT_THAT(bodies(core, "a"), IsEmpty());
  ASSERT_TRUE(peer.get(commit()).has_value());
  EXPECT_THAT(bodies(core, "a"), ElementsAre("1", "3"));
  EXPECT_THAT(bodies(core, "b"), ElementsAre("2"));
  ASSERT_TRUE(peer.get(commit()).has_value()) << "an empty one is committed, too";
}

TEST_P(ATransaction, IsForgottenByARollbackAndByTheEndOfItsPublisher) {
  put(peer, "a", "1");
  peer.get(RollbackTransaction{PublisherId(1)}).value();
  put(peer, "a", "2");
  peer.port().end_publisher(peer.id(), PublisherId(1));
  ASSERT_TRUE(peer.get(commit()).has_value());
  EXPECT_THAT(bodies(core, "a"), IsEmpty());
}

TEST_P(ATransaction, IsAnsweredWhenItIsDurableAndNotBefore) {
  put(peer, "a", "1");
  const auto answer = peer.ask(commit());
  core.tick();
  EXPECT_FALSE(answer->has_value());
  core.settle();
  EXPECT_TRUE(answer->has_value());
}

TEST_P(ATransaction, SurvivesACrashWholeOrNotAtAll) {
  peer.publish("", "a", "to settle");
  const auto held = peer.get(test::get_of("a")).value().delivery;
  ASSERT_TRUE(held.has_value());
  // Several batches: more than one set would be needed if they were not one.
  const std::string large(300U << 10, 'x');
  for (int i = 0; i < 3; ++i) {
    put(peer, "b", large);
    put(peer, "a", "new");
  }
  const std::size_t before = core.engine->last_staged().get();
  const auto answer = peer.ask(commit({run_of(*held)}));
  core.tick();
  EXPECT_EQ(core.engine->last_staged().get(), before + 1) << "one write set";
  {
    const auto lost = core.restarted();
    EXPECT_THAT(bodies(*lost, "a"), ElementsAre("to settle"));
    EXPECT_THAT(bodies(*lost, "b"), IsEmpty());
  }
  core.settle();
  EXPECT_TRUE(answer->has_value());
  const auto kept = core.restarted();
  EXPECT_THAT(bodies(*kept, "a"), ElementsAre("new", "new", "new"));
  EXPECT_EQ(bodies(*kept, "b").size(), 3U);
}

TEST_P(ATransaction, RequeuesWhatItIsToldToAtTheCommit) {
  peer.publish("", "a", "1");
  const auto held = peer.get(test::get_of("a")).value().delivery;
  ASSERT_TRUE(peer.get(commit({run_of(*held, Settlement::requeue)})).has_value());
  EXPECT_THAT(bodies(core, "a"), ElementsAre("1"));
}

TEST_P(ATransaction, ReturnsAtTheCommitWhatNobodyWantsAndRefusesAtOnce) {
  put(peer, "nobody", "1", true);
  core.settle();
  EXPECT_THAT(peer.returns, IsEmpty());
  ASSERT_TRUE(peer.get(commit()).has_value());
  EXPECT_EQ(peer.returns.size(), 1U);
  put(peer, "k", "2", false, "no-such-exchange");
  core.settle();
  ASSERT_EQ(peer.refusals.size(), 1U);
  EXPECT_EQ(peer.refusals[0].result, Errc::not_found);
}

TEST_P(ATransaction, IsRoutedWhenItsMessagesCome) {
  peer.get(BindQueue{"a", "amq.direct", "k", {}}).value();
  put(peer, "k", "1", false, "amq.direct");
  peer.get(UnbindQueue{"a", "amq.direct", "k", {}}).value();
  peer.get(BindQueue{"b", "amq.direct", "k", {}}).value();
  ASSERT_TRUE(peer.get(commit()).has_value());
  EXPECT_THAT(bodies(core, "a"), ElementsAre("1"));
  EXPECT_THAT(bodies(core, "b"), IsEmpty());
}

TEST_P(ATransaction, TellsWhenAFullQueueHasRefusedAPart) {
  DeclareQueue full;
  full.name = "full";
  full.durable = true;
  full.arguments.set("x-max-length", FieldValue::integer(1));
  full.arguments.set("x-overflow", FieldValue::text("reject-publish"));
  peer.get(full).value();
  put(peer, "full", "1");
  put(peer, "full", "2");
  put(peer, "a", "3");
  const auto refused = peer.get(commit());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::policy_violation);
  EXPECT_EQ(refused.error().text, "partial tx completion");
  EXPECT_THAT(bodies(core, "full"), ElementsAre("1"));
  EXPECT_THAT(bodies(core, "a"), ElementsAre("3"));
  put(peer, "a", "4");
  EXPECT_TRUE(peer.get(commit()).has_value());
}

TEST_P(ATransaction, HasABoundThatHasAName) {
  const std::string large(1U << 20, 'x');
  for (std::size_t bytes = 0; bytes <= Transaction::bytes_max; bytes += large.size())
    put(peer, "a", large);
  core.settle();
  ASSERT_EQ(peer.refusals.size(), 1U);
  EXPECT_EQ(peer.refusals[0].result, Errc::too_large);
  EXPECT_EQ(peer.refusals[0].text, "the messages of a transaction exceed 16777216 bytes");
}

TEST_P(ATransaction, ForVolatileQueuesNeedsNoDisk) {
  peer.declare("v", false);
  put(peer, "v", "1");
  const auto answer = peer.ask(commit());
  core.tick();
  EXPECT_TRUE(answer->has_value());
  EXPECT_THAT(bodies(core, "v"), ElementsAre("1"));
}

class ADirectReply : public ATransaction {};

INSTANTIATE_TEST_SUITE_P(Over, ADirectReply,
                         testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& with) { return name_of(with.param); });

TEST_P(ADirectReply, ReachesWhoAskedAndNobodyElse) {
  Peer server(core, 1);
  const std::string address = peer.get(OpenReplies{ConsumerId(5)}).value().address;
  const std::string other = peer.get(OpenReplies{ConsumerId(6)}).value().address;
  EXPECT_NE(address, other);
  const std::uint64_t sent = server.publish("", address, "42", PublisherId(1), true);
  core.tick();
  ASSERT_EQ(peer.deliveries.size(), 1U) << "no disk in the way";
  EXPECT_EQ(peer.deliveries[0].consumer, ConsumerId(5));
  EXPECT_EQ(peer.deliveries[0].body, "42");
  EXPECT_TRUE(server.confirmed(sent));
  EXPECT_THAT(server.returns, IsEmpty());
}

TEST_P(ADirectReply, HasNowhereToGoWhenItsConsumerOrSessionHasEnded) {
  Peer server(core, 1);
  const std::string address = peer.get(OpenReplies{ConsumerId(5)}).value().address;
  EXPECT_TRUE(server.get(FindReplies{address}).has_value());
  peer.get(CancelConsumer{ConsumerId(5)}).value();
  EXPECT_EQ(server.get(FindReplies{address}).error().code, Errc::not_found);
  server.publish("", address, "late", PublisherId(1), true);
  core.settle();
  EXPECT_EQ(server.returns.size(), 1U);
  const std::string second = peer.get(OpenReplies{ConsumerId(6)}).value().address;
  peer.close();
  core.tick();
  EXPECT_EQ(server.get(FindReplies{second}).error().code, Errc::not_found);
}

TEST_P(ADirectReply, DoesNotPileUpBehindAPeerThatReadsNothing) {
  Peer server(core, 1);
  const std::string address = peer.get(OpenReplies{ConsumerId(5)}).value().address;
  const std::string large(1U << 20, 'x');
  for (int i = 0; i < 30; ++i)
    server.publish("", address, large, PublisherId(1), true);
  core.settle();
  EXPECT_LE(peer.deliveries.size(), 9U);
  EXPECT_EQ(peer.deliveries.size() + server.returns.size(), 30U);
}

}  // namespace
}  // namespace rialto
