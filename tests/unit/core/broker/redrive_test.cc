#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Redrive : public testing::TestWithParam<Ports> {
 protected:
  void declare(Peer& peer, const std::string& name) {
    peer.get(queue_with(name, {{"x-dead-letter-exchange", text("")},
                               {"x-dead-letter-routing-key", text("dead")}}))
        .value();
  }
  /// Publishes and rejects it: it is in "dead" then.
  void kill(Peer& peer, const std::string& queue, const std::string& body) {
    publish_amqp(peer, {"", queue, body});
    core->settle();
    peer.settle(*peer.get(get_of(queue)).value().delivery, Settlement::reject);
    core->settle();
  }
  std::vector<std::string> browsed(Peer& peer, const std::string& queue) {
    std::vector<std::string> out;
    BrowseQueue what;
    what.queue = queue;
    for (const BrowsedMessage& m : peer.get(what).value().messages)
      out.push_back(std::string(view_of(m.record).value().value.value_or(Bytes())));
    return out;
  }
  static RedriveMessages all_of(const std::string& queue) {
    RedriveMessages what;
    what.queue = queue;
    return what;
  }

  std::unique_ptr<CoreRig> core = std::make_unique<CoreRig>(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Ports, Redrive, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(Redrive, BrowsingTakesNothingAndGoesOnWhereItEnded) {
  Peer peer(*core);
  peer.declare("q");
  for (const char* body : {"a", "b", "c"})
    publish_amqp(peer, {"", "q", body});
  BrowseQueue what;
  what.queue = "q";
  what.max = 2;
  const BrowseQueue::Answer first = peer.get(what).value();
  ASSERT_THAT(first.messages, SizeIs(2));
  ASSERT_TRUE(first.next);
  what.from = *first.next;
  const BrowseQueue::Answer second = peer.get(what).value();
  ASSERT_THAT(second.messages, SizeIs(1));
  EXPECT_FALSE(second.next);
  EXPECT_EQ(counts_of(peer, "q").ready, 3U);
  const auto got = peer.get(get_of("q")).value().delivery;
  EXPECT_FALSE(got->redelivered) << "a look is no delivery";
  EXPECT_THAT(browsed(peer, "q"), ElementsAre("b", "c")) << "what is out is not shown";
}

TEST_P(Redrive, BrowsingFindsMessagesByAHeader) {
  Peer peer(*core);
  peer.declare("dead");
  declare(peer, "q");
  declare(peer, "r");
  kill(peer, "q", "a");
  kill(peer, "r", "b");
  kill(peer, "q", "c");
  BrowseQueue what;
  what.queue = "dead";
  what.where = {{"x-last-death-queue", "q"}, {"x-last-death-reason", "rejected"}};
  EXPECT_THAT(peer.get(what).value().messages, SizeIs(2));
}

TEST_P(Redrive, TakesEachLetterToTheQueueWhereItDied) {
  Peer peer(*core);
  peer.declare("dead");
  declare(peer, "q");
  declare(peer, "r");
  kill(peer, "q", "of q");
  kill(peer, "r", "of r");
  publish_amqp(peer, {"", "dead", "never died"});
  const RedriveMessages::Answer answer = peer.get(all_of("dead")).value();
  EXPECT_EQ(answer.moved, 2U);
  EXPECT_EQ(answer.stayed, 1U);
  EXPECT_THAT(browsed(peer, "q"), ElementsAre("of q"));
  EXPECT_THAT(browsed(peer, "r"), ElementsAre("of r"));
  EXPECT_THAT(browsed(peer, "dead"), ElementsAre("never died"));
}

TEST_P(Redrive, OnlyCountsWhenItIsADryRun) {
  Peer peer(*core);
  peer.declare("dead");
  declare(peer, "q");
  kill(peer, "q", "a");
  RedriveMessages what = all_of("dead");
  what.dry_run = true;
  EXPECT_EQ(peer.get(what).value().moved, 1U);
  EXPECT_THAT(browsed(peer, "dead"), ElementsAre("a"));
}

TEST_P(Redrive, OfChosenMessagesLeavesTheOthers) {
  Peer peer(*core);
  peer.declare("dead");
  declare(peer, "q");
  for (const char* body : {"a", "b", "c"})
    kill(peer, "q", body);
  RedriveMessages what = all_of("dead");
  what.chosen = {{PartitionIndex(0), Offset(1)},
                 {PartitionIndex(0), Offset(77)},
                 {PartitionIndex(5), Offset(0)}};
  const RedriveMessages::Answer answer = peer.get(what).value();
  EXPECT_EQ(answer.moved, 1U);
  EXPECT_EQ(answer.stayed, 2U);
  EXPECT_THAT(browsed(peer, "q"), ElementsAre("b"));
  EXPECT_THAT(browsed(peer, "dead"), ElementsAre("a", "c"));
}

TEST_P(Redrive, ToANamedQueueTakesWhatNeverDiedToo) {
  Peer peer(*core);
  peer.declare("from");
  peer.declare("to");
  publish_amqp(peer, {"", "from", "a"});
  RedriveMessages what = all_of("from");
  what.to = "to";
  EXPECT_EQ(peer.get(what).value().moved, 1U);
  EXPECT_THAT(browsed(peer, "to"), ElementsAre("a"));
  what.to = "nowhere";
  EXPECT_EQ(peer.get(what).error().code, Errc::not_found);
  what.to = "from";
  EXPECT_EQ(peer.get(what).error().code, Errc::invalid_argument);
}

TEST_P(Redrive, KeepsToItsRate) {
  Peer peer(*core);
  peer.declare("from");
  peer.declare("to");
  for (const char* body : {"a", "b", "c"})
    publish_amqp(peer, {"", "from", body});
  RedriveMessages what = all_of("from");
  what.to = "to";
  what.rate = 10;
  auto answer = peer.ask(what);
  core->settle();
  EXPECT_THAT(browsed(peer, "to"), ElementsAre("a"));
  core->wait_ms(99);
  core->settle();
  EXPECT_THAT(browsed(peer, "to"), ElementsAre("a"));
  core->wait_ms(1);
  core->settle();
  EXPECT_THAT(browsed(peer, "to"), ElementsAre("a", "b"));
  EXPECT_FALSE(*answer);
  core->wait_ms(100);
  core->settle();
  ASSERT_TRUE(*answer);
  EXPECT_EQ((**answer)->moved, 3U);
}

TEST_P(Redrive, StopsWhenNobodyWaitsForItAnyMore) {
  Peer owner(*core);
  owner.declare("from");
  owner.declare("to");
  for (const char* body : {"a", "b", "c"})
    publish_amqp(owner, {"", "from", body});
  {
    Peer peer(*core, 1);
    RedriveMessages what = all_of("from");
    what.to = "to";
    what.rate = 10;
    peer.ask(what);
    core->settle();
  }
  core->settle();
  core->wait_ms(1000);
  core->settle();
  EXPECT_THAT(browsed(owner, "to"), ElementsAre("a"));
}

TEST_P(Redrive, IsInOneOfBothQueuesAfterAnyPowerCut) {
  Peer peer(*core);
  peer.declare("from");
  peer.declare("to");
  for (int i = 0; i < 20; ++i)
    publish_amqp(peer, {"", "from", std::to_string(i)});
  core->settle();
  RedriveMessages what = all_of("from");
  what.to = "to";
  peer.ask(what);
  core->tick();
  for (std::size_t extra = 0; extra < 3; ++extra) {
    auto again = core->restarted(extra);
    Peer after(*again);
    BrowseQueue look;
    look.queue = "from";
    const auto left = after.get(look).value().messages.size();
    look.queue = "to";
    EXPECT_EQ(left + after.get(look).value().messages.size(), 20U);
  }
}

}  // namespace
}  // namespace rialto::test
