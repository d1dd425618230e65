#include "adapters/amqp/convert.h"

#include "core/model/field_table.h"
#include "core/model/record_batch.h"

#include <gmock/gmock.h>

#include <map>

namespace rialto::amqp {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr std::size_t room_enough = 100'000;

std::string table_bytes(const FieldTable& table) {
  std::string out;
  append_field_table(out, table);
  return out.substr(4);
}

std::vector<std::pair<std::string, std::string>> headers_of(const RecordParts& record) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const HeaderView& h : record.headers)
    all.emplace_back(h.key, h.value.value_or("(null)"));
  return all;
}

// A record as it is read back from a batch.
struct Stored {
  Slice batch;
  RecordView record;
};

Stored stored(const RecordParts& parts) {
  BatchBuilder builder;
  builder.begin(1'234);
  builder.add(parts);
  Stored s;
  s.batch = builder.seal();
  s.record = record_at(s.batch.bytes(), batch_header_bytes, Offset(42))->record;
  return s;
}

FieldTable headers_of(const MessageView& message) {
  Properties properties;
  EXPECT_EQ(read_properties(message.properties, properties), PropertiesRead::good);
  const auto table = decode_field_table(properties.value(Property::headers));
  return table.has_value() ? *table : FieldTable();
}

TEST(AmqpConvert, ScalarHeadersBecomeTextBehindTheThreeOfTheDoor) {
  FieldTable table;
  table.set("name", FieldValue::text("value"));
  table.set("count", FieldValue::integer(-7));
  table.set("on", FieldValue::boolean(true));
  table.set("ratio", {'d', 0.5});
  table.set("price", {'D', Decimal{2, 1995}});
  table.set("nothing", FieldValue{});
  table.set("nested", FieldValue::table(FieldTable()));
  const std::string headers = table_bytes(table);
  Properties properties;
  properties.set(Property::headers, headers);
  std::string blob;
  append_properties(blob, properties);
  ASSERT_EQ(read_properties(blob, properties), PropertiesRead::good);
  RecordComposer composer;
  const RecordParts record = composer.compose(properties, "ex", "rk", {});
  EXPECT_THAT(headers_of(record),
              ElementsAre(Pair("amqp.properties", blob), Pair("amqp.exchange", "ex"),
                          Pair("amqp.routing_key", "rk"), Pair("name", "value"),
                          Pair("count", "-7"), Pair("on", "true"), Pair("ratio", "0.5"),
                          Pair("price", "1995E-2"), Pair("nothing", "(null)")));
  EXPECT_FALSE(record.key);
}

TEST(AmqpConvert, TheKeyHeaderBecomesTheKeyAndThePriorityGoesAlong) {
  FieldTable table;
  table.set("x-kafka-key", FieldValue::text("customer-1"));
  const std::string headers = table_bytes(table);
  Properties properties;
  properties.set(Property::headers, headers);
  properties.set(Property::priority, "\7");
  RecordComposer composer;
  const RecordParts record = composer.compose(properties, "", "rk", {});
  EXPECT_EQ(record.key, "customer-1");
  EXPECT_EQ(record.priority, 7);
}

TEST(AmqpConvert, AMessageOfThisDoorComesBackByteForByte) {
  Properties properties;
  properties.set(Property::content_type, "application/json");
  properties.set(Property::delivery_mode, "\2");
  std::string blob;
  append_properties(blob, properties);
  read_properties(blob, properties);
  RecordComposer composer;
  const Bytes body[] = {"hello ", "world"};
  const Stored s = stored(composer.compose(properties, "orders", "eu.new", body));
  std::string scratch;
  const MessageView message =
      message_of(s.record, {"q", PartitionIndex(0), true, room_enough}, scratch);
  EXPECT_EQ(message.exchange, "orders");
  EXPECT_EQ(message.routing_key, "eu.new");
  EXPECT_EQ(message.properties, blob);
  EXPECT_EQ(message.body, "hello world");
}

TEST(AmqpConvert, ARecordOfKafkaCarriesItsHeadersAndItsPlace) {
  RecordParts parts;
  parts.key = "k";
  const Bytes body[] = {"v"};
  parts.body = body;
  const std::vector<HeaderView> headers = {
      {"one", "1"}, {"two", "a"}, {"bytes", "\xFF\xFE"}, {"two", "b"}, {"null", std::nullopt}};
  parts.headers = headers;
  const Stored s = stored(parts);
  std::string scratch;
  const MessageView message =
      message_of(s.record, {"work", PartitionIndex(3), false, room_enough}, scratch);
  EXPECT_EQ(message.exchange, "");
  EXPECT_EQ(message.routing_key, "work");
  const FieldTable table = headers_of(message);
  EXPECT_EQ(*table.find("one")->as_text(), "1");
  EXPECT_EQ(table.find("bytes")->tag, 'x');
  EXPECT_EQ(table.find("null")->tag, 'V');
  const auto& array = std::get<std::shared_ptr<const FieldArray>>(table.find("two")->value);
  ASSERT_EQ(array->items.size(), 2U);
  EXPECT_EQ(*array->items[1].as_text(), "b");
  EXPECT_EQ(*table.find("x-rialto-id")->as_text(), "work/3/42");
  EXPECT_EQ(*table.find("x-kafka-topic")->as_text(), "work");
  EXPECT_EQ(*table.find("x-kafka-partition")->as_integer(), 3);
  EXPECT_EQ(*table.find("x-kafka-offset")->as_integer(), 42);
  EXPECT_EQ(*table.find("x-kafka-timestamp")->as_integer(), 1'234);
  EXPECT_EQ(*table.find("x-kafka-key")->as_text(), "k");
  EXPECT_EQ(table.find("x-kafka-tombstone"), nullptr);
}

TEST(AmqpConvert, ADeliveryIsGivenTheIdOfItsPlaceAndLosesAnOlderOne) {
  FieldTable table;
  table.set("x-rialto-id", FieldValue::text("elsewhere/0/7"));
  table.set("mine", FieldValue::integer(1));
  const std::string headers = table_bytes(table);
  Properties sent;
  sent.set(Property::content_type, "text/plain");
  sent.set(Property::headers, headers);
  sent.set(Property::message_id, "m1");
  std::string blob;
  append_properties(blob, sent);
  const RecordPlace place{"work", PartitionIndex(3), true, room_enough};
  AddedHeaders added;
  for (const bool with_headers : {true, false}) {
    MessageView message;
    message.properties = with_headers ? Bytes(blob) : Bytes("\0\0", 2);
    added.add_id(message, Offset(42), place);
    added.add_number(message, "x-delivery-count", 2, place);
    const FieldTable shown = headers_of(message);
    EXPECT_EQ(*shown.find("x-rialto-id")->as_text(), "work/3/42");
    EXPECT_EQ(*shown.find("x-delivery-count")->as_integer(), 2);
    EXPECT_EQ(shown.find("mine") != nullptr, with_headers);
    Properties all;
    ASSERT_TRUE(split_properties(message.properties, all));
    EXPECT_EQ(all.has(Property::message_id), with_headers);
    EXPECT_EQ(all.value(Property::content_type), with_headers ? "text/plain" : "");
  }
}

TEST(AmqpConvert, AnIdThatDoesNotFitIntoTheFrameIsLeftOut) {
  MessageView message;
  message.properties = Bytes("\0\0", 2);
  AddedHeaders().add_id(message, Offset(42), {"work", PartitionIndex(3), true, 20});
  EXPECT_EQ(message.properties, Bytes("\0\0", 2));
}

TEST(AmqpConvert, ATombstoneIsAnEmptyBodyThatSaysSo) {
  RecordParts parts;
  parts.null_value = true;
  const Stored s = stored(parts);
  std::string scratch;
  const MessageView message =
      message_of(s.record, {"q", PartitionIndex(0), false, room_enough}, scratch);
  EXPECT_EQ(message.body, "");
  EXPECT_TRUE(*headers_of(message).find("x-kafka-tombstone")->as_bool());
}

TEST(AmqpConvert, AForgedBlobOfAnotherDoorIsAHeaderLikeAnyOther) {
  RecordParts parts;
  const std::vector<HeaderView> headers = {{"amqp.properties", "\xFF"}, {"amqp.exchange", "x"}};
  parts.headers = headers;
  const Stored s = stored(parts);
  std::string scratch;
  const MessageView message =
      message_of(s.record, {"q", PartitionIndex(0), false, room_enough}, scratch);
  EXPECT_EQ(message.exchange, "");
  EXPECT_EQ(headers_of(message).find("amqp.properties")->tag, 'x');
}

TEST(AmqpConvert, HeadersThatDoNotFitIntoAFrameAreLeftOutAndThatIsSaid) {
  RecordParts parts;
  const std::string large(5'000, 'x');
  const std::vector<HeaderView> headers = {{"large", large}, {"small", "s"}};
  parts.headers = headers;
  const Stored s = stored(parts);
  std::string scratch;
  const MessageView message = message_of(s.record, {"q", PartitionIndex(0), false, 4'000}, scratch);
  EXPECT_LE(message.properties.size(), 4'000U);
  const FieldTable table = headers_of(message);
  EXPECT_EQ(table.find("large"), nullptr);
  EXPECT_EQ(*table.find("small")->as_text(), "s");
  EXPECT_EQ(*table.find("x-rialto-headers-left-out")->as_integer(), 1);
}

TEST(AmqpConvert, PropertiesOfALargerFrameLoseOnlyTheHeadersThatDoNotFit) {
  FieldTable table;
  table.set("large", FieldValue::text(std::string(5'000, 'x')));
  table.set("small", FieldValue::integer(1));
  table.set("nothing", FieldValue{});
  const std::string headers = table_bytes(table);
  Properties sent;
  sent.set(Property::headers, headers);
  sent.set(Property::delivery_mode, "\2");
  sent.set(Property::correlation_id, "cid");
  sent.set(Property::message_id, "m1");
  std::string blob;
  append_properties(blob, sent);
  ASSERT_EQ(read_properties(blob, sent), PropertiesRead::good);
  RecordComposer composer;
  const Stored s = stored(composer.compose(sent, "ex", "rk", {}));
  std::string scratch;
  constexpr std::size_t small_frame = 4'096 - 8 - 12;
  const MessageView message =
      message_of(s.record, {"q", PartitionIndex(0), true, small_frame}, scratch);
  EXPECT_LE(message.properties.size(), small_frame);
  Properties got;
  ASSERT_EQ(read_properties(message.properties, got), PropertiesRead::good);
  EXPECT_EQ(got.value(Property::delivery_mode), "\2");
  EXPECT_EQ(got.value(Property::correlation_id), "cid");
  EXPECT_EQ(got.value(Property::message_id), "m1");
  const FieldTable left = headers_of(message);
  EXPECT_EQ(left.entries.size(), 3U);
  EXPECT_EQ(*left.find("small")->as_integer(), 1);
  EXPECT_EQ(left.find("nothing")->tag, 'V');
  EXPECT_EQ(*left.find("x-rialto-headers-left-out")->as_integer(), 1);
}

TEST(AmqpConvert, AHeaderOfARecordCannotStandInForOneOfTheDoor) {
  RecordParts parts;
  const Bytes body[] = {"v"};
  parts.body = body;
  const std::vector<HeaderView> headers = {{"x-kafka-offset", "999"},
                                           {"x-kafka-key", "forged"},
                                           {"x-kafka-tombstone", "1"},
                                           {"x-kafka-topic", "other"},
                                           {"x-rialto-id", "a/0/0"},
                                           {"x-rialto-headers-left-out", "0"},
                                           {"mine", "1"}};
  parts.headers = headers;
  const Stored s = stored(parts);
  std::string scratch;
  const FieldTable table =
      headers_of(message_of(s.record, {"q", PartitionIndex(0), false, room_enough}, scratch));
  std::map<std::string, int> names;
  for (const auto& [name, value] : table.entries)
    EXPECT_EQ(++names[name], 1) << name;
  EXPECT_EQ(*table.find("x-kafka-offset")->as_integer(), 42);
  EXPECT_EQ(*table.find("x-kafka-topic")->as_text(), "q");
  EXPECT_EQ(*table.find("x-rialto-id")->as_text(), "q/0/42");
  EXPECT_EQ(table.find("x-kafka-key"), nullptr);
  EXPECT_EQ(table.find("x-kafka-tombstone"), nullptr);
  EXPECT_EQ(*table.find("mine")->as_text(), "1");
  EXPECT_EQ(*table.find("x-rialto-headers-left-out")->as_integer(), 6);
}

TEST(AmqpConvert, ANameIsWholeOrNotThere) {
  const std::string long_name(255, 'A');
  const std::string longer[] = {long_name + "1", long_name + "2"};
  RecordParts parts;
  const std::vector<HeaderView> headers = {{longer[0], "one"},
                                           {longer[1], "two"},
                                           {"", "empty"},
                                           {"\xFF\xFE", "bad"},
                                           {long_name, "fits"}};
  parts.headers = headers;
  const Stored s = stored(parts);
  std::string scratch;
  const FieldTable table =
      headers_of(message_of(s.record, {"q", PartitionIndex(0), false, room_enough}, scratch));
  EXPECT_EQ(*table.find(long_name)->as_text(), "fits");
  EXPECT_EQ(*table.find("x-rialto-headers-left-out")->as_integer(), 4);
}

TEST(AmqpConvert, ARecordHasAsManyHeadersAsTheDoorWouldTakeBack) {
  constexpr std::size_t sent = 2'000;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < sent; ++i)
    names.push_back("h" + std::to_string(i));
  std::vector<HeaderView> headers;
  for (const std::string& name : names)
    headers.push_back({name, "v"});
  RecordParts parts;
  parts.headers = headers;
  const Stored s = stored(parts);
  std::string scratch;
  const FieldTable table =
      headers_of(message_of(s.record, {"q", PartitionIndex(0), false, room_enough}, scratch));
  EXPECT_EQ(table.entries.size(), field_table_entries_max - 1) << "x-delivery-count may come";
  std::size_t delivered = 0;
  for (const auto& [name, value] : table.entries)
    delivered += name.starts_with('h') ? 1 : 0;
  EXPECT_GT(delivered, 1'000U);
  EXPECT_EQ(*table.find("x-rialto-headers-left-out")->as_integer(),
            static_cast<std::int64_t>(sent - delivered));
}

}  // namespace
}  // namespace rialto::amqp
