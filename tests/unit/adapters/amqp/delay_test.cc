#include "core/broker/publish_headers.h"
#include "core/model/field_table.h"
#include "tests/unit/adapters/amqp/amqp_rig.h"

#include <gmock/gmock.h>

namespace rialto::amqp {
namespace {

std::string table_of(const FieldTable& table) {
  std::string out;
  append_field_table(out, table);
  return out.substr(4);
}

std::string headers(const std::string& name, FieldValue value) {
  FieldTable table;
  table.set(name, std::move(value));
  return table_of(table);
}

TEST(AmqpPublishHeaders, AreReadAsTheDelayedMessageExchangeReadsThem) {
  PublishHeaders read;
  const std::string delay = headers("x-delay", FieldValue{'I', std::int64_t{1500}});
  EXPECT_TRUE(read.read(delay));
  EXPECT_EQ(read.delay()->ms, 1500);
  for (const FieldValue& as_well :
       {FieldValue::text("1500"), FieldValue{'d', 1500.9}, FieldValue{'f', 1500.0}}) {
    EXPECT_TRUE(read.read(headers("x-delay", as_well)));
    ASSERT_TRUE(read.delay()) << as_well.tag;
    EXPECT_EQ(read.delay()->ms, 1500) << as_well.tag;
  }
  for (const FieldValue& none :
       {FieldValue{'I', std::int64_t{0}}, FieldValue{'I', std::int64_t{-5}},
        FieldValue::text("soon"), FieldValue::text("1e3"), FieldValue{'d', 0.9},
        FieldValue{'T', std::int64_t{5}}, FieldValue::boolean(true)}) {
    EXPECT_TRUE(read.read(headers("x-delay", none)));
    EXPECT_FALSE(read.delay()) << none.tag;
  }
}

TEST(AmqpPublishHeaders, ATimeMayBeATimestampOrMilliseconds) {
  PublishHeaders read;
  EXPECT_TRUE(read.read(headers("x-deliver-at", FieldValue{'T', std::int64_t{1'700'000'000}})));
  EXPECT_EQ(read.delay()->at_wall_ms, 1'700'000'000'000);
  EXPECT_TRUE(read.read(headers("x-deliver-at", FieldValue::integer(1'700'000'000'123))));
  EXPECT_EQ(read.delay()->at_wall_ms, 1'700'000'000'123);
  EXPECT_TRUE(read.read(headers("x-deliver-at", FieldValue{'T', INT64_MAX})));
  EXPECT_EQ(read.delay()->at_wall_ms, INT64_MAX);
  EXPECT_FALSE(read.read(headers("x-deliver-at", FieldValue::text("tomorrow"))));
  EXPECT_THAT(read.fault(), testing::HasSubstr("not longstr"));
}

class AmqpDelay : public testing::Test {
 protected:
  void SetUp() override {
    peer_.open();
    QueueDeclare queue;
    queue.queue = {"q"};
    queue.durable = true;
    peer_.say(1, queue);
    rig_.settle();
    peer_.expect(1, QueueDeclareOk{{"q"}, 0, 0});
  }
  void publish(const FieldTable& table) {
    const std::string bytes = table_of(table);
    Properties properties;
    properties.set(Property::headers, bytes);
    peer_.publish(1, "", "q", "body", properties);
    rig_.settle();
  }
  static ExchangeDeclare delayed(Bytes arguments) {
    ExchangeDeclare method;
    method.exchange = {"e"};
    method.type = {"x-delayed-message"};
    method.durable = true;
    method.arguments = {arguments};
    return method;
  }

  Rig rig_;
  Peer peer_{rig_, true};
};

TEST_F(AmqpDelay, OfAMessageInABadFormClosesTheChannel) {
  FieldTable both;
  both.set("x-delay", FieldValue::integer(10));
  both.set("x-deliver-at", FieldValue::integer(10));
  publish(both);
  peer_.expect_close(1, 406,
                     "PRECONDITION_FAILED - the headers 'x-delay' and 'x-deliver-at' exclude each "
                     "other");
}

TEST_F(AmqpDelay, BeyondTenYearsClosesTheChannel) {
  FieldTable table;
  table.set("x-delay", FieldValue::integer(INT64_MAX));
  publish(table);
  peer_.expect_close(1, 406, "PRECONDITION_FAILED - a message is delayed by ten years at most");
}

TEST_F(AmqpDelay, AnExchangeThatDelaysSaysHowItRoutes) {
  const std::string topic = headers("x-delayed-type", FieldValue::text("topic"));
  peer_.say(1, delayed(topic));
  rig_.settle();
  peer_.expect(1, ExchangeDeclareOk{});
  peer_.say(1, delayed(topic));
  rig_.settle();
  peer_.expect(1, ExchangeDeclareOk{});
  const std::string direct = headers("x-delayed-type", FieldValue::text("direct"));
  peer_.say(1, delayed(direct));
  rig_.settle();
  peer_.expect_close(1, 406,
                     "PRECONDITION_FAILED - inequivalent arg 'x-delayed-type' for exchange 'e' in "
                     "vhost '/': received 'direct' but current is 'topic'");
}

TEST_F(AmqpDelay, AnExchangeThatDelaysNeedsARealType) {
  const std::string itself = headers("x-delayed-type", FieldValue::text("x-delayed-message"));
  peer_.say(1, delayed(itself));
  rig_.settle();
  peer_.expect_close(1, 406,
                     "PRECONDITION_FAILED - Invalid argument, 'x-delayed-type' must be an existing "
                     "exchange type");
}

}  // namespace
}  // namespace rialto::amqp
