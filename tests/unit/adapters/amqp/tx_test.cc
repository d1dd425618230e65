#include "core/model/field_table.h"
#include "tests/unit/adapters/amqp/amqp_rig.h"

#include <gmock/gmock.h>

namespace rialto::amqp {
namespace {

class AmqpTx : public testing::Test {
 protected:
  void SetUp() override {
    peer_.open();
    QueueDeclare method;
    method.queue = {"q"};
    method.durable = true;
    peer_.say(1, method);
    rig_.settle();
    peer_.expect(1, QueueDeclareOk{{"q"}, 0, 0});
  }
  void select() {
    peer_.say(1, TxSelect{});
    rig_.tick();
    peer_.expect(1, TxSelectOk{});
  }
  void commit() {
    peer_.say(1, TxCommit{});
    rig_.settle();
    peer_.expect(1, TxCommitOk{});
  }
  void get() {
    BasicGet method;
    method.queue = {"q"};
    peer_.say(1, method);
    rig_.settle();
  }
  void expect_got(std::uint64_t tag, Bytes body, std::uint32_t left, bool redelivered = false) {
    get();
    peer_.expect(1, BasicGetOk{tag, redelivered, {""}, {"q"}, left});
    peer_.expect_content(1, body);
  }
  void expect_empty() {
    get();
    peer_.expect(1, BasicGetEmpty{});
  }

  Rig rig_;
  Peer peer_{rig_, true};
};

TEST_F(AmqpTx, HoldsPublishesUntilTheCommit) {
  select();
  peer_.publish(1, "", "q", "one");
  rig_.settle();
  expect_empty();
  commit();
  expect_got(1, "one", 0);
}

TEST_F(AmqpTx, ForgetsPublishesWhenRolledBack) {
  select();
  peer_.publish(1, "", "q", "one");
  peer_.say(1, TxRollback{});
  rig_.settle();
  peer_.expect(1, TxRollbackOk{});
  commit();
  expect_empty();
}

TEST_F(AmqpTx, KeepsWhatWasAckedOutstandingAfterARollbackUnderItsTag) {
  peer_.publish(1, "", "q", "one");
  peer_.publish(1, "", "q", "two");
  rig_.settle();
  select();
  expect_got(1, "one", 1);
  expect_got(2, "two", 0);
  peer_.say(1, BasicAck{1, false});
  peer_.say(1, TxRollback{});
  rig_.settle();
  peer_.expect(1, TxRollbackOk{});
  expect_empty();
  peer_.say(1, BasicAck{2, true});
  commit();
  Peer other(rig_, true);
  other.open();
  peer_.leave();
  rig_.settle();
  other.say(1, QueueDeclare{0, {"q"}, true, false, false, false, false, {}});
  rig_.settle();
  other.expect(1, QueueDeclareOk{{"q"}, 0, 0});
}

TEST_F(AmqpTx, GivesBackWhatItHasNotCommittedWhenTheChannelCloses) {
  peer_.publish(1, "", "q", "one");
  rig_.settle();
  select();
  expect_got(1, "one", 0);
  peer_.say(1, BasicAck{1, false});
  peer_.say(1, ChannelClose{});
  peer_.expect(1, ChannelCloseOk{});
  peer_.say(1, ChannelOpen{});
  peer_.expect(1, ChannelOpenOk{});
  expect_got(1, "one", 0, true);
}

TEST_F(AmqpTx, TellsOfAnUnknownTagAtOnce) {
  select();
  peer_.say(1, BasicAck{7, false});
  peer_.expect_close(1, 406, "PRECONDITION_FAILED - unknown delivery tag 7");
}

TEST_F(AmqpTx, AndConfirmsExcludeEachOther) {
  select();
  peer_.say(1, ConfirmSelect{});
  peer_.expect_close(1, 406, "PRECONDITION_FAILED - cannot switch from tx to confirm mode");
  peer_.say(1, ChannelCloseOk{});
  peer_.say(2, ChannelOpen{});
  peer_.expect(2, ChannelOpenOk{});
  peer_.say(2, ConfirmSelect{});
  peer_.expect(2, ConfirmSelectOk{});
  peer_.say(2, TxSelect{});
  peer_.expect_close(2, 406, "PRECONDITION_FAILED - cannot switch from confirm to tx mode");
  peer_.say(3, ChannelOpen{});
  peer_.expect(3, ChannelOpenOk{});
  peer_.say(3, TxCommit{});
  peer_.expect_close(3, 406, "PRECONDITION_FAILED - channel is not transactional");
  peer_.say(4, ChannelOpen{});
  peer_.expect(4, ChannelOpenOk{});
  peer_.say(4, TxRollback{});
  peer_.expect_close(4, 406, "PRECONDITION_FAILED - channel is not transactional");
}

TEST_F(AmqpTx, ReadsWhatFollowsACommitWhenThatIsDone) {
  select();
  peer_.publish(1, "", "q", "one");
  peer_.say(1, TxCommit{});
  BasicGet method;
  method.queue = {"q"};
  peer_.say(1, method);
  rig_.settle();
  peer_.expect(1, TxCommitOk{});
  peer_.expect(1, BasicGetOk{1, false, {""}, {"q"}, 0});
  peer_.expect_content(1, "one");
}

class AmqpReplies : public AmqpTx {
 protected:
  void consume(Peer& peer, bool no_ack = true, Bytes tag = "replies") {
    BasicConsume method;
    method.queue = {"amq.rabbitmq.reply-to"};
    method.consumer_tag = {tag};
    method.no_ack = no_ack;
    peer.say(1, method);
  }
  /// Asks through the queue q and answers; true address of the asker.
  std::string asked() {
    Properties properties;
    properties.set(Property::reply_to, "amq.rabbitmq.reply-to");
    peer_.publish(1, "", "q", "question", properties);
    rig_.settle();
    Peer callee(rig_, true);
    callee.open();
    BasicGet method;
    method.queue = {"q"};
    method.no_ack = true;
    callee.say(1, method);
    rig_.settle();
    callee.expect(1, BasicGetOk{1, false, {""}, {"q"}, 0});
    const std::string header = callee.next_frame();
    ContentHeader read;
    EXPECT_EQ(read_content_header(scan_frame(header, UINT32_MAX - 8).frame.payload, read),
              PropertiesRead::good);
    callee.next_frame();
    const std::string address(read.properties.value(Property::reply_to));
    callee.publish(1, "", address, "answer");
    rig_.settle();
    return address;
  }
};

TEST_F(AmqpReplies, ComeWithoutAQueue) {
  consume(peer_);
  Properties properties;
  properties.set(Property::reply_to, "amq.rabbitmq.reply-to");
  rig_.settle();
  peer_.expect(1, BasicConsumeOk{{"replies"}});
  const std::string address = asked();
  EXPECT_THAT(address, testing::StartsWith("amq.rabbitmq.reply-to."));
  peer_.expect(1, BasicDeliver{{"replies"}, 1, false, {""}, {address}});
  peer_.expect_content(1, "answer");
  QueueDeclare probe;
  probe.queue = {address};
  probe.passive = true;
  peer_.say(1, probe);
  rig_.settle();
  peer_.expect(1, QueueDeclareOk{{address}, 0, 1});
  peer_.say(1, BasicCancel{{"replies"}, false});
  rig_.settle();
  peer_.expect(1, BasicCancelOk{{"replies"}});
  peer_.say(1, probe);
  rig_.settle();
  peer_.expect_close(1, 404, "NOT_FOUND - no queue '" + address + "' in vhost '/'");
}

TEST_F(AmqpReplies, CanBeAskedForInTheSameBreath) {
  consume(peer_);
  Properties properties;
  properties.set(Property::reply_to, "amq.rabbitmq.reply-to");
  peer_.publish(1, "", "q", "question", properties);
  rig_.settle();
  peer_.expect(1, BasicConsumeOk{{"replies"}});
  peer_.expect_nothing();
}

TEST_F(AmqpReplies, HaveOneConsumerWhateverTheTagOfAnotherIs) {
  consume(peer_);
  rig_.settle();
  peer_.expect(1, BasicConsumeOk{{"replies"}});
  consume(peer_);
  peer_.expect_close(1, 406, "PRECONDITION_FAILED - reply consumer already set");
}

TEST_F(AmqpReplies, HaveOneConsumerThatNeedNotAcknowledge) {
  consume(peer_, false);
  peer_.expect_close(1, 406, "PRECONDITION_FAILED - reply consumer cannot acknowledge");
  Peer second(rig_, true);
  second.open();
  consume(second);
  rig_.settle();
  second.expect(1, BasicConsumeOk{{"replies"}});
  consume(second, true, "more");
  second.expect_close(1, 406, "PRECONDITION_FAILED - reply consumer already set");
  Peer third(rig_, true);
  third.open();
  Properties properties;
  properties.set(Property::reply_to, "amq.rabbitmq.reply-to");
  third.publish(1, "", "q", "question", properties);
  third.expect_close(1, 406, "PRECONDITION_FAILED - fast reply consumer does not exist");
}

}  // namespace
}  // namespace rialto::amqp
