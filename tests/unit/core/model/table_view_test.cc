#include "core/model/table_view.h"

#include "core/model/field_table.h"

#include <gtest/gtest.h>

namespace rialto {
namespace {

std::string encoded(const FieldTable& table) {
  std::string out;
  append_field_table(out, table);
  return out.substr(4);
}

FieldTable nested(int depth) {
  FieldTable table;
  table.set("leaf", FieldValue::integer(1));
  for (int i = 0; i < depth; ++i) {
    FieldTable outer;
    outer.set("inner", FieldValue::table(std::move(table)));
    table = std::move(outer);
  }
  return table;
}

TEST(AmqpTableView, EntriesComeInOrderWithTheirTags) {
  FieldTable table;
  table.set("flag", FieldValue::boolean(true));
  table.set("text", FieldValue::text("value"));
  table.set("number", FieldValue::integer(-5));
  const std::string bytes = encoded(table);
  Bytes rest = bytes;
  FieldView field;
  ASSERT_TRUE(next_field(rest, field));
  EXPECT_EQ(field.name, "flag");
  EXPECT_EQ(field.tag, 't');
  ASSERT_TRUE(next_field(rest, field));
  EXPECT_EQ(field.raw, "value");
  ASSERT_TRUE(next_field(rest, field));
  EXPECT_EQ(integer_of(field), -5);
  EXPECT_FALSE(next_field(rest, field));
}

TEST(AmqpTableView, WholeTablesAreGoodAndTheirPrefixesAreNot) {
  FieldTable table = nested(3);
  FieldArray array;
  array.items = {FieldValue::text("a"), FieldValue::integer(2)};
  table.set("list", FieldValue::array(array));
  const std::string bytes = encoded(table);
  EXPECT_EQ(shape_of_table(bytes), TableShape::good);
  for (std::size_t n = 1; n < bytes.size(); ++n) {
    EXPECT_NE(shape_of_table(Bytes(bytes).substr(0, n)), TableShape::unknown_tag);
  }
  EXPECT_EQ(shape_of_table(Bytes(bytes).substr(0, bytes.size() - 1)), TableShape::bad);
}

TEST(AmqpTableView, NestingIsBounded) {
  EXPECT_EQ(shape_of_table(encoded(nested(20))), TableShape::good);
  EXPECT_EQ(shape_of_table(encoded(nested(40))), TableShape::too_large);
}

TEST(AmqpTableView, AHundredThousandOpeningsAreRefusedWithoutRecursion) {
  std::string bomb;
  for (int i = 0; i < 100'000; ++i)
    bomb += std::string("\1aF\0\1\0\0", 7);
  EXPECT_NE(shape_of_table(Bytes(bomb).substr(0, 100'000)), TableShape::good);
}

TEST(AmqpTableView, MoreEntriesThanTheBoundAreRefused) {
  std::string many;
  for (std::size_t i = 0; i <= field_table_entries_max; ++i)
    many += std::string("\1aV", 3);
  EXPECT_EQ(shape_of_table(many), TableShape::too_large);
  EXPECT_EQ(shape_of_table(std::string(field_table_bytes_max + 1, '\0')), TableShape::too_large);
}

TEST(AmqpTableView, AnUnknownTagHidesOnlyTheRestOfItsTable) {
  const std::string bytes("\1aI\0\0\0\7\1b?whatever", 17);
  EXPECT_EQ(shape_of_table(bytes), TableShape::unknown_tag);
  Bytes rest = bytes;
  FieldView field;
  ASSERT_TRUE(next_field(rest, field));
  EXPECT_EQ(integer_of(field), 7);
  EXPECT_FALSE(next_field(rest, field));
}

TEST(AmqpTableView, WithoutAnEntryKeepsWhatAnUnknownTypeHidesWithItsName) {
  FieldTable table;
  table.set("BCC", FieldValue::text("x"));
  table.set("a", FieldValue::integer(1));
  const std::string unknown(
      "\x01?"
      "Zxyz",
      6);
  FieldTable left;
  left.set("a", FieldValue::integer(1));
  std::string out;
  append_without(out, encoded(table) + unknown, "BCC");
  EXPECT_EQ(out, encoded(left) + unknown);
}

}  // namespace
}  // namespace rialto
