#include "tests/unit/core/broker/core_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto {
namespace {

using test::CoreRig;
using test::Peer;
using test::Ports;
using testing::ElementsAre;

class Exchanges : public testing::TestWithParam<Ports> {
 protected:
  static DeclareExchange exchange(std::string name, std::string type) {
    DeclareExchange what;
    what.name = std::move(name);
    what.type = std::move(type);
    what.durable = true;
    return what;
  }
  static BindQueue binding(std::string exchange, std::string queue, std::string key = "") {
    return {std::move(queue), std::move(exchange), std::move(key), {}};
  }
  static std::string got(Peer& peer, const std::string& queue) {
    const auto answer = peer.get(test::get_of(queue, true)).value();
    return answer.delivery ? Peer::body_of(*answer.delivery) : "nothing";
  }
  static void publish_with(Peer& peer, const std::string& exchange, const std::string& key,
                           const std::string& body, const FieldTable& headers,
                           std::vector<Bytes> more_keys = {}) {
    const std::string table = stored_arguments(headers);
    const Bytes view = body;
    Publish message;
    message.publisher = PublisherId(1);
    message.exchange = exchange;
    message.routing_key = key;
    message.record.body = {&view, 1};
    message.headers = Bytes(table).substr(4);
    message.more_keys = more_keys;
    peer.port().publish(peer.id(), message);
  }
};

INSTANTIATE_TEST_SUITE_P(Over, Exchanges, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& with) { return name_of(with.param); });

TEST_P(Exchanges, HeadersDecideAndAreThereAfterARestart) {
  CoreRig core(GetParam());
  FieldTable red;
  red.set("colour", FieldValue::text("red"));
  {
    Peer peer(core);
    peer.declare("q");
    peer.get(exchange("h", "headers")).value();
    BindQueue by_colour = binding("h", "q");
    by_colour.arguments = red;
    peer.get(by_colour).value();
    publish_with(peer, "h", "k", "before", red);
    publish_with(peer, "h", "k", "without", {});
    EXPECT_EQ(got(peer, "q"), "before");
    EXPECT_EQ(got(peer, "q"), "nothing");
  }
  core.settle();
  const auto again = core.restarted();
  Peer peer(*again);
  publish_with(peer, "h", "k", "after", red);
  EXPECT_EQ(got(peer, "q"), "after");
}

TEST_P(Exchanges, ChainsAndAlternatesAreThereAfterARestart) {
  CoreRig core(GetParam());
  {
    Peer peer(core);
    peer.declare("q");
    peer.declare("rest");
    DeclareExchange first = exchange("first", "direct");
    first.arguments.set("alternate-exchange", FieldValue::text("others"));
    peer.get(first).value();
    peer.get(exchange("second", "fanout")).value();
    peer.get(exchange("others", "fanout")).value();
    peer.get(BindExchange{"second", "first", "k", {}}).value();
    peer.get(binding("second", "q")).value();
    peer.get(binding("others", "rest")).value();
  }
  const auto again = core.restarted();
  Peer peer(*again);
  peer.publish("first", "k", "through two");
  peer.publish("first", "other", "left over");
  EXPECT_EQ(got(peer, "q"), "through two");
  EXPECT_EQ(got(peer, "rest"), "left over");
  peer.get(UnbindExchange{"second", "first", "k", {}}).value();
  peer.publish("first", "k", "no way");
  EXPECT_EQ(got(peer, "rest"), "no way");
}

TEST_P(Exchanges, CopiesGoToEveryKeyAndOnceToAQueue) {
  CoreRig core(GetParam());
  Peer peer(core);
  for (const char* queue : {"one", "two", "three"})
    peer.declare(queue);
  publish_with(peer, "", "one", "copies", {}, {"two", "one", "nobody"});
  for (const char* queue : {"one", "two"}) {
    EXPECT_EQ(got(peer, queue), "copies");
    EXPECT_EQ(got(peer, queue), "nothing");
  }
  EXPECT_EQ(got(peer, "three"), "nothing");
}

TEST_P(Exchanges, AnAutoDeleteExchangeIsGoneForGoodWithItsLastBinding) {
  CoreRig core(GetParam());
  {
    Peer peer(core);
    peer.declare("q");
    DeclareExchange what = exchange("x", "fanout");
    what.auto_delete = true;
    peer.get(what).value();
    peer.get(binding("x", "q")).value();
    peer.get(UnbindQueue{"q", "x", "", {}}).value();
  }
  const auto again = core.restarted();
  Peer peer(*again);
  DeclareExchange passive = exchange("x", "fanout");
  passive.passive = true;
  EXPECT_EQ(peer.get(passive).error().code, Errc::not_found);
}

}  // namespace
}  // namespace rialto
