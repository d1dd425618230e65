#include "core/model/field_table.h"
#include "tests/unit/adapters/amqp/amqp_rig.h"

#include <gmock/gmock.h>

namespace rialto::amqp {
namespace {

class AmqpPublish : public testing::Test {
 protected:
  void SetUp() override {
    peer_.open();
    declare("q");
  }
  void declare(Bytes queue) {
    QueueDeclare method;
    method.queue = {queue};
    method.durable = true;
    peer_.say(1, method);
    rig_.settle();
    peer_.expect(1, QueueDeclareOk{{queue}, 0, 0});
  }
  void confirm() {
    peer_.say(1, ConfirmSelect{});
    peer_.expect(1, ConfirmSelectOk{});
  }
  std::uint32_t depth() {
    QueueDeclare method;
    method.queue = {"q"};
    method.passive = true;
    peer_.say(1, method);
    rig_.settle();
    const std::string frame = peer_.next_frame();
    QueueDeclareOk ok;
    MethodReader reader(scan_frame(frame, UINT32_MAX - 8).frame.payload.substr(4));
    QueueDeclareOk::fields(reader, ok);
    EXPECT_TRUE(reader.complete()) << Peer::described(frame);
    return ok.message_count;
  }

  Rig rig_;
  Peer peer_{rig_, true};
};

TEST_F(AmqpPublish, AConfirmComesWhenTheMessageIsDurableAndNotBefore) {
  confirm();
  peer_.publish(1, "", "q", "one");
  rig_.tick();
  rig_.tick();
  peer_.expect_nothing();
  rig_.commit(1);
  peer_.expect(1, BasicAck{1, false});
}

TEST_F(AmqpPublish, ConfirmsOfATickAreFolded) {
  confirm();
  for (int i = 0; i < 10; ++i)
    peer_.publish(1, "", "q", "m");
  rig_.settle();
  peer_.expect(1, BasicAck{10, true});
  EXPECT_EQ(depth(), 10U);
}

TEST_F(AmqpPublish, WithoutConfirmsNothingIsAnswered) {
  peer_.publish(1, "", "q", "one");
  rig_.settle();
  peer_.expect_nothing();
  EXPECT_EQ(depth(), 1U);
}

TEST_F(AmqpPublish, AMessageCutAtEveryOctetArrivesWhole) {
  std::string bytes;
  BasicPublish method;
  method.routing_key = {"q"};
  append_method(bytes, 1, method);
  Properties properties;
  properties.set(Property::message_id, "m-1");
  OpenFrame header(bytes, FrameType::header, 1);
  append_content_header_fixed(bytes, 10);
  append_properties(bytes, properties);
  header.finish();
  append_frame(bytes, FrameType::body, 1, "hello");
  append_frame(bytes, FrameType::body, 1, "world");
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    peer_.send(Bytes(bytes).substr(0, cut));
    rig_.tick();
    peer_.send(Bytes(bytes).substr(cut));
    rig_.settle();
    BasicGet get;
    get.queue = {"q"};
    get.no_ack = true;
    peer_.say(1, get);
    rig_.settle();
    peer_.expect(1, BasicGetOk{cut, false, {""}, {"q"}, 0});
    peer_.expect_content(1, "helloworld", properties);
  }
}

TEST_F(AmqpPublish, EveryOctetInItsOwnBufferIsAMessageToo) {
  std::string bytes;
  BasicPublish method;
  method.routing_key = {"q"};
  append_method(bytes, 1, method);
  OpenFrame header(bytes, FrameType::header, 1);
  append_content_header_fixed(bytes, 4);
  append_properties(bytes, Properties{});
  header.finish();
  append_frame(bytes, FrameType::body, 1, "ab");
  append_frame(bytes, FrameType::body, 1, "");
  append_frame(bytes, FrameType::body, 1, "cd");
  for (const char c : bytes)
    peer_.send(Bytes(&c, 1));
  rig_.settle();
  EXPECT_EQ(depth(), 1U);
}

TEST_F(AmqpPublish, AnUnknownExchangeClosesTheChannelAndNotTheConnection) {
  peer_.publish(1, "nowhere", "q", "m");
  rig_.settle();
  peer_.expect_close(1, 404, "NOT_FOUND - no exchange 'nowhere' in vhost '/'");
  peer_.publish(1, "", "q", "dropped");
  peer_.say(1, ChannelCloseOk{});
  peer_.say(1, ChannelOpen{});
  peer_.expect(1, ChannelOpenOk{});
  EXPECT_EQ(depth(), 0U);
}

TEST_F(AmqpPublish, NothingBehindARefusedPublishIsDoneOrAnswered) {
  QueueDeclare before;
  before.queue = {"before"};
  before.durable = true;
  peer_.say(1, before);
  peer_.publish(1, "none", "k", "x");
  peer_.say(1, BasicQos{});
  QueueDelete after;
  after.queue = {"q"};
  peer_.say(1, after);
  rig_.settle();
  peer_.expect(1, QueueDeclareOk{{"before"}, 0, 0});
  peer_.expect_close(1, 404, "NOT_FOUND - no exchange 'none' in vhost '/'");
  peer_.expect_nothing();
  peer_.say(1, ChannelCloseOk{});
  peer_.say(1, ChannelOpen{});
  peer_.expect(1, ChannelOpenOk{});
  EXPECT_EQ(depth(), 0U) << "it was not deleted";
}

TEST_F(AmqpPublish, AMandatoryMessageWithoutAQueueComesBackBeforeItsAck) {
  confirm();
  Properties properties;
  properties.set(Property::content_type, "text/plain");
  peer_.publish(1, "", "missing", "body", properties, true);
  rig_.settle();
  peer_.expect(1, BasicReturn{312, {"NO_ROUTE"}, {""}, {"missing"}});
  peer_.expect_content(1, "body", properties);
  peer_.expect(1, BasicAck{1, false});
}

TEST_F(AmqpPublish, WhatIsNotImplementedIsRefusedByName) {
  BasicPublish method;
  method.immediate = true;
  peer_.say(1, method);
  peer_.expect_close(0, 540, "NOT_IMPLEMENTED - immediate=true");
}

TEST_F(AmqpPublish, ABlindCopyIsMadeAndNotTold) {
  declare("copy");
  FieldTable headers;
  headers.set("a", FieldValue::integer(1));
  FieldArray to;
  to.items.push_back(FieldValue::text("copy"));
  to.items.push_back(FieldValue::integer(7));
  headers.set("BCC", FieldValue::array(to));
  headers.set("b", FieldValue::integer(2));
  const std::string table = table_of(headers);
  Properties properties;
  properties.set(Property::headers, table);
  properties.set(Property::message_id, "id");
  peer_.publish(1, "", "q", "m", properties);
  FieldTable told;
  told.set("a", FieldValue::integer(1));
  told.set("b", FieldValue::integer(2));
  const std::string told_table = table_of(told);
  properties.set(Property::headers, told_table);
  for (const char* queue : {"q", "copy"}) {
    BasicGet get;
    get.queue = {queue};
    peer_.say(1, get);
    rig_.settle();
    peer_.expect(1, BasicGetOk{queue == Bytes("q") ? 1U : 2U, false, {""}, {"q"}, 0});
    peer_.expect_content(1, "m", properties);
  }
}

TEST_F(AmqpPublish, CopiesHaveToBeAnArray) {
  FieldTable headers;
  headers.set("CC", FieldValue::text("q"));
  const std::string table = table_of(headers);
  Properties properties;
  properties.set(Property::headers, table);
  peer_.publish(1, "", "q", "m", properties);
  peer_.expect_close(1, 406,
                     "PRECONDITION_FAILED - invalid message: "
                     "{unacceptable_type_in_header,\"CC\",longstr}");
}

TEST_F(AmqpPublish, ARoutingKeyAndShortPropertiesMayHoldAnyBytes) {
  QueueBind binding;
  binding.queue = {"q"};
  binding.exchange = {"amq.fanout"};
  peer_.say(1, binding);
  rig_.settle();
  peer_.expect(1, QueueBindOk{});
  Properties properties;
  properties.set(Property::correlation_id, "\xC0\x80");
  peer_.publish(1, "amq.fanout", "k\xFF\xFE", "m", properties);
  BasicGet get;
  get.queue = {"q"};
  peer_.say(1, get);
  rig_.settle();
  peer_.expect(1, BasicGetOk{1, false, {"amq.fanout"}, {"k\xFF\xFE"}, 0});
  peer_.expect_content(1, "m", properties);
  peer_.publish(1, "\xFF", "q", "m");
  rig_.settle();
  peer_.expect_close(1, 404, "NOT_FOUND - no exchange '\xFF' in vhost '/'");
}

TEST_F(AmqpPublish, AHeaderOfAnUnknownTypeIsRefusedBeforeItReachesAConsumer) {
  Properties properties;
  properties.set(Property::headers, Bytes("\1at\1\1bU\0\1", 9));
  peer_.publish(1, "", "q", "m", properties);
  peer_.expect_close(0, 502, "SYNTAX_ERROR - undecodable properties");
  Peer other(rig_, true);
  other.open();
  BasicGet get;
  get.queue = {"q"};
  other.say(1, get);
  rig_.settle();
  other.expect(1, BasicGetEmpty{});
}

TEST_F(AmqpPublish, MoreHeadersThanTheLimitCloseTheChannelAndNameIt) {
  const Bytes refusal =
      "PRECONDITION_FAILED - headers exceed a limit: at most 1024 values, 31 levels of tables and "
      "arrays, 131072 bytes";
  std::string many;
  for (int i = 0; i < 1025; ++i)
    many += "\1aV";
  FieldTable deep;
  for (int i = 0; i < 32; ++i) {
    FieldTable outer;
    outer.set("a", FieldValue::table(deep));
    deep = outer;
  }
  for (const std::string& table : {many, table_of(deep)}) {
    Peer peer(rig_, true);
    peer.open();
    Properties properties;
    properties.set(Property::headers, table);
    peer.publish(1, "", "q", "m", properties);
    peer.expect_close(1, 406, refusal);
    peer.say(1, ChannelCloseOk{});
    peer.say(1, ChannelOpen{});
    peer.expect(1, ChannelOpenOk{});
  }
  EXPECT_EQ(depth(), 0U);
}

TEST_F(AmqpPublish, AUserIdHasToBeTheOneThatLoggedIn) {
  Properties properties;
  properties.set(Property::user_id, "guest");
  peer_.publish(1, "", "q", "m", properties);
  rig_.settle();
  EXPECT_EQ(depth(), 1U);
  properties.set(Property::user_id, "admin");
  peer_.publish(1, "", "q", "m", properties);
  peer_.expect_close(1, 406,
                     "PRECONDITION_FAILED - user_id property set to 'admin' but authenticated "
                     "user was 'guest'");
}

TEST_F(AmqpPublish, AnExpirationThatIsNoNumberIsAFaultOfTheMessage) {
  Properties properties;
  properties.set(Property::expiration, "soon");
  peer_.publish(1, "", "q", "m", properties);
  peer_.expect_close(1, 406, "PRECONDITION_FAILED - invalid expiration 'soon'");
}

TEST_F(AmqpPublish, ABodyLargerThanAllowedIsRefusedFromItsHeader) {
  std::string bytes;
  BasicPublish method;
  method.routing_key = {"q"};
  append_method(bytes, 1, method);
  OpenFrame header(bytes, FrameType::header, 1);
  append_content_header_fixed(bytes, (16U << 20) + 1);
  append_properties(bytes, Properties{});
  header.finish();
  append_frame(bytes, FrameType::body, 1, "the first piece");
  peer_.send(bytes);
  peer_.expect_close(
      1, 406,
      "PRECONDITION_FAILED - message size 16777217 is larger than configured max size 16777216");
}

TEST_F(AmqpPublish, ABodyBeyondAllReasonEndsTheConnection) {
  std::string bytes;
  BasicPublish method;
  append_method(bytes, 1, method);
  OpenFrame header(bytes, FrameType::header, 1);
  append_content_header_fixed(bytes, 0x7FFFFFFFFFFFFFFFULL);
  append_properties(bytes, Properties{});
  header.finish();
  peer_.send(bytes);
  peer_.expect_close(0, 501, "FRAME_ERROR - body size 9223372036854775807 exceeds 536870912");
}

TEST_F(AmqpPublish, AReopenedChannelCountsItsConfirmsAnew) {
  confirm();
  peer_.publish(1, "", "q", "before");
  peer_.say(1, ChannelClose{200, {""}, 0, 0});
  rig_.tick();
  peer_.expect(1, ChannelCloseOk{});
  peer_.say(1, ChannelOpen{});
  peer_.expect(1, ChannelOpenOk{});
  confirm();
  rig_.settle();
  peer_.expect_nothing();
  peer_.publish(1, "", "q", "after");
  rig_.settle();
  peer_.expect(1, BasicAck{1, false});
}

TEST_F(AmqpPublish, ADrainWaitsForTheConfirmsUnderWay) {
  confirm();
  peer_.publish(1, "", "q", "m");
  rig_.tick();
  peer_.door().begin_drain();
  peer_.expect_nothing();
  EXPECT_FALSE(peer_.door().wants_bytes());
  rig_.settle();
  peer_.expect(1, BasicAck{1, false});
  peer_.expect_close(0, 320, "CONNECTION_FORCED - broker shutting down");
  EXPECT_TRUE(peer_.door().wants_bytes());
}

TEST_F(AmqpPublish, APublisherThatUnderstandsItHearsThatItIsBlockedAndOfTheEndOfThat) {
  auto& session = dynamic_cast<Session&>(peer_.door());
  session.on_blocked("the disk is at its watermark");
  peer_.expect_nothing();
  session.on_blocked("");
  peer_.publish(1, "", "q", "m");
  rig_.settle();
  session.on_blocked("the disk is at its watermark");
  peer_.expect(0, ConnectionBlocked{{"the disk is at its watermark"}});
  session.on_blocked("");
  peer_.expect(0, ConnectionUnblocked{});
}

/// A session of another door, which only asks.
struct Asker final : Session {
  void on_published(const PublishOutcome&) override {}
  void on_returned(const ReturnedMessage&) override {}
  void on_delivery(ConsumerId, const Delivery&) override {}
  void on_consumer_cancelled(ConsumerId) override {}
  void on_blocked(const std::string&) override {}
};

TEST_F(AmqpPublish, APartitionThatTheTopicDoesNotHaveClosesTheChannel) {
  Asker asker;
  const SessionId session = rig_.core.port->open(asker, Principal{"guest", "/"}, Protocol::kafka);
  CreateTopic topic;
  topic.name = "t";
  topic.partitions = 3;
  rig_.core.port->request<CreateTopic>(session, topic, [](const Result<TopicInfo>&) {});
  rig_.settle();
  FieldTable table;
  table.set("x-kafka-partition", FieldValue::integer(-1));
  const std::string headers = table_of(table);
  Properties properties;
  properties.set(Property::headers, headers);
  peer_.publish(1, "", "t", "x", properties);
  rig_.settle();
  peer_.expect_close(1, 406,
                     "PRECONDITION_FAILED - invalid header 'x-kafka-partition' = '-1': topic 't' "
                     "has partitions 0 to 2");
  rig_.core.port->close(session);
}

/// Who asks through another door for lists, and ends connections.
class Operator {
 public:
  explicit Operator(Rig& rig) : rig_(rig) {}
  ~Operator() { port_.close(session_); }

  template <class List>
  typename List::Answer list() {
    typename List::Answer seen;
    port_.request<List>(session_, {}, [&](const auto& found) { seen = found.value(); });
    rig_.settle();
    return seen;
  }
  void end(const ConnectionInfo& connection, const std::string& reason) {
    port_.request<CloseConnection>(session_, {connection.facts.name(), reason}, [](const auto&) {});
    rig_.settle();
  }

 private:
  Rig& rig_;
  Asker asker_;
  BrokerPort& port_ = *rig_.core.port;
  SessionId session_ = port_.open(asker_, Principal{"guest", "/"}, Protocol::http);
};

TEST_F(AmqpPublish, AnOperatorSeesHowAChannelWorks) {
  Operator op(rig_);
  auto seen = op.list<ListChannels>();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].facts.prefetch, 0U);
  EXPECT_FALSE(seen[0].facts.confirms);
  peer_.say(1, BasicQos{0, 7, false});
  peer_.say(1, BasicQos{0, 3, true});
  peer_.say(1, ConfirmSelect{true});
  seen = op.list<ListChannels>();
  EXPECT_EQ(seen[0].facts.prefetch, 7U);
  EXPECT_EQ(seen[0].shared_prefetch, 3U);
  EXPECT_TRUE(seen[0].facts.confirms);
  EXPECT_FALSE(seen[0].facts.transactional);
}

TEST_F(AmqpPublish, AnOperatorSeesConnectionsAndChannelsAndCanEndThem) {
  Operator op(rig_);
  auto seen = op.list<ListConnections>();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].channels, 1U);
  EXPECT_EQ(seen[0].facts.protocol, "AMQP 0-9-1");
  peer_.say(1, ChannelClose{});
  peer_.expect(1, ChannelCloseOk{});
  seen = op.list<ListConnections>();
  EXPECT_EQ(seen[0].channels, 0U);
  op.end(seen[0], "enough");
  peer_.expect_close(0, 320, "CONNECTION_FORCED - enough");
  peer_.say(0, ConnectionCloseOk{});
  EXPECT_TRUE(op.list<ListConnections>().empty());
}

}  // namespace
}  // namespace rialto::amqp
