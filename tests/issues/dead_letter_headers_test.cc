#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

DeclareQueue dying_into(const std::string& name, const std::string& exchange,
                        const std::string& key) {
  DeclareQueue what = queue_with(name, {{"x-dead-letter-exchange", text(exchange)}});
  if (!key.empty()) what.arguments.set("x-dead-letter-routing-key", text(key));
  return what;
}

void reject(CoreRig& core, Peer& peer, const std::string& queue) {
  const auto got = peer.get(get_of(queue)).value().delivery;
  ASSERT_TRUE(got);
  peer.settle(*got, Settlement::reject);
  core.settle();
}

// The deaths of a letter took its headers over the bound of a decoded table; the next death then
// began with an empty one.
TEST(DeadLetterHeaders, AreKeptWhenDeathsMakeThemManyMore) {
  CoreRig core(Ports::one_thread);
  Peer peer(core);
  peer.get(dying_into("first", "", "second")).value();
  peer.get(dying_into("second", "", "third")).value();
  peer.declare("third");
  AmqpMessage message{"", "first", "m"};
  constexpr int count = 1020;
  for (int i = 0; i < count; ++i)
    message.headers.entries.push_back({"h" + std::to_string(i), number(i)});
  publish_amqp(peer, message);
  core.settle();
  reject(core, peer, "first");
  reject(core, peer, "second");
  const auto got = peer.get(get_of("third")).value().delivery;
  ASSERT_TRUE(got);
  const FieldTable headers = headers_of(*got);
  for (int i = 0; i < count; ++i)
    EXPECT_NE(headers.find("h" + std::to_string(i)), nullptr) << i;
  EXPECT_EQ(deaths_of(*got).size(), 2U);
}

// A routing key of the queue takes the place of all keys of the message. CC stayed among its
// headers, and routed the letter of the next queue.
TEST(DeadLetterHeaders, HaveNoMoreCopiesWhenTheQueueSaysTheKey) {
  CoreRig core(Ports::one_thread);
  Peer peer(core);
  DeclareExchange topic;
  topic.name = "e";
  topic.type = "topic";
  topic.durable = true;
  peer.get(topic).value();
  peer.get(dying_into("first", "", "second")).value();
  peer.get(dying_into("second", "e", "")).value();
  peer.declare("by-copy");
  peer.declare("by-key");
  peer.get(BindQueue{"by-copy", "e", "copy", {}}).value();
  peer.get(BindQueue{"by-key", "e", "second", {}}).value();
  AmqpMessage message{"", "first", "m"};
  FieldArray keys;
  keys.items.push_back(text("copy"));
  message.headers.set("CC", FieldValue::array(std::move(keys)));
  publish_amqp(peer, message);
  core.settle();
  reject(core, peer, "first");
  reject(core, peer, "second");
  EXPECT_EQ(counts_of(peer, "by-copy").ready, 0U);
  const auto got = peer.get(get_of("by-key")).value().delivery;
  ASSERT_TRUE(got);
  EXPECT_EQ(headers_of(*got).find("CC"), nullptr);
}

}  // namespace
}  // namespace rialto::test
