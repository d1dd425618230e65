#include "adapters/amqp/wire/properties.h"

#include <gtest/gtest.h>

namespace rialto::amqp {
namespace {

Properties all_properties() {
  Properties p;
  p.set(Property::content_type, "text/plain");
  p.set(Property::content_encoding, "utf-8");
  p.set(Property::headers, Bytes("\1at\1", 4));
  p.set(Property::delivery_mode, "\2");
  p.set(Property::priority, "\5");
  p.set(Property::correlation_id, "c1");
  p.set(Property::reply_to, "answers");
  p.set(Property::expiration, "1000");
  p.set(Property::message_id, "m1");
  p.set(Property::timestamp, Bytes("\0\0\0\0\x5F\0\0\0", 8));
  p.set(Property::type, "order");
  p.set(Property::user_id, "guest");
  p.set(Property::app_id, "shop");
  p.set(Property::cluster_id, "");
  return p;
}

TEST(AmqpProperties, AllFourteenReadBackAsTheyWereWritten) {
  const Properties p = all_properties();
  std::string bytes;
  append_properties(bytes, p);
  Properties back;
  ASSERT_EQ(read_properties(bytes, back), PropertiesRead::good);
  EXPECT_EQ(back.flags, p.flags);
  EXPECT_EQ(back.values, p.values);
  EXPECT_EQ(back.raw, bytes);
}

TEST(AmqpProperties, PrefixesAndLeftOversAreBad) {
  std::string bytes;
  append_properties(bytes, all_properties());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    Properties back;
    EXPECT_EQ(read_properties(Bytes(bytes).substr(0, n), back), PropertiesRead::bad) << n;
  }
  Properties back;
  EXPECT_EQ(read_properties(bytes + "x", back), PropertiesRead::bad);
}

TEST(AmqpProperties, AContinuedFlagWordIsBad) {
  Properties back;
  EXPECT_EQ(read_properties(Bytes("\0\1\0\0", 4), back), PropertiesRead::bad);
}

TEST(AmqpProperties, AContentHeaderTellsTheSizeOfTheBody) {
  std::string bytes;
  append_content_header_fixed(bytes, 70'000);
  append_properties(bytes, Properties{});
  ContentHeader header;
  ASSERT_EQ(read_content_header(bytes, header), PropertiesRead::good);
  EXPECT_EQ(header.class_id, basic_class);
  EXPECT_EQ(header.body_bytes, 70'000U);
  EXPECT_EQ(header.properties.flags, 0);
}

TEST(AmqpProperties, AShortStringMayHoldAnyBytes) {
  Properties p;
  p.set(Property::message_id, "\xC0\x80");
  std::string bytes;
  append_properties(bytes, p);
  Properties back;
  EXPECT_EQ(read_properties(bytes, back), PropertiesRead::good);
  EXPECT_EQ(back.value(Property::message_id), "\xC0\x80");
}

TEST(AmqpProperties, AHeadersTableHasToBeOneThatEveryReaderGetsPast) {
  const auto read = [](Bytes table) {
    Properties p;
    p.set(Property::headers, table);
    std::string bytes;
    append_properties(bytes, p);
    Properties back;
    return read_properties(bytes, back);
  };
  EXPECT_EQ(read(Bytes("\1at\1", 4)), PropertiesRead::good);
  EXPECT_EQ(read(Bytes("\1aU\0\1", 5)), PropertiesRead::bad) << "no type of 0-9-1";
  EXPECT_EQ(read(Bytes("\1aF\0\0\0\4\1bQ1", 11)), PropertiesRead::bad) << "nor inside";
  EXPECT_EQ(read(Bytes("\1aI\0", 4)), PropertiesRead::bad) << "cut";
  std::string many;
  for (int i = 0; i < 1025; ++i)
    many += "\1aV";
  EXPECT_EQ(read(many), PropertiesRead::too_large);
}

}  // namespace
}  // namespace rialto::amqp
