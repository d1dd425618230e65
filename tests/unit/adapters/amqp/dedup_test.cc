// Messages that come again, by their ids and by the numbers of their producer.
#include "core/broker/publish_headers.h"
#include "core/model/field_table.h"
#include "tests/unit/adapters/amqp/amqp_rig.h"

#include <gmock/gmock.h>

namespace rialto::amqp {
namespace {

FieldTable numbered(FieldValue name, FieldValue sequence) {
  FieldTable table;
  table.set("x-producer-name", std::move(name));
  table.set("x-producer-sequence", std::move(sequence));
  return table;
}

std::string bytes_of(const FieldTable& table) {
  std::string out;
  append_field_table(out, table);
  return out.substr(4);
}

TEST(AmqpPublishHeaders, AProducerHasANameAndNumbersItsMessages) {
  PublishHeaders read;
  EXPECT_TRUE(read.read(bytes_of(numbered(FieldValue::text("p"), FieldValue::integer(7)))));
  EXPECT_EQ(read.identity()->producer, wide_hash("p"));
  EXPECT_EQ(read.identity()->sequence, 7);
  FieldTable name_only;
  name_only.set("x-producer-name", FieldValue::text("p"));
  EXPECT_TRUE(read.read(bytes_of(name_only))) << "many a message says who made it";
  EXPECT_FALSE(read.identity());
}

TEST(AmqpPublishHeaders, WhatCannotBeANumberOfAProducerIsRefusedByName) {
  PublishHeaders read;
  const auto fault = [&](const FieldTable& table) {
    EXPECT_FALSE(read.read(bytes_of(table)));
    return read.fault();
  };
  EXPECT_THAT(fault(numbered(FieldValue::text("p"), FieldValue::integer(-1))),
              testing::HasSubstr("x-producer-sequence"));
  EXPECT_THAT(fault(numbered(FieldValue::text("p"), FieldValue::text("1"))),
              testing::HasSubstr("x-producer-sequence"));
  EXPECT_THAT(fault(numbered(FieldValue::text(""), FieldValue::integer(1))),
              testing::HasSubstr("x-producer-name"));
  EXPECT_THAT(fault(numbered(FieldValue::integer(1), FieldValue::integer(1))),
              testing::HasSubstr("x-producer-name"));
  EXPECT_THAT(fault(numbered(FieldValue::text(std::string(256, 'p')), FieldValue::integer(1))),
              testing::HasSubstr("1 to 255 bytes"));
}

class AmqpDedup : public testing::Test {
 protected:
  void SetUp() override {
    peer_.open();
    FieldTable arguments;
    arguments.set("x-message-deduplication", FieldValue::boolean(true));
    declare("q", arguments);
    peer_.say(1, ConfirmSelect{});
    peer_.expect(1, ConfirmSelectOk{});
  }
  void declare(Bytes name, const FieldTable& arguments) {
    const std::string bytes = bytes_of(arguments);
    QueueDeclare queue;
    queue.queue = {name};
    queue.durable = true;
    queue.arguments = {bytes};
    peer_.say(1, queue);
    rig_.settle();
    peer_.expect(1, QueueDeclareOk{{name}, 0, 0});
  }
  void publish(Bytes queue, const FieldTable& headers, Bytes id = {}) {
    const std::string bytes = bytes_of(headers);
    Properties properties;
    if (!headers.empty()) properties.set(Property::headers, bytes);
    if (!id.empty()) properties.set(Property::message_id, id);
    peer_.publish(1, "", queue, "body", properties, true);
  }
  void expect_depth(Bytes name, std::uint32_t depth) {
    QueueDeclare queue;
    queue.queue = {name};
    queue.passive = true;
    peer_.say(1, queue);
    rig_.settle();
    peer_.expect(1, QueueDeclareOk{{name}, depth, 0});
  }

  Rig rig_;
  Peer peer_{rig_, true};
};

TEST_F(AmqpDedup, AMessageIdThatComesAgainIsAckedWhenTheFirstIsDurableAndNotStored) {
  publish("q", {}, "a");
  publish("q", {}, "a");
  rig_.tick();
  peer_.expect_nothing();
  rig_.commit(1);
  peer_.expect(1, BasicAck{2, true});
  publish("q", {}, "a");
  rig_.tick();
  peer_.expect(1, BasicAck{3, false});
  expect_depth("q", 1);
}

TEST_F(AmqpDedup, AProducersNumberThatComesAgainIsAckedAndNotStoredInAnyQueue) {
  declare("plain", {});
  for (const std::int64_t sequence : {1, 2, 2, 1, 5})
    publish("plain", numbered(FieldValue::text("p"), FieldValue::integer(sequence)));
  rig_.settle();
  peer_.expect(1, BasicAck{5, true});
  expect_depth("plain", 3);
}

TEST_F(AmqpDedup, ABadNumberClosesTheChannel) {
  publish("q", numbered(FieldValue::text("p"), FieldValue::text("one")));
  rig_.settle();
  peer_.expect_close(1, 406,
                     "PRECONDITION_FAILED - invalid header 'x-producer-sequence': an integer, 0 or "
                     "above, is needed");
}

}  // namespace
}  // namespace rialto::amqp
