#include "core/model/field_table.h"
#include "tests/unit/adapters/amqp/amqp_rig.h"

#include <gmock/gmock.h>

namespace rialto::amqp {
namespace {

using testing::HasSubstr;

class AmqpChannel : public testing::Test {
 protected:
  void SetUp() override { peer_.open(); }
  static QueueDeclare durable(Bytes name) {
    QueueDeclare method;
    method.queue = {name};
    method.durable = true;
    return method;
  }
  void declare(Bytes name) {
    peer_.say(1, durable(name));
    rig_.settle();
    peer_.expect(1, QueueDeclareOk{{name}, 0, 0});
  }
  void send_method(std::uint16_t channel, MethodId id, Bytes arguments = {}) {
    std::string payload;
    append_be(payload, key_of(id));
    payload.append(arguments);
    std::string frame;
    append_frame(frame, FrameType::method, channel, payload);
    peer_.send(frame);
  }

  Rig rig_;
  Peer peer_{rig_, true};
};

TEST_F(AmqpChannel, ADeclareIsAnsweredWhenItIsDurable) {
  peer_.say(1, durable("q"));
  rig_.tick();
  rig_.tick();
  peer_.expect_nothing();
  rig_.commit(1);
  rig_.tick();
  peer_.expect(1, QueueDeclareOk{{"q"}, 0, 0});
}

TEST_F(AmqpChannel, AServerNamedQueueIsTheOneMeantByAnEmptyName) {
  QueueDeclare method;
  method.exclusive = true;
  peer_.say(1, method);
  QueueBind bind;
  bind.exchange = {"amq.fanout"};
  peer_.say(1, bind);
  rig_.settle();
  const std::string frame = peer_.next_frame();
  EXPECT_THAT(Peer::described(frame), HasSubstr("amq.gen-"));
  peer_.expect(1, QueueBindOk{});
  peer_.publish(1, "amq.fanout", "", "m");
  peer_.say(1, BasicGet{0, {""}, true});
  rig_.settle();
  EXPECT_THAT(Peer::described(peer_.next_frame()), HasSubstr("method 60.71"));
  peer_.expect_content(1, "m");
}

TEST_F(AmqpChannel, CommandsArePipelinedAndAnsweredInOrder) {
  peer_.say(1, durable("a"));
  peer_.say(1, durable("b"));
  peer_.say(1, BasicQos{0, 10, false});
  QueueBind bind;
  bind.queue = {"a"};
  bind.exchange = {"amq.direct"};
  bind.routing_key = {"k"};
  peer_.say(1, bind);
  rig_.tick();
  peer_.expect_nothing();
  rig_.settle();
  peer_.expect(1, QueueDeclareOk{{"a"}, 0, 0});
  peer_.expect(1, QueueDeclareOk{{"b"}, 0, 0});
  peer_.expect(1, BasicQosOk{});
  peer_.expect(1, QueueBindOk{});
}

TEST_F(AmqpChannel, AQuestionSeesWhatWasPublishedBeforeItAndHoldsBackWhatComesAfter) {
  declare("q");
  peer_.publish(1, "", "q", "before");
  peer_.say(1, BasicGet{0, {"q"}, true});
  peer_.publish(1, "", "q", "after");
  peer_.say(1, BasicGet{0, {"q"}, true});
  rig_.tick();
  peer_.expect_nothing();
  rig_.settle();
  peer_.expect(1, BasicGetOk{1, false, {""}, {"q"}, 0});
  peer_.expect_content(1, "before");
  peer_.expect(1, BasicGetOk{2, false, {""}, {"q"}, 0});
  peer_.expect_content(1, "after");
}

TEST_F(AmqpChannel, AQuestionOfOneChannelDoesNotHoldAnother) {
  declare("q");
  peer_.publish(1, "", "q", "m");
  peer_.say(1, BasicGet{0, {"q"}, true});
  peer_.say(1, BasicQos{0, 1, false});
  peer_.say(2, ChannelOpen{});
  peer_.expect(2, ChannelOpenOk{});
}

TEST_F(AmqpChannel, FramesBehindAQuestionAreBounded) {
  declare("q");
  peer_.publish(1, "", "q", "m");
  peer_.say(1, BasicGet{0, {"q"}, true});
  EXPECT_TRUE(peer_.door().wants_bytes());
  const std::string body(10'000, 'x');
  for (int i = 0; i < 7; ++i)
    peer_.publish(1, "", "q", body);
  EXPECT_FALSE(peer_.door().wants_bytes());
  rig_.settle();
  EXPECT_TRUE(peer_.door().wants_bytes());
  peer_.say(1, QueuePurge{0, {"q"}, false});
  rig_.settle();
  peer_.expect(1, BasicGetOk{1, false, {""}, {"q"}, 0});
  peer_.expect_content(1, "m");
  peer_.expect(1, QueuePurgeOk{7});
}

TEST_F(AmqpChannel, AChannelClosedAndReopenedBehindAQuestionWorks) {
  declare("q");
  peer_.publish(1, "", "q", "m");
  peer_.say(1, BasicGet{0, {"q"}, true});
  peer_.say(1, ChannelClose{200, {""}, 0, 0});
  peer_.say(1, ChannelOpen{});
  peer_.say(1, BasicGet{0, {"q"}, true});
  rig_.settle();
  peer_.expect(1, BasicGetOk{1, false, {""}, {"q"}, 0});
  peer_.expect_content(1, "m");
  peer_.expect(1, ChannelCloseOk{});
  peer_.expect(1, ChannelOpenOk{});
  peer_.expect(1, BasicGetEmpty{});
}

TEST_F(AmqpChannel, ARefusalComesAfterTheRepliesBeforeIt) {
  peer_.say(1, durable("a"));
  BasicConsume consume;
  consume.queue = {"missing"};
  peer_.say(1, consume);
  peer_.say(1, durable("never"));
  rig_.settle();
  peer_.expect(1, QueueDeclareOk{{"a"}, 0, 0});
  peer_.expect_close(1, 404, "NOT_FOUND - no queue 'missing' in vhost '/'");
  peer_.expect_nothing();
}

TEST_F(AmqpChannel, AFailedChannelHearsOnlyCloseAndCloseOk) {
  peer_.say(1, BasicAck{7, false});
  peer_.expect_close(1, 406, "PRECONDITION_FAILED - unknown delivery tag 7");
  peer_.say(1, durable("a"));
  peer_.publish(1, "", "a", "m");
  rig_.settle();
  peer_.expect_nothing();
  peer_.say(1, ChannelCloseOk{});
  peer_.say(1, ChannelOpen{});
  peer_.expect(1, ChannelOpenOk{});
}

TEST_F(AmqpChannel, ARefusalWithoutWaitClosesTheChannelAllTheSame) {
  QueueDeclare method;
  method.queue = {"missing"};
  method.passive = true;
  method.nowait = true;
  peer_.say(1, method);
  rig_.settle();
  peer_.expect_close(1, 404, "NOT_FOUND - no queue 'missing' in vhost '/'");
}

TEST_F(AmqpChannel, WithoutWaitNothingIsAnswered) {
  QueueDeclare method = durable("q");
  method.nowait = true;
  peer_.say(1, method);
  ExchangeDeclare exchange;
  exchange.exchange = {"e"};
  exchange.type = {"topic"};
  exchange.nowait = true;
  peer_.say(1, exchange);
  QueueBind bind;
  bind.queue = {"q"};
  bind.exchange = {"e"};
  bind.routing_key = {"#"};
  bind.nowait = true;
  peer_.say(1, bind);
  peer_.say(1, ConfirmSelect{true});
  rig_.settle();
  peer_.expect_nothing();
  peer_.publish(1, "e", "a.b", "m");
  rig_.settle();
  peer_.expect(1, BasicAck{1, false});
}

TEST_F(AmqpChannel, UnknownAndUnexpectedMethodsEndTheConnection) {
  struct Case {
    MethodId id;
    std::uint16_t code;
    const char* text;
  };
  for (const Case& c : {Case{{77, 10}, 503, "COMMAND_INVALID - unimplemented method 77.10"},
                        Case{{60, 99}, 540, "NOT_IMPLEMENTED - unknown method 60.99"},
                        Case{{50, 11}, 503, "COMMAND_INVALID - unimplemented method 50.11"},
                        Case{{20, 10}, 502, "SYNTAX_ERROR - undecodable arguments"}}) {
    Peer peer(rig_, true);
    peer.open();
    std::string payload;
    append_be(payload, key_of(c.id));
    std::string frame;
    append_frame(frame, FrameType::method, 1, payload);
    peer.send(frame);
    peer.expect_close(0, c.code, c.text);
  }
}

TEST_F(AmqpChannel, ContentOutOfOrderEndsTheConnection) {
  std::string body;
  append_frame(body, FrameType::body, 1, "x");
  peer_.send(body);
  peer_.expect_close(0, 505,
                     "UNEXPECTED_FRAME - expected method frame, got non method frame instead");
  Peer second(rig_, true);
  second.open();
  second.say(1, BasicPublish{});
  second.say(1, BasicPublish{});
  second.expect_close(0, 505,
                      "UNEXPECTED_FRAME - expected content header for class 60, got non content "
                      "header frame instead");
}

TEST_F(AmqpChannel, AChannelIsOpenedOnceAndBeforeItIsUsed) {
  peer_.say(1, ChannelOpen{});
  peer_.expect_close(0, 504, "CHANNEL_ERROR - second 'channel.open' seen");
  Peer second(rig_, true);
  second.open();
  second.say(9, BasicQos{});
  second.expect_close(0, 504, "CHANNEL_ERROR - expected 'channel.open'");
  Peer third(rig_, true);
  third.open();
  third.say(2048, ChannelOpen{});
  third.expect_close(0, 530,
                     "NOT_ALLOWED - channel number 2048 is higher than the negotiated channel_max "
                     "2047");
}

TEST_F(AmqpChannel, AFrameBeyondTheAgreedSizeIsReadAwaySoThatTheCloseIsSeen) {
  Peer small(rig_, true);
  small.handshake(4096);
  std::string frame;
  append_frame(frame, FrameType::body, 1, std::string(10'000, 'x'));
  small.send(Bytes(frame).substr(0, 100));
  small.expect_close(0, 501,
                     "FRAME_ERROR - frame of 10008 octets is larger than the negotiated frame_max "
                     "4096");
  EXPECT_EQ(small.send(Bytes(frame).substr(100)), frame.size() - 100);
  EXPECT_FALSE(small.out().closing());
  small.say(0, ConnectionCloseOk{});
  EXPECT_TRUE(small.out().closing());
}

TEST_F(AmqpChannel, APeerThatNeverAnswersACloseIsLeft) {
  peer_.say(1, ChannelFlow{false});
  peer_.expect_close(0, 540, "NOT_IMPLEMENTED - active=false");
  rig_.advance_ms(5'001);
  EXPECT_TRUE(peer_.out().closing());
}

TEST_F(AmqpChannel, QueuesAreCountedPurgedAndDeletedUnderConditions) {
  declare("q");
  peer_.publish(1, "", "q", "m");
  peer_.say(1, QueueDelete{0, {"q"}, false, true, false});
  rig_.settle();
  EXPECT_THAT(Peer::described(peer_.next_frame()), HasSubstr("PRECONDITION_FAILED"));
  peer_.say(1, ChannelCloseOk{});
  peer_.say(1, ChannelOpen{});
  peer_.expect(1, ChannelOpenOk{});
  peer_.say(1, QueueDelete{0, {"q"}, false, false, false});
  rig_.settle();
  peer_.expect(1, QueueDeleteOk{1});
  peer_.say(1, QueueDelete{0, {"q"}, false, false, false});
  rig_.settle();
  peer_.expect(1, QueueDeleteOk{0});
}

TEST_F(AmqpChannel, OldClientsGetTheirTicketAndFlowOnlyOneWay) {
  peer_.say(1, AccessRequest{});
  peer_.expect(1, AccessRequestOk{1});
  peer_.say(1, ChannelFlow{true});
  peer_.expect(1, ChannelFlowOk{true});
  peer_.say(1, ChannelFlow{false});
  peer_.expect_close(0, 540, "NOT_IMPLEMENTED - active=false");
}

TEST_F(AmqpChannel, AnUnboundQueueGetsNothingMore) {
  QueueDeclare declare;
  declare.queue = {"q"};
  QueueBind bind;
  bind.queue = {"q"};
  bind.exchange = {"amq.direct"};
  bind.routing_key = {"k"};
  peer_.say(1, declare);
  peer_.say(1, bind);
  rig_.settle();
  peer_.expect(1, QueueDeclareOk{{"q"}, 0, 0});
  peer_.expect(1, QueueBindOk{});
  peer_.publish(1, "amq.direct", "k", "first");
  rig_.settle();
  peer_.say(1, QueueUnbind{0, {"q"}, {"amq.direct"}, {"k"}, {}});
  rig_.settle();
  peer_.expect(1, QueueUnbindOk{});
  peer_.publish(1, "amq.direct", "k", "second");
  peer_.say(1, QueuePurge{0, {"q"}, false});
  rig_.settle();
  peer_.expect(1, QueuePurgeOk{1});
}

TEST_F(AmqpChannel, APrefetchInBytesIsRefusedByName) {
  peer_.say(1, BasicQos{1000, 0, false});
  peer_.expect_close(0, 540, "NOT_IMPLEMENTED - prefetch_size!=0 (1000)");
}

TEST_F(AmqpChannel, ArgumentsOverALimitCloseTheChannelAndNameIt) {
  std::string many;
  for (int i = 0; i < 1025; ++i)
    many += "\1aV";
  QueueDeclare method;
  method.queue = {"q"};
  method.arguments = {many};
  peer_.say(1, method);
  peer_.expect_close(1, 406,
                     "PRECONDITION_FAILED - arguments exceed a limit: at most 1024 values, 31 "
                     "levels of tables and arrays, 131072 bytes");
}

TEST_F(AmqpChannel, APassiveDeclareWithoutANameMeansNoQueue) {
  QueueDeclare method;
  peer_.say(1, method);
  rig_.settle();
  peer_.next_frame();
  method.passive = true;
  peer_.say(1, method);
  peer_.expect_close(1, 404, "NOT_FOUND - no queue '' in vhost '/'");
}

TEST_F(AmqpChannel, AnEmptyNameWithoutADeclaredQueueIsNotFound) {
  peer_.say(1, BasicGet{});
  peer_.expect_close(1, 404, "NOT_FOUND - no previously declared queue");
}

TEST_F(AmqpChannel, ExclusiveQueuesAreLockedForOthersAndGoWithTheirConnection) {
  QueueDeclare method;
  method.queue = {"mine"};
  method.exclusive = true;
  peer_.say(1, method);
  rig_.settle();
  peer_.expect(1, QueueDeclareOk{{"mine"}, 0, 0});
  Peer other(rig_, true);
  other.open();
  other.say(1, BasicGet{0, {"mine"}, true});
  rig_.settle();
  EXPECT_THAT(Peer::described(other.next_frame()), HasSubstr("RESOURCE_LOCKED"));
  peer_.say(0, ConnectionClose{200, {""}, 0, 0});
  peer_.expect(0, ConnectionCloseOk{});
  other.say(1, ChannelCloseOk{});
  other.say(1, ChannelOpen{});
  other.expect(1, ChannelOpenOk{});
  other.say(1, BasicGet{0, {"mine"}, true});
  rig_.settle();
  other.expect_close(1, 404, "NOT_FOUND - no queue 'mine' in vhost '/'");
}

}  // namespace
}  // namespace rialto::amqp
