#include "core/routing/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rialto {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ARouter : public testing::Test {
 protected:
  ARouter() {
    exchange(1, "d", ExchangeType::direct);
    exchange(2, "f", ExchangeType::fanout);
    exchange(3, "t", ExchangeType::topic);
    for (std::uint64_t q = 1; q <= 4; ++q)
      queue(q, "q" + std::to_string(q));
  }

  void exchange(std::uint64_t id, const std::string& name, ExchangeType type,
                const std::string& alternate = "") {
    ExchangeRecord r;
    r.id = ExchangeId(id);
    r.name = name;
    r.type = type;
    r.internal = name == "hidden";
    if (!alternate.empty()) {
      FieldTable arguments;
      arguments.set("alternate-exchange", FieldValue::text(alternate));
      r.arguments = stored_arguments(arguments);
    }
    router.add_exchange(r);
  }
  void queue(std::uint64_t id, const std::string& name) {
    QueueRecord r;
    r.id = QueueId(id);
    r.name = name;
    router.add_queue(r);
  }
  void bind(std::uint64_t id, std::uint64_t from, std::uint64_t to, const std::string& key) {
    router.add_binding({BindingId(id), ExchangeId(from), QueueId(to), ExchangeId(0), key, ""});
  }
  void bind_exchange(std::uint64_t id, std::uint64_t from, std::uint64_t to) {
    router.add_binding({BindingId(id), ExchangeId(from), QueueId(0), ExchangeId(to), "", ""});
  }
  std::vector<std::uint64_t> queues(Bytes exchange_name, Bytes key) {
    const Route route = router.route(exchange_name, key);
    std::vector<std::uint64_t> out;
    for (const Destination& d : route.destinations->list)
      out.push_back(d.queue.get());
    return out;
  }

  Router router;
};

TEST_F(ARouter, KnowsNoExchangeThatWasNotAdded) {
  EXPECT_EQ(router.route("x", "k").destinations, nullptr);
  router.remove_exchange(ExchangeId(1));
  EXPECT_EQ(router.route("d", "k").destinations, nullptr);
}

TEST_F(ARouter, RoutesByTheRuleOfEachType) {
  bind(1, 1, 1, "k");
  bind(2, 1, 2, "other");
  bind(3, 2, 2, "whatever");
  bind(4, 2, 1, "");
  bind(5, 3, 3, "a.*");
  bind(6, 3, 4, "#");
  EXPECT_THAT(queues("d", "k"), ElementsAre(1));
  EXPECT_THAT(queues("d", "K"), IsEmpty());
  EXPECT_THAT(queues("f", "k"), ElementsAre(1, 2));
  EXPECT_THAT(queues("t", "a.b"), ElementsAre(3, 4));
  EXPECT_THAT(queues("t", "a.b.c"), ElementsAre(4));
}

TEST_F(ARouter, GivesEachQueueOneCopyWhateverMatches) {
  bind(1, 3, 1, "a.*");
  bind(2, 3, 1, "#");
  EXPECT_THAT(queues("t", "a.b"), ElementsAre(1));
  router.remove_binding(BindingId(2));
  EXPECT_THAT(queues("t", "a.b"), ElementsAre(1));
  router.remove_binding(BindingId(1));
  EXPECT_THAT(queues("t", "a.b"), IsEmpty());
}

TEST_F(ARouter, TakesTheRoutingKeyForANameInTheDefaultExchange) {
  router.add_topic({TopicId(7), "/", "orders", QueueId(0), false, Keep::time_size, {}, {}});
  router.add_topic({TopicId(8), "/", "q1", QueueId(1), true, Keep::none, {}, {}});
  EXPECT_THAT(queues("", "q1"), ElementsAre(1)) << "the queue, not its topic";
  const DestinationSet* topic = router.route("", "orders").destinations;
  ASSERT_EQ(topic->list.size(), 1U);
  EXPECT_EQ(topic->list[0].topic, TopicId(7));
  EXPECT_TRUE(router.route("", "nobody").destinations->empty());
  router.remove_queue(QueueId(1));
  EXPECT_EQ(router.route("", "q1").destinations->list[0].topic, TopicId(8));
}

TEST_F(ARouter, FollowsExchangesBoundToExchangesOnce) {
  bind_exchange(1, 1, 2);
  router.remove_binding(BindingId(1));
  router.add_binding({BindingId(2), ExchangeId(1), QueueId(0), ExchangeId(2), "k", ""});
  bind_exchange(3, 2, 1);
  bind(4, 2, 4, "");
  EXPECT_THAT(queues("d", "k"), ElementsAre(4));
  EXPECT_THAT(queues("f", "k"), ElementsAre(4)) << "a circle ends";
}

TEST_F(ARouter, HasOneAddressForEqualSets) {
  bind(1, 2, 1, "");
  bind(2, 1, 1, "k");
  EXPECT_EQ(router.route("f", "any").destinations, router.route("d", "k").destinations);
  EXPECT_EQ(router.route("", "q1").destinations, router.route("d", "k").destinations);
}

TEST_F(ARouter, SeesEveryChangeAndKeepsOldSetsUntilSwept) {
  bind(1, 2, 1, "");
  const DestinationSet* before = router.route("f", "k").destinations;
  const std::uint64_t version = router.version();
  bind(2, 2, 2, "");
  EXPECT_GT(router.version(), version);
  EXPECT_EQ(before->list.size(), 1U);
  EXPECT_THAT(queues("f", "k"), ElementsAre(1, 2));
  router.sweep();
  EXPECT_THAT(queues("f", "k"), ElementsAre(1, 2));
}

TEST_F(ARouter, RemembersABoundedNumberOfRoutes) {
  bind(1, 2, 1, "");
  for (std::size_t i = 0; i < 3 * Router::cached_routes_max; ++i) {
    ASSERT_EQ(router.route("f", std::to_string(i)).destinations->list.size(), 1U);
    ASSERT_LE(router.cached_routes(), Router::cached_routes_max);
  }
}

TEST_F(ARouter, SendsToTheAlternateWhatNoBindingTakes) {
  exchange(10, "a", ExchangeType::direct, "f");
  bind(1, 10, 1, "k");
  bind(2, 2, 2, "");
  EXPECT_THAT(queues("a", "k"), ElementsAre(1));
  EXPECT_THAT(queues("a", "other"), ElementsAre(2));
  exchange(11, "missing", ExchangeType::direct, "nobody");
  EXPECT_THAT(queues("missing", "k"), IsEmpty());
  exchange(12, "chain", ExchangeType::direct, "a");
  EXPECT_THAT(queues("chain", "other"), ElementsAre(2)) << "an alternate has its own";
  exchange(13, "round", ExchangeType::direct, "round");
  EXPECT_THAT(queues("round", "k"), IsEmpty()) << "a circle ends";
  bind_exchange(3, 12, 1);
  EXPECT_THAT(queues("chain", ""), IsEmpty()) << "a binding to an exchange takes it, too";
}

TEST_F(ARouter, SendsNothingToTheDefaultExchangeAsAnAlternate) {
  exchange(9, "", ExchangeType::direct);
  ExchangeRecord r;
  r.id = ExchangeId(11);
  r.name = "b";
  FieldTable arguments;
  arguments.set("alternate-exchange", FieldValue::text(""));
  r.arguments = stored_arguments(arguments);
  router.add_exchange(r);
  EXPECT_THAT(queues("b", "q3"), IsEmpty());
}

TEST_F(ARouter, TakesEveryKeyOfAMessage) {
  bind(1, 1, 1, "k");
  bind(2, 1, 2, "other");
  exchange(10, "a", ExchangeType::direct, "f");
  bind(3, 10, 4, "there");
  bind(4, 2, 3, "");
  const auto of = [&](Bytes name, std::vector<Bytes> keys) {
    std::vector<std::uint64_t> out;
    for (const Destination& d : router.route(name, RoutedMessage{keys, nullptr}).destinations->list)
      out.push_back(d.queue.get());
    return out;
  };
  EXPECT_THAT(of("d", {"k", "other", "k"}), ElementsAre(1, 2));
  EXPECT_THAT(of("", {"q2", "nobody", "q4"}), ElementsAre(2, 4));
  EXPECT_THAT(of("a", {"nobody", "there"}), ElementsAre(4)) << "no alternate: one key was taken";
}

TEST_F(ARouter, AsksForHeadersOnlyWhenTheyMatter) {
  exchange(10, "h", ExchangeType::headers);
  FieldTable wanted;
  wanted.set("colour", FieldValue::text("red"));
  router.add_binding(
      {BindingId(1), ExchangeId(10), QueueId(1), ExchangeId(0), "", stored_arguments(wanted)});
  bind_exchange(2, 2, 10);
  bind(3, 1, 2, "k");
  EXPECT_TRUE(router.route("h", "k").by_headers);
  EXPECT_TRUE(router.route("f", "k").by_headers) << "behind another exchange, too";
  EXPECT_TRUE(router.route("f", "k").destinations->empty());
  EXPECT_FALSE(router.route("d", "k").by_headers);
  const Bytes key = "k";
  const Route route = router.route("f", RoutedMessage{{&key, 1}, &wanted});
  EXPECT_FALSE(route.by_headers);
  EXPECT_EQ(route.destinations->list.size(), 1U);
  router.remove_binding(BindingId(1));
  EXPECT_TRUE(router.route("f", RoutedMessage{{&key, 1}, &wanted}).destinations->empty());
}

TEST_F(ARouter, TellsInternalExchanges) {
  exchange(9, "hidden", ExchangeType::fanout);
  EXPECT_TRUE(router.route("hidden", "").internal);
  EXPECT_FALSE(router.route("f", "").internal);
}

}  // namespace
}  // namespace rialto
