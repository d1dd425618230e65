// Who is connected, and what their channels and consumers do.
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

class Connections : public testing::TestWithParam<Ports> {
 protected:
  static void introduce(Peer& peer, const std::string& address) {
    NoteConnection what;
    what.facts.peer_address = address;
    what.facts.local_address = "127.0.0.1:5672";
    peer.get(what).value();
  }

  CoreRig core{GetParam()};
  Peer asker{core, 1, Protocol::http};
  Peer peer{core};
};

INSTANTIATE_TEST_SUITE_P(Over, Connections, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& with) { return name_of(with.param); });

TEST_P(Connections, AreListedOnceTheyHaveToldTheirFacts) {
  EXPECT_THAT(asker.get(ListConnections()).value(), IsEmpty());
  introduce(peer, "10.0.0.1:4000");
  const auto all = asker.get(ListConnections()).value();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].facts.name(), "10.0.0.1:4000 -> 127.0.0.1:5672");
  EXPECT_EQ(all[0].user, "guest");
  peer.close();
  EXPECT_THAT(asker.get(ListConnections()).value(), IsEmpty());
}

TEST_P(Connections, HaveChannelsWithConsumersAndWhatTheyHold) {
  introduce(peer, "10.0.0.1:4000");
  peer.get(NoteChannel{7, true}).value();
  peer.get(NoteChannel{8, true}).value();
  peer.get(NoteChannel{8, false}).value();
  peer.declare("q");
  peer.publish("", "q", "1");
  Consume what;
  what.queue = "q";
  what.consumer = ConsumerId((1ULL << 17) | 7);
  what.prefetch = 5;
  what.tag = "tag";
  peer.get(what).value();
  core.settle();
  const auto channels = asker.get(ListChannels()).value();
  ASSERT_EQ(channels.size(), 1U);
  EXPECT_EQ(channels[0].number, 7);
  EXPECT_EQ(channels[0].consumers, 1U);
  EXPECT_EQ(channels[0].unacked, 1U);
  EXPECT_EQ(channels[0].connection.channels, 1U);
  const auto consumers = asker.get(ListConsumers()).value();
  ASSERT_EQ(consumers.size(), 1U);
  EXPECT_EQ(consumers[0].tag, "tag");
  EXPECT_EQ(consumers[0].queue, "q");
  EXPECT_EQ(consumers[0].channel, 7);
  EXPECT_EQ(consumers[0].prefetch, 5U);
  peer.get(CancelConsumer{what.consumer}).value();
  EXPECT_THAT(asker.get(ListConsumers()).value(), IsEmpty());
}

TEST_P(Connections, AreToldToEndByName) {
  introduce(peer, "10.0.0.1:4000");
  EXPECT_EQ(asker.get(CloseConnection{"10.0.0.1:4001 -> 127.0.0.1:5672", "because"}).error().code,
            Errc::not_found);
  asker.get(CloseConnection{"10.0.0.1:4000 -> 127.0.0.1:5672", "because"}).value();
  EXPECT_THAT(peer.ended, ElementsAre("because"));
  EXPECT_THAT(asker.ended, IsEmpty());
}

TEST_P(Connections, SeeTheBindingsAndNamesOfEveryVhostWhenTheyAsk) {
  asker.get(PutVhost{"other", "", ""}).value();
  Peer there(core, 0, Protocol::amqp, "other");
  there.declare("q");
  peer.declare("p");
  const auto queues = asker.get(ListQueues{true}).value();
  ASSERT_EQ(queues.size(), 2U);
  EXPECT_EQ(queues[0].vhost, "/");
  EXPECT_EQ(queues[1].vhost, "other");
  EXPECT_EQ(asker.get(ListQueues()).value().size(), 1U);
  const auto bindings = asker.get(ListEveryBinding{true}).value();
  ASSERT_EQ(bindings.size(), 2U);
  EXPECT_EQ(bindings[0].source, "");
  EXPECT_EQ(bindings[0].routing_key, bindings[0].destination);
  EXPECT_EQ(asker.get(ListEveryBinding()).value().size(), 1U);
  EXPECT_EQ(asker.get(ListExchanges{true}).value().size(),
            2 * asker.get(ListExchanges()).value().size());
}

}  // namespace
}  // namespace rialto
