#include "tests/unit/core/catalog/catalog_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto {
namespace {

class DeclaringAnExchange : public CatalogFixture {};

TEST_F(DeclaringAnExchange, FindsThePredeclaredOnes) {
  for (const char* name : {"", "amq.direct", "amq.fanout", "amq.topic", "amq.headers", "amq.match",
                           "amq.rabbitmq.trace"}) {
    EXPECT_NE(catalog.exchange("/", name), nullptr) << name;
  }
  EXPECT_TRUE(is_no_op(effect(decide_declare_exchange(catalog, exchange("amq.topic", "topic")))));
}

TEST_F(DeclaringAnExchange, AgainAndEqualIsNothing) {
  catalog.apply(effect(decide_declare_exchange(catalog, exchange("x", "topic"))));
  EXPECT_TRUE(is_no_op(effect(decide_declare_exchange(catalog, exchange("x", "topic")))));
  auto ignored = exchange("x", "topic");
  ignored.arguments.set("anything", FieldValue::integer(1));
  EXPECT_TRUE(is_no_op(effect(decide_declare_exchange(catalog, ignored))));
}

TEST_F(DeclaringAnExchange, OtherwiseSaysWhatDiffersInRabbitMqsWords) {
  catalog.apply(effect(decide_declare_exchange(catalog, exchange("x", "direct"))));
  expect_refusal(decide_declare_exchange(catalog, exchange("x", "fanout")), Errc::not_equivalent,
                 "inequivalent arg 'type' for exchange 'x' in vhost '/': received 'fanout' but "
                 "current is 'direct'");
  auto other = exchange("x", "direct");
  other.durable = false;
  expect_refusal(decide_declare_exchange(catalog, other), Errc::not_equivalent, "arg 'durable'");
  other = exchange("x", "direct");
  other.internal = true;
  expect_refusal(decide_declare_exchange(catalog, other), Errc::not_equivalent, "arg 'internal'");
  other = exchange("x", "direct");
  other.arguments.set("alternate-exchange", FieldValue::text("y"));
  expect_refusal(decide_declare_exchange(catalog, other), Errc::not_equivalent,
                 "arg 'alternate-exchange' for exchange 'x' in vhost '/': received the value 'y' "
                 "of type 'longstr' but current is none");
}

TEST_F(DeclaringAnExchange, RefusesWhatIsReservedUnknownOrLacking) {
  expect_refusal(decide_declare_exchange(catalog, exchange("", "direct")), Errc::access_denied,
                 "default exchange");
  expect_refusal(decide_declare_exchange(catalog, exchange("amq.mine", "direct")),
                 Errc::access_denied, "reserved prefix 'amq.*'");
  expect_refusal(decide_declare_exchange(catalog, exchange("x", "ring")), Errc::invalid_argument,
                 "unknown exchange type 'ring'");
  auto alternate = exchange("x", "direct");
  alternate.arguments.set("alternate-exchange", FieldValue::integer(1));
  expect_refusal(decide_declare_exchange(catalog, alternate), Errc::invalid_argument,
                 "invalid type 'long' for arg 'alternate-exchange' in exchange 'x' in vhost '/'");
  auto passive = exchange("x", "");
  passive.passive = true;
  expect_refusal(decide_declare_exchange(catalog, passive), Errc::not_found,
                 "no exchange 'x' in vhost '/'");
}

class DeletingAnExchange : public CatalogFixture {};

TEST_F(DeletingAnExchange, TakesItsBindingsAlong) {
  declare("q");
  declare_exchange("x", false);
  bind("x", "q", "k");
  expect_refusal(decide_delete_exchange(catalog, {"/", "x", true}), Errc::in_use,
                 "exchange 'x' in vhost '/' in use");
  catalog.apply(effect(decide_delete_exchange(catalog, {"/", "x", false})));
  EXPECT_TRUE(catalog.bindings().empty());
  EXPECT_TRUE(is_no_op(effect(decide_delete_exchange(catalog, {"/", "x", false}))));
}

TEST_F(DeletingAnExchange, SparesTheServersOwn) {
  expect_refusal(decide_delete_exchange(catalog, {"/", "amq.direct", false}), Errc::access_denied,
                 "deletion of system exchange 'amq.direct' in vhost '/' not allowed");
  expect_refusal(decide_delete_exchange(catalog, {"/", "", false}), Errc::access_denied, "default");
}

class Binding : public CatalogFixture {};

TEST_F(Binding, TwiceIsOnce) {
  declare("q");
  bind("amq.direct", "q", "k");
  EXPECT_TRUE(is_no_op(effect(decide_bind(catalog, binding("amq.direct", "q", "k")))));
  auto with_arguments = binding("amq.direct", "q", "k");
  with_arguments.arguments.set("a", FieldValue::integer(1));
  EXPECT_FALSE(is_no_op(effect(decide_bind(catalog, with_arguments))));
}

TEST_F(Binding, NeedsBothEnds) {
  declare("q");
  expect_refusal(decide_bind(catalog, binding("x", "nobody", "k")), Errc::not_found,
                 "no exchange 'x' in vhost '/'");
  expect_refusal(decide_bind(catalog, binding("amq.direct", "nobody", "k")), Errc::not_found,
                 "no queue 'nobody' in vhost '/'");
  expect_refusal(decide_bind(catalog, binding("", "q", "k")), Errc::access_denied, "default");
}

TEST_F(Binding, ToAHeadersExchangeNeedsAMatchThatIsKnown) {
  declare("q");
  auto wanted = binding("amq.match", "q", "");
  for (const char* how : {"all", "any", "all-with-x", "any-with-x"}) {
    wanted.arguments.set("x-match", FieldValue::text(how));
    EXPECT_TRUE(decide_bind(catalog, wanted).has_value()) << how;
  }
  wanted.arguments.set("x-match", FieldValue::text("some"));
  expect_refusal(decide_bind(catalog, wanted), Errc::invalid_argument,
                 "Invalid x-match field value <<\"some\">>; expected all, any, all-with-x, or "
                 "any-with-x");
  wanted.arguments.set("x-match", FieldValue::integer(3));
  expect_refusal(decide_bind(catalog, wanted), Errc::invalid_argument,
                 "Invalid x-match field type long (value 3); expected longstr");
  wanted.exchange = "amq.direct";
  EXPECT_TRUE(decide_bind(catalog, wanted).has_value()) << "elsewhere it means nothing";
}

TEST_F(Binding, ToAConsistentHashExchangeHasAWeightForAKey) {
  declare("q");
  catalog.apply(effect(decide_declare_exchange(catalog, exchange("h", "x-consistent-hash"))));
  EXPECT_TRUE(decide_bind(catalog, binding("h", "q", "10")).has_value());
  for (const char* bad : {"", "k", "-", "1-1", "99999999999"}) {
    expect_refusal(decide_bind(catalog, binding("h", "q", bad)), Errc::invalid_argument,
                   "The binding key must be an integer");
  }
  for (const char* none : {"0", "00", "-1"}) {
    expect_refusal(decide_bind(catalog, binding("h", "q", none)), Errc::invalid_argument,
                   "The binding key must be greater than 0");
  }
  auto by_property = exchange("p", "x-consistent-hash");
  by_property.arguments.set("hash-property", FieldValue::text("message_id"));
  expect_refusal(decide_declare_exchange(catalog, by_property), Errc::not_supported,
                 "hash-property");
  by_property.arguments.set("hash-header", FieldValue::text("h"));
  expect_refusal(decide_declare_exchange(catalog, by_property), Errc::invalid_argument,
                 "exclude each other");
}

TEST_F(Binding, ComparesArgumentsInAnyOrder) {
  declare("q");
  auto one = binding("amq.match", "q", "");
  one.arguments.set("a", FieldValue::integer(1));
  one.arguments.set("b", FieldValue::integer(2));
  catalog.apply(effect(decide_bind(catalog, one)));
  auto other = binding("amq.match", "q", "");
  other.arguments.set("b", FieldValue::integer(2));
  other.arguments.set("a", FieldValue::integer(1));
  EXPECT_TRUE(is_no_op(effect(decide_bind(catalog, other))));
  catalog.apply(effect(decide_unbind(catalog, other)));
  EXPECT_TRUE(catalog.bindings().empty());
}

class BindingExchanges : public CatalogFixture {
 protected:
  static BindingChange between(const std::string& source, const std::string& destination) {
    BindingChange out = binding(source, destination, "k");
    out.to_exchange = true;
    return out;
  }
  void connect(const std::string& source, const std::string& destination) {
    catalog.apply(effect(decide_bind(catalog, between(source, destination))));
  }
};

TEST_F(BindingExchanges, NeedsBothAndNeverTheDefaultOne) {
  declare_exchange("x", false);
  declare("q");
  expect_refusal(decide_bind(catalog, between("", "x")), Errc::access_denied, "default exchange");
  expect_refusal(decide_bind(catalog, between("x", "")), Errc::access_denied, "default exchange");
  expect_refusal(decide_bind(catalog, between("none", "x")), Errc::not_found,
                 "no exchange 'none' in vhost '/'");
  expect_refusal(decide_bind(catalog, between("x", "q")), Errc::not_found,
                 "no exchange 'q' in vhost '/'");
}

TEST_F(BindingExchanges, TwiceIsOnceAndSurvivesOnlyBetweenDurableOnes) {
  declare_exchange("a", false);
  declare_exchange("b", false);
  connect("a", "b");
  EXPECT_TRUE(is_no_op(effect(decide_bind(catalog, between("a", "b")))));
  EXPECT_FALSE(is_no_op(effect(decide_bind(catalog, between("b", "a")))));
  auto transient = exchange("t", "fanout");
  transient.durable = false;
  catalog.apply(effect(decide_declare_exchange(catalog, transient)));
  EXPECT_FALSE(needs_journal(effect(decide_bind(catalog, between("a", "t")))));
  EXPECT_FALSE(needs_journal(effect(decide_bind(catalog, between("t", "a")))));
  EXPECT_TRUE(needs_journal(effect(decide_bind(catalog, between("b", "a")))));
}

TEST_F(BindingExchanges, GoWithEitherEnd) {
  declare_exchange("a", false);
  declare_exchange("b", false);
  declare_exchange("c", false);
  connect("a", "b");
  connect("b", "c");
  catalog.apply(effect(decide_delete_exchange(catalog, {"/", "b", false})));
  EXPECT_TRUE(catalog.bindings().empty());
}

TEST_F(BindingExchanges, TakeAChainOfAutoDeleteExchangesAlong) {
  declare("q");
  declare_exchange("a", true);
  declare_exchange("b", true);
  declare_exchange("stays", false);
  connect("stays", "a");
  connect("a", "b");
  bind("b", "q", "k");
  catalog.apply(effect(decide_delete_queue(catalog, deletion("q"))));
  EXPECT_EQ(catalog.exchange("/", "a"), nullptr);
  EXPECT_EQ(catalog.exchange("/", "b"), nullptr);
  EXPECT_NE(catalog.exchange("/", "stays"), nullptr);
  EXPECT_TRUE(catalog.bindings().empty());
}

TEST_F(BindingExchanges, InACircleGoOnce) {
  declare_exchange("a", true);
  declare_exchange("b", true);
  connect("a", "b");
  connect("b", "a");
  const CatalogFrame gone = effect(decide_delete_exchange(catalog, {"/", "a", false}));
  EXPECT_EQ(gone.removed_exchanges.size(), 2U);
  EXPECT_EQ(gone.removed_bindings.size(), 2U);
  catalog.apply(gone);
  EXPECT_TRUE(catalog.bindings().empty());
}

TEST_F(Binding, IsAsLastingAsTheLessLastingEnd) {
  declare("q");
  auto transient = exchange("x", "fanout");
  transient.durable = false;
  catalog.apply(effect(decide_declare_exchange(catalog, transient)));
  EXPECT_FALSE(needs_journal(effect(decide_bind(catalog, binding("x", "q", "")))));
  EXPECT_TRUE(needs_journal(effect(decide_bind(catalog, binding("amq.fanout", "q", "")))));
  auto exclusive = durable("e");
  exclusive.exclusive = true;
  catalog.set_owner(declare(exclusive).id, alice);
  EXPECT_FALSE(needs_journal(effect(decide_bind(catalog, binding("amq.fanout", "e", "")))));
  auto stranger = binding("amq.fanout", "e", "");
  stranger.session = SessionId(9);
  expect_refusal(decide_bind(catalog, stranger), Errc::locked, "'e'");
}

TEST_F(Binding, OfATopicMakesItsQueue) {
  create_topic("t", 2);
  bind("amq.topic", "t", "#");
  const QueueRecord* queue = catalog.queue("/", "t");
  ASSERT_NE(queue, nullptr);
  ASSERT_EQ(catalog.bindings().size(), 1U);
  EXPECT_EQ(catalog.bindings().begin()->second.queue, queue->id);
  EXPECT_EQ(catalog.topic("/", "t")->queue, queue->id);
}

TEST_F(Binding, OfALockedQueueIsKeptFromOthersAndWhatIsNotBoundIsNot) {
  auto exclusive = durable("mine");
  exclusive.exclusive = true;
  catalog.set_owner(declare(exclusive).id, exclusive.session);
  bind("amq.direct", "mine", "k");
  auto others = binding("amq.direct", "mine", "k");
  others.session = SessionId(99);
  expect_refusal(decide_unbind(catalog, others), Errc::locked, "locked queue 'mine'");
  expect_refusal(decide_bind(catalog, others), Errc::locked, "locked queue 'mine'");
  others.routing_key = "other";
  EXPECT_TRUE(is_no_op(effect(decide_unbind(catalog, others))));
}

TEST_F(Binding, IsGoneWhenOneOfItsEndsIs) {
  declare("q");
  declare_exchange("x", false);
  EXPECT_TRUE(is_no_op(effect(decide_unbind(catalog, binding("x", "none", "a")))));
  EXPECT_TRUE(is_no_op(effect(decide_unbind(catalog, binding("none", "q", "a")))));
  expect_refusal(decide_unbind(catalog, binding("", "q", "q")), Errc::access_denied,
                 "default exchange");
}

TEST_F(Binding, GoneTakesAnAutoDeleteExchangeWithItsLast) {
  declare("q");
  declare_exchange("x", true);
  bind("x", "q", "a");
  bind("x", "q", "b");
  catalog.apply(effect(decide_unbind(catalog, binding("x", "q", "a"))));
  EXPECT_NE(catalog.exchange("/", "x"), nullptr);
  EXPECT_TRUE(is_no_op(effect(decide_unbind(catalog, binding("x", "q", "a")))));
  catalog.apply(effect(decide_unbind(catalog, binding("x", "q", "b"))));
  EXPECT_EQ(catalog.exchange("/", "x"), nullptr);
}

}  // namespace
}  // namespace rialto
