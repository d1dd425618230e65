#include "core/model/field_table.h"
#include "tests/unit/adapters/amqp/amqp_rig.h"

#include <gmock/gmock.h>

namespace rialto::amqp {
namespace {

class AmqpConsume : public testing::Test {
 protected:
  void SetUp() override {
    peer_.open();
    declare(peer_, "q");
  }
  void declare(Peer& peer, Bytes queue) {
    QueueDeclare method;
    method.queue = {queue};
    method.durable = true;
    peer.say(1, method);
    rig_.settle();
    EXPECT_THAT(Peer::described(peer.next_frame()), testing::HasSubstr("method 50.11"));
  }
  void declare_of_type(Bytes queue, const char* type) {
    FieldTable arguments;
    arguments.set("x-queue-type", FieldValue::text(type));
    const std::string table = table_of(arguments);
    QueueDeclare method;
    method.queue = {queue};
    method.durable = true;
    method.arguments = {table};
    peer_.say(1, method);
    rig_.settle();
    peer_.expect(1, QueueDeclareOk{{queue}, 0, 0});
  }
  void consume_with(Peer& peer, Bytes queue, const char* argument, FieldValue value) {
    FieldTable arguments;
    arguments.set(argument, std::move(value));
    const std::string table = table_of(arguments);
    BasicConsume method;
    method.queue = {queue};
    method.consumer_tag = {"c"};
    method.arguments = {table};
    peer.say(1, method);
    rig_.settle();
  }
  /// A consumer of a new stream that has got its two messages.
  void read_stream() {
    declare_of_type("s", "stream");
    qos(peer_, 10);
    for (const char* body : {"m1", "m2"})
      peer_.publish(1, "", "s", body);
    rig_.settle();
    consume_with(peer_, "s", "x-stream-offset", FieldValue::text("first"));
    peer_.expect(1, BasicConsumeOk{{"c"}});
    for (int frame = 0; frame < 6; ++frame)
      EXPECT_FALSE(peer_.next_frame().empty());
  }
  void publish(int count, int from = 1) {
    for (int i = from; i < from + count; ++i)
      peer_.publish(1, "", "q", "m" + std::to_string(i));
    rig_.settle();
  }
  void consume(Peer& peer, Bytes tag, bool no_ack = false) {
    BasicConsume method;
    method.queue = {"q"};
    method.consumer_tag = {tag};
    method.no_ack = no_ack;
    peer.say(1, method);
    rig_.settle();
    peer.expect(1, BasicConsumeOk{{tag}});
  }
  void qos(Peer& peer, std::uint16_t count) {
    peer.say(1, BasicQos{0, count, false});
    rig_.tick();
    peer.expect(1, BasicQosOk{});
  }
  void expect_delivery(Peer& peer, Bytes tag, std::uint64_t number, Bytes body,
                       bool redelivered = false) {
    peer.expect(1, BasicDeliver{{tag}, number, redelivered, {""}, {"q"}});
    peer.expect_content(1, body);
  }
  void expect_got(Peer& peer, std::uint64_t number, Bytes body, std::uint32_t left,
                  bool redelivered = false) {
    BasicGet get;
    get.queue = {"q"};
    peer.say(1, get);
    rig_.settle();
    peer.expect(1, BasicGetOk{number, redelivered, {""}, {"q"}, left});
    peer.expect_content(1, body);
  }
  void expect_empty(Peer& peer) {
    BasicGet get;
    get.queue = {"q"};
    peer.say(1, get);
    rig_.settle();
    peer.expect(1, BasicGetEmpty{});
  }

  Rig rig_;
  Peer peer_{rig_, true};
};

TEST_F(AmqpConsume, MessagesComeInOrderAfterConsumeOk) {
  publish(3);
  consume(peer_, "c");
  expect_delivery(peer_, "c", 1, "m1");
  expect_delivery(peer_, "c", 2, "m2");
  expect_delivery(peer_, "c", 3, "m3");
  peer_.expect_nothing();
}

TEST_F(AmqpConsume, AQueueMayGoWhileItsConsumeOkWaits) {
  Peer other(rig_, true);
  other.open();
  QueueDeclare fleeting;
  fleeting.queue = {"fleeting"};
  other.say(1, fleeting);
  other.publish(1, "", "fleeting", "x");
  rig_.settle();
  EXPECT_THAT(Peer::described(other.next_frame()), testing::HasSubstr("method 50.11"));

  QueueDeclare slow;  // its answer waits for the disk, and the consume-ok behind it
  slow.queue = {"slow"};
  slow.durable = true;
  peer_.say(1, slow);
  BasicConsume consume;
  consume.queue = {"fleeting"};
  peer_.say(1, consume);
  rig_.tick();
  QueueDelete gone;
  gone.queue = {"fleeting"};
  other.say(1, gone);
  rig_.tick();
  peer_.say(1, ChannelClose{200, {""}, 0, 0});
  rig_.settle();
  std::string last;
  for (std::string frame = peer_.next_frame(); !frame.empty(); frame = peer_.next_frame())
    last = Peer::described(frame);
  EXPECT_THAT(last, testing::HasSubstr("method 20.41"));
}

TEST_F(AmqpConsume, APrefetchHoldsUntilAnAck) {
  publish(3);
  qos(peer_, 1);
  consume(peer_, "c");
  expect_delivery(peer_, "c", 1, "m1");
  peer_.expect_nothing();
  peer_.say(1, BasicAck{1, false});
  rig_.settle();
  expect_delivery(peer_, "c", 2, "m2");
  peer_.expect_nothing();
}

TEST_F(AmqpConsume, AMultipleAckSettlesEverythingBelow) {
  publish(5);
  consume(peer_, "c");
  for (std::uint64_t i = 1; i <= 5; ++i)
    expect_delivery(peer_, "c", i, "m" + std::to_string(i));
  peer_.say(1, BasicAck{4, true});
  peer_.say(1, BasicNack{0, true, true});
  rig_.settle();
  expect_delivery(peer_, "c", 6, "m5", true);
}

TEST_F(AmqpConsume, AnUnknownTagClosesTheChannelAndReturnsWhatItHeld) {
  publish(1);
  consume(peer_, "c");
  expect_delivery(peer_, "c", 1, "m1");
  peer_.say(1, BasicAck{2, false});
  peer_.expect_close(1, 406, "PRECONDITION_FAILED - unknown delivery tag 2");
  Peer other(rig_, true);
  other.open();
  expect_got(other, 1, "m1", 0, true);
}

TEST_F(AmqpConsume, AnAckThatComesTwiceIsUnknown) {
  publish(2);
  consume(peer_, "c");
  expect_delivery(peer_, "c", 1, "m1");
  expect_delivery(peer_, "c", 2, "m2");
  peer_.say(1, BasicAck{1, false});
  peer_.say(1, BasicAck{1, false});
  peer_.expect_close(1, 406, "PRECONDITION_FAILED - unknown delivery tag 1");
}

TEST_F(AmqpConsume, ARejectedMessageIsGoneAndARequeuedOneComesBackInItsPlace) {
  publish(3);
  expect_got(peer_, 1, "m1", 2);
  expect_got(peer_, 2, "m2", 1);
  peer_.say(1, BasicReject{2, true});
  peer_.say(1, BasicReject{1, false});
  rig_.settle();
  expect_got(peer_, 3, "m2", 1, true);
  expect_got(peer_, 4, "m3", 0);
  expect_empty(peer_);
}

TEST_F(AmqpConsume, NothingIsDeliveredAfterCancelOkAndTheRestStaysWithTheChannel) {
  publish(2);
  qos(peer_, 1);
  consume(peer_, "c");
  expect_delivery(peer_, "c", 1, "m1");
  peer_.say(1, BasicCancel{{"c"}, false});
  peer_.say(1, BasicAck{1, false});
  rig_.settle();
  peer_.expect(1, BasicCancelOk{{"c"}});
  peer_.expect_nothing();
  peer_.say(1, BasicCancel{{"nobody"}, false});
  peer_.expect(1, BasicCancelOk{{"nobody"}});
}

TEST_F(AmqpConsume, AConsumerTagIsUsedOnce) {
  consume(peer_, "c");
  BasicConsume method;
  method.queue = {"q"};
  method.consumer_tag = {"c"};
  peer_.say(1, method);
  peer_.expect_close(0, 530, "NOT_ALLOWED - attempt to reuse consumer tag 'c'");
}

TEST_F(AmqpConsume, AnArgumentWithAMeaningThatIsMissingHereIsRefusedByName) {
  for (const char* name : {"x-consumer-timeout", "x-stream-filter", "x-stream-match-unfiltered"}) {
    Peer peer(rig_, true);
    peer.open();
    FieldTable table;
    table.set(name, FieldValue::integer(1));
    const std::string arguments = table_of(table);
    BasicConsume method;
    method.queue = {"q"};
    method.arguments = {arguments};
    peer.say(1, method);
    const std::string close = Peer::described(peer.next_frame());
    EXPECT_THAT(close, testing::HasSubstr(std::string("argument '") + name)) << name;
  }
}

TEST_F(AmqpConsume, APriorityIsAnIntegerOfAnyWidth) {
  const auto consumed = [&](FieldValue priority) {
    Peer peer(rig_, true);
    peer.open();
    consume_with(peer, "q", "x-priority", std::move(priority));
    return Peer::described(peer.next_frame());
  };
  const std::string good = "method 60.21";
  for (const std::int64_t number : {std::int64_t{-5}, std::int64_t{1} << 62, INT64_MIN})
    EXPECT_THAT(consumed(FieldValue::integer(number)), testing::HasSubstr(good)) << number;
  EXPECT_THAT(consumed(FieldValue::text("5")),
              testing::HasSubstr("invalid arg 'x-priority' for queue 'q' in vhost '/': "
                                 "\"expected integer, got longstr\""));
  EXPECT_THAT(consumed(FieldValue{'T', std::int64_t{5}}), testing::HasSubstr("got timestamp"));
}

TEST_F(AmqpConsume, ADeliveryCountThatAPublisherClaimsIsNotShownByAQueueThatCounts) {
  declare_of_type("counts", "quorum");
  FieldTable claimed;
  claimed.set("x-delivery-count", FieldValue::integer(7));
  claimed.set("a", FieldValue::integer(1));
  const std::string sent = table_of(claimed);
  FieldTable kept;
  kept.set("a", FieldValue::integer(1));
  const auto get = [&](Bytes queue, std::uint64_t tag, bool redelivered,
                       const FieldTable& headers) {
    const std::string table = table_of(headers);
    Properties wanted;
    wanted.set(Property::headers, table);
    BasicGet method;
    method.queue = {queue};
    peer_.say(1, method);
    rig_.settle();
    peer_.expect(1, BasicGetOk{tag, redelivered, {""}, {queue}, 0});
    peer_.expect_content(1, "m", wanted);
  };
  Properties properties;
  properties.set(Property::headers, sent);
  peer_.publish(1, "", "counts", "m", properties);
  get("counts", 1, false, kept);
  peer_.say(1, BasicReject{1, true});
  kept.set("x-delivery-count", FieldValue::integer(1));
  get("counts", 2, true, kept);
  peer_.publish(1, "", "q", "m", properties);
  get("q", 3, false, claimed);
}

TEST_F(AmqpConsume, WhatIsReadFromAStreamCanBeAckedAndNothingElse) {
  read_stream();
  peer_.say(1, BasicAck{1, false});
  peer_.say(1, BasicNack{2, false, true});
  peer_.expect_close(0, 540,
                     "NOT_IMPLEMENTED - basic.nack and basic.reject not supported by stream queues "
                     "queue 's' in vhost '/'");
}

TEST_F(AmqpConsume, ARejectOfWhatIsReadFromAStreamIsRefused) {
  read_stream();
  peer_.say(1, BasicReject{2, false});
  EXPECT_THAT(Peer::described(peer_.next_frame()),
              testing::HasSubstr("basic.reject not supported"));
}

TEST_F(AmqpConsume, ARejectOfWhatACancelledReaderGotNamesNoQueue) {
  read_stream();
  peer_.say(1, BasicCancel{{"c"}, false});
  rig_.settle();
  peer_.expect(1, BasicCancelOk{{"c"}});
  peer_.say(1, BasicReject{2, false});
  peer_.expect_close(
      0, 540, "NOT_IMPLEMENTED - basic.nack and basic.reject not supported by stream queues");
}

TEST_F(AmqpConsume, AStreamHasNothingToRecover) {
  read_stream();
  peer_.say(1, BasicRecover{true});
  EXPECT_THAT(Peer::described(peer_.next_frame()),
              testing::HasSubstr("basic.recover not supported by stream queues queue 's'"));
}

TEST_F(AmqpConsume, WithoutAckDeliveriesAreSettledAtOnce) {
  publish(2);
  consume(peer_, "c", true);
  expect_delivery(peer_, "c", 1, "m1");
  expect_delivery(peer_, "c", 2, "m2");
  peer_.leave();
  Peer other(rig_, true);
  other.open();
  expect_empty(other);
}

TEST_F(AmqpConsume, ALostConnectionReturnsItsMessagesAsRedelivered) {
  publish(2);
  consume(peer_, "c");
  peer_.leave();
  Peer other(rig_, true);
  other.open();
  expect_got(other, 1, "m1", 1, true);
  expect_got(other, 2, "m2", 0, true);
}

TEST_F(AmqpConsume, RecoverBringsBackEverythingOfTheChannel) {
  publish(2);
  consume(peer_, "c");
  expect_delivery(peer_, "c", 1, "m1");
  expect_delivery(peer_, "c", 2, "m2");
  peer_.say(1, BasicRecover{true});
  rig_.settle();
  peer_.expect(1, BasicRecoverOk{});
  expect_delivery(peer_, "c", 3, "m1", true);
  expect_delivery(peer_, "c", 4, "m2", true);
  peer_.say(1, BasicRecover{false});
  peer_.expect_close(0, 540, "NOT_IMPLEMENTED - requeue=false");
}

TEST_F(AmqpConsume, WhoDeletesAQueueIsAnsweredBeforeItsConsumersAreCancelled) {
  consume(peer_, "c");
  QueueDelete method;
  method.queue = {"q"};
  peer_.say(1, method);
  rig_.tick();
  peer_.expect_nothing();
  rig_.settle();
  peer_.expect(1, QueueDeleteOk{0});
  peer_.expect(1, BasicCancel{{"c"}, true});
}

TEST_F(AmqpConsume, ADeletedQueueCancelsItsConsumers) {
  consume(peer_, "c");
  Peer other(rig_, true);
  other.open();
  QueueDelete method;
  method.queue = {"q"};
  other.say(1, method);
  rig_.settle();
  other.expect(1, QueueDeleteOk{0});
  peer_.expect(1, BasicCancel{{"c"}, true});
}

TEST_F(AmqpConsume, AnExclusiveConsumerKeepsOthersOut) {
  BasicConsume method;
  method.queue = {"q"};
  method.consumer_tag = {"only"};
  method.exclusive = true;
  peer_.say(1, method);
  rig_.settle();
  peer_.expect(1, BasicConsumeOk{{"only"}});
  Peer other(rig_, true);
  other.open();
  method.exclusive = false;
  other.say(1, method);
  rig_.settle();
  other.expect_close(1, 403, "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use");
}

TEST_F(AmqpConsume, ALargeBodyIsCutToTheFrameSizeThePeerAgreedTo) {
  const std::string body(300'000, 'x');
  std::string bytes;
  BasicPublish method;
  method.routing_key = {"q"};
  append_method(bytes, 1, method);
  OpenFrame header(bytes, FrameType::header, 1);
  append_content_header_fixed(bytes, body.size());
  append_properties(bytes, Properties{});
  header.finish();
  for (std::size_t at = 0; at < body.size(); at += 100'000) {
    append_frame(bytes, FrameType::body, 1, Bytes(body).substr(at, 100'000));
  }
  peer_.send(bytes);
  rig_.settle();
  Peer small(rig_, true);
  small.handshake(4096);
  small.say(1, ChannelOpen{});
  small.expect(1, ChannelOpenOk{});
  BasicGet get;
  get.queue = {"q"};
  small.say(1, get);
  rig_.settle();
  small.expect(1, BasicGetOk{1, false, {""}, {"q"}, 0});
  small.next_frame();
  std::size_t size = 0;
  for (std::string frame = small.next_frame(); !frame.empty(); frame = small.next_frame()) {
    EXPECT_LE(frame.size(), 4096U);
    size += frame.size() - frame_overhead_bytes;
  }
  EXPECT_EQ(size, body.size());
}

TEST_F(AmqpConsume, ASlowReaderIsNotFloodedAndGetsEverythingInTheEnd) {
  const std::string body(60'000, 'x');
  for (int i = 0; i < 100; ++i)
    peer_.publish(1, "", "q", body);
  rig_.settle();
  Peer slow(rig_, true);
  slow.open();
  consume(slow, "c");
  int count = 0;
  for (int round = 0; round < 40; ++round) {
    rig_.settle();
    for (std::string frame = slow.next_frame(); !frame.empty(); frame = slow.next_frame()) {
      if (frame[0] == 2) ++count;
    }
  }
  EXPECT_EQ(count, 100);
}

TEST_F(AmqpConsume, RejectsWaitWhereNacksAreJustHandedBack) {
  FieldTable arguments;
  arguments.set("x-queue-type", FieldValue::text("quorum"));
  arguments.set("x-delayed-retry-type", FieldValue::text("failed"));
  arguments.set("x-delayed-retry-min", FieldValue::integer(100));
  const std::string table = table_of(arguments);
  QueueDelete removal;
  removal.queue = {"q"};
  peer_.say(1, removal);
  QueueDeclare method;
  method.queue = {"q"};
  method.durable = true;
  method.arguments = {table};
  peer_.say(1, method);
  rig_.settle();
  const auto drain = [&] {
    while (!peer_.next_frame().empty()) {
    }
  };
  drain();
  publish(1);
  const auto get = [&] {
    BasicGet what;
    what.queue = {"q"};
    peer_.say(1, what);
    rig_.settle();
    return Peer::described(peer_.next_frame());
  };
  const std::string empty = "method 60.72";
  EXPECT_THAT(get(), testing::Not(testing::HasSubstr(empty)));
  drain();
  peer_.say(1, BasicNack{1, false, true});
  EXPECT_THAT(get(), testing::Not(testing::HasSubstr(empty)));
  drain();
  peer_.say(1, BasicReject{2, true});
  EXPECT_THAT(get(), testing::HasSubstr(empty));
  rig_.advance_ms(99);
  EXPECT_THAT(get(), testing::HasSubstr(empty)) << "100 ms for each failure, and never early";
  rig_.advance_ms(1);
  EXPECT_THAT(get(), testing::Not(testing::HasSubstr(empty)));
}

}  // namespace
}  // namespace rialto::amqp
