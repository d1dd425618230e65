// Messages that come together: all of them are stored, or none.
#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto {
namespace {

using test::CoreRig;
using test::number;
using test::Peer;
using test::Ports;
using test::queue_with;
using test::text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

NewMessage message_of(const std::string& key, const std::string& body) {
  NewMessage out;
  out.routing_key = key;
  out.body = body;
  return out;
}

class ABatch : public testing::TestWithParam<Ports> {
 protected:
  static std::vector<std::string> bodies(CoreRig& core, const std::string& queue) {
    Peer reader(core);
    std::vector<std::string> out;
    while (const auto got = reader.get(test::get_of(queue, true)).value().delivery)
      out.push_back(Peer::body_of(*got));
    return out;
  }
  static AppendMessages three(const std::string& topic) {
    AppendMessages out;
    out.topic = topic;
    for (const char* body : {"1", "2", "3"})
      out.messages.push_back(message_of("", body));
    out.messages[1].partition = PartitionIndex(1);
    out.messages[0].partition = PartitionIndex(0);
    out.messages[2].partition = PartitionIndex(0);
    return out;
  }

  CoreRig core{GetParam()};
  Peer peer{core, 0, Protocol::http};
};

INSTANTIATE_TEST_SUITE_P(Over, ABatch, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& with) { return name_of(with.param); });

TEST_P(ABatch, IsAnsweredWhenItIsDurableAndShownThen) {
  peer.declare("a");
  peer.declare("b");
  const auto answer = peer.ask(
      PublishMessages{"", {message_of("a", "1"), message_of("b", "2"), message_of("a", "3")}});
  core.tick();
  EXPECT_FALSE(answer->has_value());
  core.settle();
  ASSERT_TRUE(answer->has_value());
  EXPECT_TRUE((*answer)->has_value());
  EXPECT_THAT(bodies(core, "a"), ElementsAre("1", "3"));
  EXPECT_THAT(bodies(core, "b"), ElementsAre("2"));
}

TEST_P(ABatch, SurvivesACrashWholeOrNotAtAll) {
  peer.declare("a");
  // Several frames: more than one set would be needed if they were not one.
  const std::string large(300U << 10, 'x');
  peer.ask(
      PublishMessages{"", {message_of("a", large), message_of("a", large), message_of("a", "3")}});
  core.tick();
  const auto without = core.restarted();
  EXPECT_THAT(bodies(*without, "a"), IsEmpty());
  const auto with = core.restarted(1);
  EXPECT_EQ(bodies(*with, "a").size(), 3U);
}

TEST_P(ABatch, WithOneMessageThatNobodyTakesIsStoredNowhere) {
  peer.declare("a");
  const auto refused =
      peer.get(PublishMessages{"", {message_of("a", "1"), message_of("none", "2")}});
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_THAT(refused.error().text, HasSubstr("messages[1]: no queue 'none' in vhost '/'"));
  EXPECT_EQ(peer.get(PublishMessages{"nowhere", {message_of("a", "1")}}).error().code,
            Errc::not_found);
  EXPECT_THAT(bodies(core, "a"), IsEmpty());
}

TEST_P(ABatch, ThatAFullQueueHasNoRoomForIsStoredNowhere) {
  peer.get(
          queue_with("full", {{"x-max-length", number(2)}, {"x-overflow", text("reject-publish")}}))
      .value();
  peer.declare("a");
  const std::vector<NewMessage> three = {message_of("full", "1"), message_of("full", "2"),
                                         message_of("full", "3")};
  const auto refused = peer.get(PublishMessages{"", three});
  EXPECT_EQ(refused.error().code, Errc::full);
  EXPECT_THAT(refused.error().text, HasSubstr("messages[2]: queue 'full' is full"));
  ASSERT_TRUE(peer.get(PublishMessages{"", {three[0], three[1]}}).has_value());
  EXPECT_THAT(bodies(core, "full"), ElementsAre("1", "2"));
}

TEST_P(ABatch, OfMoreBytesThanOneWriteSetTakesIsRefused) {
  peer.declare("a");
  const std::string large(3U << 20, 'x');
  const std::vector<NewMessage> six(6, message_of("a", large));
  EXPECT_EQ(peer.get(PublishMessages{"", six}).error().code, Errc::too_large);
  peer.get(test::topic_of("t")).value();
  EXPECT_EQ(peer.get(AppendMessages{"t", six}).error().code, Errc::too_large);
  EXPECT_THAT(bodies(core, "a"), IsEmpty());
}

TEST_P(ABatch, ToATopicIsToldThePlaceOfEach) {
  peer.get(test::topic_of("t", 2)).value();
  peer.get(three("t")).value();
  const auto places = peer.get(three("t")).value();
  ASSERT_EQ(places.size(), 3U);
  EXPECT_EQ(places[0].offset, Offset(2));
  EXPECT_EQ(places[1].partition, PartitionIndex(1));
  EXPECT_EQ(places[1].offset, Offset(1));
  EXPECT_EQ(places[2].offset, Offset(3));
  const auto read = peer.get(test::fetch_of("t", 2)).value();
  EXPECT_THAT(test::records_of(read[0].batches),
              testing::Contains(testing::Pair(3, std::string("3"))));
}

TEST_P(ABatch, ToATopicIsOneWriteSet) {
  peer.get(test::topic_of("t", 2)).value();
  peer.ask(three("t"));
  core.tick();
  const auto with = core.restarted(1);
  Peer reader(*with);
  Fetch both = test::fetch_of("t", 0);
  both.parts.push_back({"t", PartitionIndex(1), Offset(0), 1U << 20});
  const auto read = reader.get(both).value();
  EXPECT_EQ(test::records_of(read[0].batches).size(), 2U);
  EXPECT_EQ(test::records_of(read[1].batches).size(), 1U);
}

TEST_P(ABatch, ToATopicWithAPlaceThatIsNotThereIsStoredNowhere) {
  peer.get(test::topic_of("t", 2)).value();
  AppendMessages what = three("t");
  what.messages[2].partition = PartitionIndex(2);
  const auto refused = peer.get(what);
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_THAT(refused.error().text, HasSubstr("messages[2]: topic 't' has no partition 2"));
  EXPECT_TRUE(peer.get(test::fetch_of("t", 0)).value()[0].batches.empty());
}

TEST_P(ABatch, WithPropertiesIsTrustedAsTheAmqpDoorsMessagesAre) {
  peer.declare("a");
  Properties properties;
  properties.set(Property::message_id, "m");
  NewMessage message = message_of("a", "1");
  append_properties(message.properties, properties);
  peer.get(PublishMessages{"", {message, message_of("a", "plain")}}).value();
  Peer reader(core);
  EXPECT_TRUE(reader.get(test::get_of("a", true)).value().delivery->record.amqp_written);
  EXPECT_FALSE(reader.get(test::get_of("a", true)).value().delivery->record.amqp_written);
}

TEST_P(ABatch, HonoursExpiryAndCarbonCopies) {
  peer.declare("a");
  peer.declare("copy");
  FieldTable headers;
  FieldArray keys;
  keys.items.push_back(text("copy"));
  headers.set("BCC", FieldValue::array(std::move(keys)));
  std::string table;
  append_field_table(table, headers);
  Properties properties;
  properties.set(Property::expiration, "1000");
  properties.set(Property::headers, Bytes(table).substr(4));
  NewMessage message = message_of("a", "1");
  append_properties(message.properties, properties);
  peer.get(PublishMessages{"", {message}}).value();
  EXPECT_THAT(bodies(core, "copy"), ElementsAre("1"));
  core.wait_ms(1001);
  EXPECT_THAT(bodies(core, "a"), IsEmpty());
}

/// The same message with one typed header.
NewMessage with_header(NewMessage message, const std::string& name, FieldValue value) {
  FieldTable headers;
  headers.set(name, std::move(value));
  std::string table;
  append_field_table(table, headers);
  Properties properties;
  properties.set(Property::headers, Bytes(table).substr(4));
  append_properties(message.properties, properties);
  return message;
}

TEST_P(ABatch, HoldsBackWhatAsksForItHoweverItAsks) {
  peer.declare("a");
  NewMessage later = message_of("a", "2");
  later.delay = OwnedDelay{100, std::nullopt, "key"};
  const NewMessage by_header = with_header(message_of("a", "3"), "x-delay", number(200));
  // What was delayed once says so with a negative number.
  const NewMessage fired = with_header(message_of("a", "1"), "x-delay", number(-1000));
  peer.get(PublishMessages{"", {later, by_header, fired}}).value();
  EXPECT_THAT(bodies(core, "a"), ElementsAre("1"));
  EXPECT_EQ(peer.get(ListDelayed()).value().messages.front().cancel_key, "key");
  const auto wait = [&] {
    core.wait_ms(101);
    core.settle();
  };
  wait();
  EXPECT_THAT(bodies(core, "a"), ElementsAre("2"));
  wait();
  EXPECT_THAT(bodies(core, "a"), ElementsAre("3"));
}

TEST_P(ABatch, WithDelaysSurvivesACrashWholeOrNotAtAll) {
  peer.declare("a");
  NewMessage later = message_of("a", "2");
  later.delay = OwnedDelay{100, std::nullopt, {}};
  // The queue that holds delayed messages is made with the first of them.
  peer.get(PublishMessages{"", {later}}).value();
  peer.ask(PublishMessages{"", {message_of("a", "1"), later}});
  core.tick();
  const auto without = core.restarted();
  EXPECT_EQ(Peer(*without).get(ListDelayed()).value().pending, 1U);
  EXPECT_THAT(bodies(*without, "a"), IsEmpty());
  const auto with = core.restarted(1);
  EXPECT_EQ(Peer(*with).get(ListDelayed()).value().pending, 2U);
  EXPECT_THAT(bodies(*with, "a"), ElementsAre("1"));
}

TEST_P(ABatch, WithADelayThatCannotBeIsStoredNowhere) {
  peer.declare("a");
  const auto refused = [&](NewMessage last) {
    const auto answer = peer.get(PublishMessages{"", {message_of("a", "1"), std::move(last)}});
    EXPECT_FALSE(answer.has_value());
    return answer.has_value() ? Error() : answer.error();
  };
  NewMessage later = message_of("a", "2");
  later.delay = OwnedDelay{delay_ms_max + 1, std::nullopt, {}};
  EXPECT_THAT(refused(later).text, HasSubstr("messages[1]: a message is delayed by ten years"));
  later.routing_key = "none";
  later.delay->ms = 1;
  EXPECT_EQ(refused(later).code, Errc::not_found);
  later.routing_key = "a";
  EXPECT_THAT(refused(with_header(later, "x-delay", number(5))).text, HasSubstr("exclude"));
  EXPECT_THAT(refused(with_header(message_of("a", "2"), "x-deliver-at", text("soon"))).text,
              HasSubstr("x-deliver-at"));
  EXPECT_THAT(bodies(core, "a"), IsEmpty());
  EXPECT_EQ(peer.get(ListDelayed()).value().pending, 0U);
}

TEST_P(ABatch, ToATopicRefusesDelaysRatherThanForgettingThem) {
  peer.get(test::topic_of("t", 2)).value();
  const NewMessage later = with_header(message_of("", "1"), "x-delay", number(1000));
  EXPECT_EQ(peer.get(AppendMessages{"t", {later}}).error().code, Errc::not_supported);
}

}  // namespace
}  // namespace rialto
