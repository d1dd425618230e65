#include "tests/unit/core/broker/core_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto {
namespace {

using test::CoreRig;
using test::Peer;
using test::Ports;

class Vhosts : public testing::TestWithParam<Ports> {
 protected:
  static std::string got(Peer& peer, const std::string& queue) {
    const auto answer = peer.get(test::get_of(queue, true)).value();
    return answer.delivery ? Peer::body_of(*answer.delivery) : "nothing";
  }
  Peer in(const std::string& vhost) { return Peer(core, 0, Protocol::amqp, vhost); }

  CoreRig core{GetParam()};
  Peer root{core};
};

INSTANTIATE_TEST_SUITE_P(Over, Vhosts, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& with) { return name_of(with.param); });

TEST_P(Vhosts, HaveNamesOfTheirOwnAndThePredeclaredExchanges) {
  EXPECT_TRUE(root.get(PutVhost{"orders", "for orders", "a,b"}).value().created);
  EXPECT_FALSE(root.get(PutVhost{"orders", "other words", ""}).value().created);
  EXPECT_EQ(root.get(FindVhost{"orders"}).value().description, "other words");
  Peer other = in("orders");
  root.declare("q");
  other.declare("q");
  other.get(BindQueue{"q", "amq.topic", "#", {}}).value();
  other.publish("", "q", "in orders");
  other.publish("amq.topic", "k", "by topic");
  root.publish("amq.topic", "k", "in the root");
  core.settle();
  EXPECT_EQ(got(root, "q"), "nothing");
  EXPECT_EQ(got(other, "q"), "in orders");
  EXPECT_EQ(got(other, "q"), "by topic");
  EXPECT_EQ(root.get(ListVhosts()).value().size(), 2U);
}

TEST_P(Vhosts, AreThereAfterARestartWithAllThatIsInThem) {
  root.get(PutVhost{"orders", "", ""}).value();
  {
    Peer other = in("orders");
    other.declare("q");
    other.publish("", "q", "kept");
    core.settle();
  }
  const auto again = core.restarted();
  Peer other(*again, 0, Protocol::amqp, "orders");
  EXPECT_TRUE(other.get(FindVhost{"orders"}).has_value());
  EXPECT_EQ(got(other, "q"), "kept");
  EXPECT_EQ(got(other, "q"), "nothing");
}

TEST_P(Vhosts, GoWithAllThatIsInThemOnceNobodyIsThere) {
  root.get(PutVhost{"orders", "", ""}).value();
  {
    Peer other = in("orders");
    other.declare("q");
    other.get(BindQueue{"q", "amq.direct", "k", {}}).value();
    EXPECT_EQ(root.get(DeleteVhost{"orders"}).error().code, Errc::in_use);
  }
  EXPECT_TRUE(root.get(DeleteVhost{"orders"}).has_value());
  EXPECT_EQ(root.get(FindVhost{"orders"}).error().code, Errc::not_found);
  EXPECT_EQ(root.get(DeleteVhost{"orders"}).error().code, Errc::not_found);
  EXPECT_EQ(root.get(DeleteVhost{"/"}).error().code, Errc::access_denied);
  root.get(PutVhost{"orders", "", ""}).value();
  Peer other = in("orders");
  EXPECT_EQ(other.get(test::passive_of("q")).error().code, Errc::not_found);
  const auto again = core.restarted();
  Peer late(*again, 0, Protocol::amqp, "orders");
  EXPECT_EQ(late.get(test::passive_of("q")).error().code, Errc::not_found);
}

}  // namespace
}  // namespace rialto
